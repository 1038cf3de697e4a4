import gc
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from chats import chat, post

from pollinations_sandbox import Fault, Sandbox, start_unless_key
from pollinations_sandbox.server import _started, recorded_gateway

Ask = Callable[..., httpx.Response]

_BODY = chat("Hi")
_HEADERS = {"Authorization": "Bearer sk_sandbox", "Content-Type": "application/json"}


def test_a_chat_is_answered(sandbox: Sandbox, ask: Ask) -> None:
    """The body is OpenAI's, with the provider's name of the model."""
    answer = ask(model="openai")

    body = answer.json()
    assert body["object"] == "chat.completion"
    assert body["model"].startswith("gpt-5")
    assert body["choices"][0]["message"]["content"]
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["id"].startswith({"2026-01": "pllns_", "2026-10": "chatcmpl-"}[sandbox.api])


def test_the_headers_tell_what_was_used(ask: Ask) -> None:
    """A fresh JSON answer has the model and its tokens in the headers; a stream has not."""
    fresh, stream = ask(), ask(stream=True)

    usage = fresh.json()["usage"]
    assert fresh.headers["x-model-used"] == fresh.json()["model"]
    assert fresh.headers["x-usage-prompt-text-tokens"] == str(usage["prompt_tokens"])
    assert fresh.headers["x-usage-completion-text-tokens"] == str(usage["completion_tokens"])
    assert "x-usage-completion-audio-tokens" not in fresh.headers
    assert "x-model-used" not in stream.headers
    for answer in (fresh, stream):
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"


@pytest.mark.parametrize("stream", [True, False])
def test_an_identical_body_is_answered_from_the_cache(ask: Ask, *, stream: bool) -> None:
    """Bytes are the same, usage headers are gone; the order of keys does not count."""
    first = ask(stream=stream, seed=1, top_p=1)
    second = ask(top_p=1, seed=1, stream=stream)

    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
    assert second.content == first.content
    assert len(first.headers["X-Cache-Key"]) == 16
    assert second.headers["X-Cache-Key"] == first.headers["X-Cache-Key"]
    assert "X-Cache-Date" in second.headers
    assert not [name for name in second.headers if name.startswith(("x-usage", "x-model"))]
    assert ask(stream=stream, seed=2).headers["X-Cache"] == "MISS"
    assert ask(stream=stream, seed=1, top_p=1, user="u").headers["X-Cache"] == "MISS"


def test_a_seed_of_minus_one_skips_the_cache_in_2026_01(sandbox: Sandbox, ask: Ask) -> None:
    """The 2026-10 API stores it like any other."""
    ask(seed=-1)
    answer = ask(seed=-1)

    assert answer.headers.get("X-Cache") == {"2026-01": None, "2026-10": "HIT"}[sandbox.api]


def test_every_answer_has_an_id(client: httpx.Client) -> None:
    """Errors too."""
    answers = [client.get("/v1/models"), client.get("/nowhere"), client.post("/v1/models")]

    assert len({answer.headers["x-request-id"] for answer in answers}) == 3


def test_requests_are_recorded(sandbox: Sandbox, client: httpx.Client) -> None:
    """Method, path, query, headers in lower case, body, and what a provider would get."""
    client.post("/v1/chat/completions?a=1", json=_BODY, headers={"X-Thing": "y"})
    client.get("/v1/models")

    chat, models = sandbox.requests
    assert (chat.method, chat.path, chat.query) == ("POST", "/v1/chat/completions", {"a": "1"})
    assert chat.headers["x-thing"] == "y"
    assert chat.body == _BODY
    assert chat.forwarded is not None
    assert sandbox.last is models
    assert (models.body, models.forwarded) == (None, None)
    client.post("/v1/chat/completions", content=b"\xff")
    assert sandbox.last.body == b"\xff"


def test_connections_are_counted(eventually: Any) -> None:
    """One client uses one connection again and again; packets on it are not held back."""
    with Sandbox() as sandbox:
        with httpx.Client(base_url=sandbox.base_url) as client:
            client.get("/v1/models")
            client.get("/v1/models")
            assert (sandbox.connections, sandbox.open_connections) == (1, 1)
            (connection,) = sandbox._state.server.connections
            accepted = connection.transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        httpx.get(f"{sandbox.base_url}/v1/models")
        eventually(lambda: sandbox.open_connections == 0)
        assert sandbox.connections == 2


def test_it_starts_and_stops_at_once() -> None:
    """Both take less than 0.15 s, even with a stalled stream and an idle connection."""
    sandbox = Sandbox()
    start = time.monotonic()
    sandbox.start()
    assert time.monotonic() - start < 0.15
    sandbox.fail(Fault.stall(after=1))
    idle = socket.create_connection(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2])))
    with httpx.Client(base_url=sandbox.base_url, headers=_HEADERS) as client:
        request = client.build_request(
            "POST", "/v1/chat/completions", json=_BODY | {"stream": True}
        )
        stalled = client.send(request, stream=True)
        start = time.monotonic()
        sandbox.close()
        assert time.monotonic() - start < 0.15
        with pytest.raises(httpx.TransportError):
            stalled.read()
        stalled.close()
    idle.close()
    sandbox.close()


