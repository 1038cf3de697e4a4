"""The command `pollinations-models`, as a user sees it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from _pollinations.models.cli import main
from pollinations_sandbox import Sandbox

Run = Callable[..., list[str]]
COMMAND = (sys.executable, "-m", "_pollinations.models.cli")


@pytest.fixture
def gateway(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A gateway with as many models as that of September 2026; the environment names it, no key."""
    api = getattr(request, "param", "2026-10")
    with Sandbox(api=api, community_models=340 if api == "2026-10" else 0) as sandbox:
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
        assert err == "" or err.endswith("community models are left out; --community shows them.\n")
        return out.splitlines()

    return lines


def row(lines: list[str], name: str) -> str:
    (line,) = (line for line in lines if line.split()[0] == name)
    return " ".join(line.split())


@pytest.mark.parametrize("gateway", ["2026-01", "2026-10"], indirect=True)
def test_the_table_shows_all_models(run: Run, gateway: Sandbox) -> None:
    """Of every kind by their short names, with prices as people compare them.

    Each list is asked for once; a gateway without a list for videos or embeddings is no error.
    """
    head, *lines = run()

    assert sorted(request.path for request in gateway.requests) == [
        *("/audio/models", "/embeddings/models", "/image/models", "/text/models", "/video/models"),
    ]
    assert "authorization" not in gateway.last.headers
    assert " ".join(head.split()) == "MODEL KIND PRICE IN POLLEN TOOLS THINK SEES PAID CONTEXT"
    assert row(lines, "openai").startswith("openai text 0.15 in, 0.6 out/M yes")
    assert row(lines, "whisper-large-v3")
    image = "0.005/image" if gateway.api == "2026-10" else "0.008/image"
    assert row(lines, "klein").startswith(f"klein image {image} - - yes")
    if gateway.api == "2026-10":
        assert row(lines, "gemini") == "gemini text 0.5 in, 3 out/M yes yes yes yes 1,000k"
        assert row(lines, "openai-3-small").startswith("openai-3-small embedding 0.02 in/M -")


def test_the_columns_are_aligned(run: Run) -> None:
    """However long a name is."""
    head, *lines = run("--community")
    start = head.index("PRICE")

    assert all(line[start - 1] == " " != line[start] for line in lines)
    assert row(lines, "community/user-339/model-339")


def test_community_models_are_shown_on_request(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """By default the table has the gateway's own, and a cheaper model of a user does not win."""
    assert main([]) == 0
    note = capsys.readouterr().err
    own, everything = run(), run("--community")

    assert note == "342 community models are left out; --community shows them.\n"

    assert 40 < len(own) < 50
    assert len(everything) > 340
    assert not [line for line in own if "nomnom" in line]
    assert row(everything, "nomnom")
    assert row(run("--cheapest", "--tools"), "nova-fast")
    assert "community/user-" in run("--cheapest", "--tools", "--community")[1]


@pytest.mark.parametrize(
    ("words", "there", "missing"),
    [
        (["--tools"], "gemini", "gemini-search"),
        (["--no-tools"], "gemini-search", "gemini"),
        (["--reasoning"], "kimi", "mistral"),
        (["--vision"], "gemini", "mistral"),
        (["--kind", "image"], "flux", "veo"),
        (["--kind", "audio"], "whisper-1", "gemini"),
        (["--find", "SONAR"], "perplexity-fast", "gemini"),
        (["--find", "by azure"], "openai", "gemini"),
        (["SONAR"], "perplexity-fast", "gemini"),
    ],
)
def test_filters_leave_out(run: Run, words: list[str], there: str, missing: str) -> None:
    """What remains has the ability, is of the kind, or has the words in its description."""
    (line,) = run(*words, "--json")
    names = {name for model in json.loads(line) for name in (model["name"], *model["aliases"])}

    assert there in names
    assert missing not in names


def test_words_that_no_model_has_are_named(run: Run) -> None:
    """In place of a table without models."""
    assert run("--find", "zzzz") == ["No such model has 'zzzz' in its name or description."]


def test_the_cheapest_is_one(run: Run) -> None:
    """Of text models by default; an empty result is no error."""
    (line,) = run("--cheapest", "--tools", "--json")
    (model,) = json.loads(line)

    assert "nova-fast" in (model["name"], *model["aliases"])
    assert Decimal(model["prices"]["prompt"]) == Decimal("0.000000035")
    assert len(run("--cheapest", "--tools")) == 2
    assert " image " in run("--cheapest", "--kind", "image")[1]
    assert len(run("--cheapest", "--kind", "audio", "--tools")) == 1
    assert run("--cheapest", "--kind", "audio", "--tools", "--json") == ["[]"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("gen.pollinations.ai", "pollinations-models: base_url must look like"),
        ("http://127.0.0.1:9", "Check the network"),
        ("{gateway}/no/gateway", "404"),  # of sounds a list may be missing, of texts it may not
    ],
)
def test_an_error_is_one_line(
    gateway: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    address: str,
    reason: str,
) -> None:
    """It says what to do, and the exit code is 1."""
    monkeypatch.setenv("POLLINATIONS_BASE_URL", address.format(gateway=gateway.base_url))

    assert main([]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert reason in err


def test_a_reader_may_stop_early() -> None:
    """`pollinations-models | head -1` shows one line and no traceback."""
    with Sandbox(community_models=2000) as sandbox:
        environment = {**os.environ, "POLLINATIONS_BASE_URL": sandbox.base_url}
        head = subprocess.run(  # noqa: S602 - our own words
            f"{' '.join(COMMAND)} --community | head -1",
            shell=True,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    assert head.stdout.startswith("MODEL")
    assert (head.stdout.count("\n"), head.stderr) == (1, "")
