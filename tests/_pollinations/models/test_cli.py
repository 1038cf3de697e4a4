"""The command `pollinations-models`, as a user sees it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from _pollinations.models.cli import main
from pollinations_sandbox import Sandbox

Run = Callable[..., list[str]]


@pytest.fixture(params=["seed", "2026-01", "2026-10"])
def gateway(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A gateway of each spelling of the lists, named by the environment; no key is."""
    with Sandbox(
        api="2026-10" if request.param == "2026-10" else "2026-01", prices=request.param
    ) as sandbox:
        monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url + "/v1")
        for name in ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield sandbox


@pytest.fixture
def run(gateway: Sandbox, capsys: pytest.CaptureFixture[str]) -> Run:
    """The lines that the command prints; it ends well."""
    assert gateway.requests == []

    def lines(*words: str) -> list[str]:
        assert main(words) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out.splitlines()

    return lines


def called(lines: list[str], *names: str) -> list[str]:
    return [line for line in lines if line.split()[0] in names]


def test_the_table_shows_all_models(run: Run, gateway: Sandbox) -> None:
    """Texts, pictures and sound, with prices as people compare them."""
    head, *lines = run()

    assert head.startswith("MODEL ")
    assert " ".join(head.split()).endswith("PRICE IN POLLEN TOOLS REASONING VISION CONTEXT")
    (text,) = called(lines, "openai", "openai/gpt-5.4-nano")
    assert "0.15 in, 0.6 out / M tokens" in text
    (picture,) = called(lines, "klein", "black-forest-labs/flux.2-klein")
    assert picture.split()[1:3] == [("0.005" if "/" in picture.split()[0] else "0.008"), "/"]
    (unknown,) = called(lines, "nomnom", "pollinations/nomnom")
    assert unknown.split()[1] == "?"
    assert called(lines, "whisper-large-v3", "openai/whisper-large-v3")
    assert "authorization" not in gateway.last.headers


def test_columns_are_aligned(run: Run) -> None:
    """Every row has its price under the head's."""
    head, *lines = run("--kind", "text")
    start = head.index("PRICE")

    assert all(line[start - 1] == " " != line[start] for line in lines)


@pytest.mark.parametrize(
    ("words", "there", "missing"),
    [
        (["--tools"], "gemini", "gemini-search"),
        (["--no-tools"], "gemini-search", "gemini"),
        (["--reasoning"], "kimi", "mistral"),
        (["--vision"], "gemini", "mistral"),
        (["--kind", "image"], "flux", "gemini"),
        (["--kind", "audio"], "whisper-1", "gemini"),
        (["--kind", "text"], "gemini", "flux"),
    ],
)
def test_filters_leave_out(run: Run, words: list[str], there: str, missing: str) -> None:
    """What remains has the ability, or is of the kind."""
    (line,) = run(*words, "--json")
    names = {name for model in json.loads(line) for name in (model["name"], *model["aliases"])}

    assert there in names
    assert missing not in names


def test_the_cheapest_is_one(run: Run) -> None:
    """Of texts if nothing else is said."""
    assert len(run("--cheapest", "--tools")) == 2
    (line,) = run("--cheapest", "--tools", "--json")
    (model,) = json.loads(line)

    assert "nova-fast" in (model["name"], *model["aliases"])
    assert Decimal(model["prices"]["prompt"]) == Decimal("0.000000035")
    (line,) = run("--cheapest", "--kind", "image", "--json")
    assert json.loads(line)[0]["kind"] == "image"


def test_nothing_fits(run: Run) -> None:
    """An empty table is no error."""
    assert len(run("--cheapest", "--kind", "audio", "--tools")) == 1
    assert run("--cheapest", "--kind", "audio", "--tools", "--json") == ["[]"]


def test_an_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to do, and the exit code is 1."""
    monkeypatch.setenv("POLLINATIONS_BASE_URL", "gen.pollinations.ai")

    assert main([]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pollinations-models: base_url must look like")
    assert err.count("\n") == 1


def test_a_gateway_that_is_away_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, but the address and what to check."""
    with Sandbox() as sandbox:
        monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url)

    assert main(["--kind", "text"]) == 1
    _, err = capsys.readouterr()
    assert sandbox.base_url in err
    assert "Check the network" in err
    assert err.count("\n") == 1


def test_a_gateway_without_lists_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of sounds may be missing, a list of texts may not."""
    with Sandbox() as sandbox:
        monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url + "/no/gateway")

        assert main([]) == 1


def test_it_runs_as_a_program() -> None:
    """Without anything else of this house in the process."""
    with Sandbox() as sandbox:
        environment: Any = {**os.environ, "POLLINATIONS_BASE_URL": sandbox.base_url}
        done = subprocess.run(
            [sys.executable, "-m", "_pollinations.models.cli", "--kind", "image"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    assert "black-forest-labs/flux.1-schnell" in done.stdout
    assert done.stderr == ""