def test_whoever_comes_as_it_closes_is_sent_away(recwarn: pytest.WarningsRecorder) -> None:
    """A connection that was let in a moment ago is closed too, and Python has none to warn of."""
    for _ in range(5):
        with Sandbox() as sandbox:
            address = ("127.0.0.1", int(sandbox.base_url.rpartition(":")[2]))
            callers = [socket.create_connection(address, timeout=5) for _ in range(20)]
        for caller in callers:
            caller.close()
    gc.collect()

    assert [warning for warning in recwarn if warning.category is ResourceWarning] == []


def test_it_starts_again_after_its_end() -> None:
    """The second start listens on the same port and remembers nothing."""
    sandbox = Sandbox()
    with sandbox:
        first = sandbox.base_url
        httpx.get(f"{first}/v1/models")
    with sandbox:
        assert sandbox.base_url == first
        assert sandbox.requests == []
        assert httpx.get(f"{first}/v1/models").status_code == 200


def test_a_taken_port_is_told_to_the_caller() -> None:
    """The error comes from `start`, not from a thread."""
    with Sandbox() as sandbox, pytest.raises(OSError, match="in use"):
        Sandbox(port=int(sandbox.base_url.rpartition(":")[2])).start()


def test_latency_delays_every_answer() -> None:
    """Silence comes before the first byte of the body."""
    with Sandbox(latency=0.05) as sandbox:
        start = time.monotonic()
        answer = post(sandbox, _BODY)
        assert answer.status_code == 200
        assert time.monotonic() - start >= 0.05


def test_an_error_of_the_sandbox_itself_is_a_500(
    sandbox: Sandbox, ask: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The body names the error, and the log has its trace."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr("pollinations_sandbox.chat.write", broken)
    with caplog.at_level(logging.CRITICAL, "pollinations_sandbox"):
        answer = ask()

    error = answer.json()["error"]
    assert answer.status_code == 500
    assert (error["message"], error["details"]["name"]) == ("no ink", "RuntimeError")
    assert sandbox.last.forwarded is not None


def test_importing_the_plugin_imports_no_server() -> None:
    """Test runs that do not use the fixture do not pay for it."""
    code = (
        "import sys, pollinations_sandbox.pytest_plugin as plugin\n"
        "sys.exit(any(name in sys.modules for name in ('starlette', 'uvicorn', 'httpx', 'PIL')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own interpreter


# start_unless_key ----------------------------------------------------------------------------

NAMES = ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN", "POLLINATIONS_BASE_URL")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No key, no gateway, no sandbox of an earlier test."""
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that what is set here is taken back
        monkeypatch.delenv(name)
    _started.clear()
    yield
    for sandbox in _started:
        sandbox.close()
    _started.clear()


def test_without_a_key_a_sandbox_answers() -> None:
    """The variables that clients read point to it."""
    sandbox = start_unless_key()

    assert isinstance(sandbox, Sandbox)
    assert os.environ["POLLINATIONS_BASE_URL"] == sandbox.base_url
    headers = {"Authorization": f"Bearer {os.environ['POLLINATIONS_API_KEY']}"}
    assert httpx.get(f"{sandbox.base_url}/account/key", headers=headers).status_code == 200


def test_a_cell_may_run_again() -> None:
    """The second call finds the first one's sandbox, and wakes it if it was closed."""
    first = start_unless_key()
    assert first is not None
    address = first.base_url
    assert start_unless_key() is first

    first.close()

    assert start_unless_key() is first
    assert first.base_url == address
    assert httpx.get(f"{address}/v1/models").status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_key_or_a_gateway_of_ones_own_is_left_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing starts and nothing is set."""
    monkeypatch.setenv(name, "mine")
    before = dict(os.environ)

    assert start_unless_key() is None
    assert dict(os.environ) == before
    assert _started == []


def test_a_key_that_comes_later_goes_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's address is taken back, the user's key stays."""
    start_unless_key()
    monkeypatch.setenv("POLLINATIONS_API_KEY", "sk_made_up")

    assert start_unless_key() is None
    assert os.environ["POLLINATIONS_API_KEY"] == "sk_made_up"
    assert "POLLINATIONS_BASE_URL" not in os.environ


@pytest.mark.parametrize(
    ("base_url", "recorded"),
    [
        ("", "https://gen.pollinations.ai"),
        ("http://127.0.0.1:8010", "https://gen.pollinations.ai"),
        ("http://localhost/v1", "https://gen.pollinations.ai"),
        ("https://gateway.example/v1", "https://gateway.example/v1"),
    ],
)
def test_the_gateway_of_the_environment_is_recorded_unless_it_is_this_machine(
    base_url: str, recorded: str
) -> None:
    """There it is most likely a sandbox."""
    assert recorded_gateway(base_url) == recorded


def test_record_passes_on_to_the_gateway_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The answer names the host that could not be reached."""
    monkeypatch.setenv("POLLINATIONS_BASE_URL", "http://gateway.invalid/v1")
    with Sandbox(record=tmp_path / "tape.jsonl", upstream_key="sk_test") as sandbox:
        answer = httpx.get(f"{sandbox.base_url}/v1/models", timeout=30)
    assert answer.status_code == 502
    assert answer.json()["error"]["message"].startswith("http://gateway.invalid/v1/models: ")
