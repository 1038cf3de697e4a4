import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chats import CHAT, chat, post
from own_process import python

from pollinations_sandbox import Fault, Sandbox
from pollinations_sandbox.cli import main

_HEADERS = {"Authorization": "Bearer sk_sandbox"}
_BODY = chat("Hi", model="llama-at-home")


@pytest.fixture
def home() -> Iterator[Sandbox]:
    """An OpenAI-compatible server with a model at home; a second sandbox stands in for it."""
    with Sandbox() as sandbox:
        yield sandbox


def test_run_sets_the_environment_and_returns_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command sees a running sandbox and its key, and none of the real gateway."""
    monkeypatch.setenv("POLLINATIONS_TOKEN", "sk_of_a_developer")
    code = (
        "import os, sys, urllib.request as r\n"
        "q = r.Request(os.environ['POLLINATIONS_BASE_URL'] + '/account/key')\n"
        "q.add_header('Authorization', 'Bearer ' + os.environ['POLLINATIONS_API_KEY'])\n"
        "assert 'POLLINATIONS_TOKEN' not in os.environ\n"
        "sys.exit(7 if r.urlopen(q).status == 200 else 1)"
    )

    assert main(["run", "--", sys.executable, "-c", code]) == 7
    assert main(["run", sys.executable, "-c", code]) == 7
    assert main(["run", "--api", "2026-01", "--", sys.executable, "-c", "raise SystemExit(0)"]) == 0


def test_a_command_that_cannot_run_or_is_killed_ends_as_in_a_shell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With 127, or with 128 and the signal."""
    assert main(["run", "--", "/no/such/command"]) == 127
    assert "/no/such/command: No such file" in capsys.readouterr().err
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert main(["run", "--", sys.executable, "-c", code]) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["run"], "run needs a command"),
        (["record", "--", "true"], "record and replay take one FILE each"),
        (["sing"], "invalid choice"),
    ],
)
def test_a_wrong_command_line_shows_the_usage(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what is wrong."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert reason in capsys.readouterr().err


def test_it_serves_until_it_is_told_to_stop() -> None:
    """The lines it prints can be read by a shell."""
    command = [sys.executable, "-m", "pollinations_sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own interpreter
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(2)]
        url = lines[0].strip().removeprefix("export POLLINATIONS_BASE_URL=")
        assert lines[1] == "export POLLINATIONS_API_KEY=sk_sandbox\n"
        assert httpx.get(f"{url}/v1/models").status_code == 200
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(5) == 0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_chats_are_passed_on_to_an_upstream(home: Sandbox, suffix: str, *, stream: bool) -> None:
    """Body and answer travel unchanged, with the upstream's key; any model is taken."""
    events = [b'data: {"choices":[]}\n\n', b"data: [DONE]\n\n"]
    home.reply(events if stream else b'{"choices":[]}', headers={"X-Home": "yes"})
    body = _BODY | {"stream": stream, "model": "openai"}
    with Sandbox(upstream=home.base_url + suffix, upstream_key="sk_sandbox") as sandbox:
        answer = post(sandbox, body)

        assert answer.status_code == 200
        assert answer.content == (b"".join(events) if stream else b'{"choices":[]}')
        assert answer.headers["X-Home"] == "yes"
        assert sandbox.last.body == body
    assert home.last.body == body
    assert home.last.headers["authorization"] == "Bearer sk_sandbox"


def test_an_upstream_has_models_of_its_own_but_the_gateways_rules(home: Sandbox) -> None:
    """Unknown models pass; wrong bodies and keys do not; faults are met here."""
    with Sandbox(upstream=home.base_url) as sandbox:
        assert post(sandbox, _BODY).status_code == 400
        assert (home.last.body, "authorization" in home.last.headers) == (_BODY, False)
        assert httpx.post(sandbox.base_url + CHAT, json=_BODY).status_code == 401
        assert post(sandbox, _BODY | {"stop": []}).status_code == 400
        sandbox.fail(Fault.status(503))
        assert post(sandbox, _BODY).status_code == 503
        sandbox.reply(b"{}")
        assert post(sandbox, _BODY).json() == {}
        assert len(home.requests) == 1


def test_a_client_that_leaves_ends_the_work_of_the_upstream(home: Sandbox, eventually: Any) -> None:
    """The connection to the upstream is given up, and the sandbox closes at once."""
    home.fail(Fault.stall(after=1, times=2))
    body = {**_BODY, "model": "openai", "stream": True}
    with (
        Sandbox(upstream=home.base_url, upstream_key="sk_sandbox") as sandbox,
        httpx.Client(base_url=sandbox.base_url, headers=_HEADERS) as client,
    ):
        with client.stream("POST", CHAT, json=body) as answer:
            assert next(answer.iter_raw()).startswith(b"data: ")
        eventually(lambda: home.open_connections == 0)
        request = client.build_request("POST", CHAT, json=body)
        stalled = client.send(request, stream=True)
        start = time.monotonic()
        sandbox.close()
        assert time.monotonic() - start < 1
        stalled.close()


def test_an_upstream_that_is_away_is_a_502() -> None:
    """The message says where it was looked for."""
    with Sandbox(upstream="http://127.0.0.1:9") as sandbox:
        answer = post(sandbox, _BODY)

    assert answer.status_code == 502
    assert answer.json()["error"]["message"].startswith("http://127.0.0.1:9/v1/chat/completions: ")


def test_the_package_can_be_run_as_a_module() -> None:
    """`python -m pollinations_sandbox` is the command."""
    run = python("-m", "pollinations_sandbox", "run", "--", sys.executable, "-c", "print(20 + 22)")

    assert (run.returncode, run.stdout.strip().splitlines()[-1]) == (0, "42"), run.stderr
