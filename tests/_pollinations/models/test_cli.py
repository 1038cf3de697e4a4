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
        assert err == "" or err.endswith("--community shows them.\n")
        return out.splitlines()

    return lines


def called(lines: list[str], name: str) -> str:
    (line,) = (line for line in lines if line.split()[0] == name)
    return " ".join(line.split())


def test_the_table_shows_all_models(run: Run, gateway: Sandbox) -> None:
    """Text, images and sound by their short names, with prices as people compare them."""
    head, *lines = run()
    prices_of_2026_10 = gateway.api == "2026-10"

    assert " ".join(head.split()) == "MODEL KIND PRICE IN POLLEN TOOLS THINK SEES PAID CONTEXT"
    assert called(lines, "openai").startswith("openai text 0.15 in, 0.6 out/M yes")
    image = "0.005/image" if prices_of_2026_10 else "0.008/image"
    assert called(lines, "klein").startswith(f"klein image {image} - - yes")
    assert called(lines, "whisper-large-v3")
    assert "authorization" not in gateway.last.headers
    if prices_of_2026_10:
        assert called(lines, "gemini") == "gemini text 0.5 in, 3 out/M yes yes yes yes 1,000k"
        assert called(lines, "openai-3-small").startswith("openai-3-small embedding 0.02 in/M -")


def test_each_list_is_asked_for_once(run: Run, gateway: Sandbox) -> None:
    """A gateway without a list for videos or embeddings is no error."""
    run()

    assert sorted(request.path for request in gateway.requests) == [
        *("/audio/models", "/embeddings/models", "/image/models", "/text/models", "/video/models"),
    ]


def test_columns_are_aligned(run: Run) -> None:
    """Every row has its price under the head's."""
    head, *lines = run("--kind", "text")
    start = head.index("PRICE")

    rows = [line for line in lines if " " in line]  # a long name stands alone
    assert all(line[start - 1] == " " != line[start] for line in rows)


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A gateway with a list as long as that of September 2026."""
    with Sandbox(community_models=340) as sandbox:
        monkeypatch.setenv("POLLINATIONS_BASE_URL", sandbox.base_url)
        yield sandbox


@pytest.mark.usefixtures("crowded")
def test_community_models_are_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """By default the table has the gateway's own, and says how many are left out."""
    assert main([]) == 0
    own, note = capsys.readouterr()
    assert main(["--community"]) == 0
    everything, silence = capsys.readouterr()

    assert note == "342 community models are left out; --community shows them.\n"
    assert silence == ""
    assert "nomnom" not in own
    assert "nomnom" in everything
    assert "\ncommunity/user-339/model-339\n   " in everything
    assert 40 < own.count("\n") < 50


@pytest.mark.usefixtures("crowded")
def test_every_line_fits_into_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """A long name has a line of its own, so that it can be copied."""
    assert main(["--community"]) == 0

    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.usefixtures("crowded")
def test_the_cheapest_is_official_unless_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    """A cheaper model of a user wins only with `--community`."""
    main(["--cheapest", "--tools"])
    assert "nova-fast" in capsys.readouterr().out
    main(["--cheapest", "--tools", "--community"])
    assert "community/user-" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "name"),
    [("SONAR", "perplexity-fast"), ("whisper", "whisper-large-v3"), ("by azure", "openai")],
)
def test_a_text_is_found_in_names_and_descriptions(run: Run, text: str, name: str) -> None:
    """Upper and lower case do not matter."""
    lines = run("--find", text)

    assert called(lines, name)
    assert len(lines) < len(run())
    assert len(run("--find", "no such model")) == 1


@pytest.mark.parametrize(
    ("words", "there", "missing"),
    [
        (["--tools"], "gemini", "gemini-search"),
        (["--no-tools"], "gemini-search", "gemini"),
        (["--reasoning"], "kimi", "mistral"),
        (["--vision"], "gemini", "mistral"),
        (["--kind", "image"], "flux", "veo"),
        (["--kind", "video"], "veo", "flux"),
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

    assert "\nflux " in done.stdout
    assert done.stderr == ""


def test_a_reader_may_stop_early() -> None:
    """`pollinations-models | head -1` shows one line and no traceback."""
    with Sandbox(community_models=2000) as sandbox:
        environment = {**os.environ, "POLLINATIONS_BASE_URL": sandbox.base_url}
        with subprocess.Popen(
            [sys.executable, "-m", "_pollinations.models.cli", "--community"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline()
            process.stdout.close()
            told = process.stderr.read()

    assert first.startswith("MODEL")
    assert told == ""
    assert process.returncode == 0
