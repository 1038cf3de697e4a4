"""What each fault does on the wire; how calls end that meet one is tests/reliability."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tables import cases

from pollinations_sandbox import Fault, Sandbox

Ask = Callable[..., httpx.Response]
CHAT = "/v1/chat/completions"
STREAM = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
BUSY: dict[str, Any] = {"error": {"message": "overloaded", "type": "server_error", "code": 529}}


def events(answer: httpx.Response) -> list[str]:
    lines = answer.text.split("\n")
    return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


@cases(__file__, "errors")
def test_a_fault_answers_as_its_row_says(
    *,
    api: str,
    fault: str,
    options: Any,
    status: int,
    headers: dict[str, str],
    text: str,
    sandbox: Sandbox,
    ask: Ask,
) -> None:
    """Status, headers, and words of the body; the next request is answered."""
    if api not in {"both", sandbox.api}:
        return
    sandbox.fail(getattr(Fault, fault)(**options))
    answer = ask()
    assert answer.status_code == status
    assert text in answer.text
    assert {name: answer.headers.get(name, "") for name in headers} == headers
    assert ask().status_code == 200


@pytest.mark.parametrize("lack", ["balance", "budget", "quest", "model"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_is_an_answer_in_2026_10_and_an_error_in_2026_01(
    sandbox: Sandbox, ask: Ask, lack: Any, *, stream: bool
) -> None:
    """Status 200, no tokens, not to be stored, unless JSON is wanted; or 402 and 403."""
    status = 403 if lack == "model" else 402
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    sandbox.fail(Fault.refusal(lack, times=2))
    answer, real = ask(stream=stream), ask(stream=stream, response_format=form)
    assert real.status_code == status
    if sandbox.api == "2026-01":
        assert answer.status_code == status
    else:
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        assert '"total_tokens":0' in answer.text
    assert ask(stream=stream).headers["X-Cache"] == "MISS"


@cases(__file__, "how_often_and_for_whom")
def test_how_often_and_for_whom_a_fault_applies(
    fault: dict[str, Any], requests: list[Any], statuses: list[int], sandbox: Sandbox, ask: Ask
) -> None:
    """`times`, `every` and `model` say it; a wrong request uses up none; it may be cleared."""
    make = Fault.flaky if "every" in fault else Fault.status
    sandbox.fail(make(**fault))
    answers = [ask(seed=seed, **body) for seed, body in enumerate(requests)]
    assert [answer.status_code for answer in answers] == statuses
    sandbox.clear()
    assert ask().status_code == 200


def test_faults_come_in_their_order_and_before_the_cache(sandbox: Sandbox, ask: Ask) -> None:
    """Records know the fault that they met; afterwards the cache is found again."""
    ask()
    faults = [Fault.status(503), Fault.status(502)]
    for fault in faults:
        sandbox.fail(fault)
    assert [ask().status_code for _ in range(2)] == [503, 502]
    assert ask().headers["X-Cache"] == "HIT"
    effects = [record.effect for record in sandbox.requests]
    assert effects == [None, *(fault.effect for fault in faults), None]


def test_a_cut_ends_cleanly_in_the_middle(sandbox: Sandbox, ask: Ask) -> None:
    """After so many events, without a finish reason; JSON ends in its middle."""
    sandbox.fail(Fault.cut(after=3))
    chunks = [json.loads(event) for event in events(ask(stream=True))]
    assert len(chunks) == 3
    assert not any(c["finish_reason"] for event in chunks for c in event["choices"])
    sandbox.fail(Fault.cut())
    with pytest.raises(json.JSONDecodeError):
        ask().json()


def test_a_reset_breaks_the_connection(sandbox: Sandbox, client: httpx.Client, ask: Ask) -> None:
    """What came before the break was sent; the client sees an error, not an end."""
    sandbox.fail(Fault.reset(after=3))
    received: list[bytes] = []
    with client.stream("POST", CHAT, json=STREAM) as answer, pytest.raises(httpx.TransportError):
        received.extend(answer.iter_raw())
    assert b"".join(received).count(b"data: ") == 3
    sandbox.fail(Fault.reset(after=2))
    with pytest.raises(httpx.TransportError):
        ask()
    assert ask().status_code == 200


def test_a_stall_is_silence_that_may_end(sandbox: Sandbox, client: httpx.Client, ask: Ask) -> None:
    """The first event comes, and then nothing, or the rest."""
    sandbox.fail(Fault.stall(after=1, seconds=60))
    with client.stream("POST", CHAT, json=STREAM, timeout=0.2) as answer:
        received = answer.iter_bytes()
        assert next(received).startswith(b"data: ")
        with pytest.raises(httpx.ReadTimeout):
            next(received)
    for stream in (True, False):
        sandbox.fail(Fault.stall(after=2, seconds=0.05))
        assert '"finish_reason":"stop"' in ask(stream=stream).text


def test_an_error_event_ends_a_stream(sandbox: Sandbox, ask: Ask) -> None:
    """2026-10 says `[DONE]` after it; 2026-01 just ends, and caches it for the same body."""
    sandbox.fail(Fault.event(BUSY, after=2))
    first, second = ask(stream=True), ask(stream=True)
    assert json.loads(events(first)[2]) == BUSY
    assert events(first)[3:] == {"2026-01": [], "2026-10": ["[DONE]"]}[sandbox.api]
    assert (second.content == first.content) == (sandbox.api == "2026-01")
    assert "error" not in ask(stream=True, seed=1).text


@cases(__file__, "wrong_arguments")
def test_wrong_arguments_are_refused_where_they_are_written(name: str, options: Any) -> None:
    """Not when a request meets them."""
    with pytest.raises((ValueError, TypeError)):
        (Sandbox if name == "Sandbox" else getattr(Fault, name, Fault))(**options)
    with pytest.raises(TypeError, match="takes a Fault"):
        Sandbox().fail(503)  # type: ignore[arg-type]
