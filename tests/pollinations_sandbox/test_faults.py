import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pollinations_sandbox import Fault, Sandbox
from pollinations_sandbox.dialects import DIALECTS

Ask = Callable[..., httpx.Response]

_STREAMED = {"stream": True}


def _events(answer: httpx.Response) -> list[str]:
    lines = answer.text.split("\n")
    return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500, 502, 503, 504, 524])
def test_any_status_comes_in_the_gateways_envelope(sandbox: Sandbox, ask: Ask, status: int) -> None:
    """The status in the body is the status of the answer."""
    sandbox.fail(Fault.status(status))
    answer = ask()

    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert answer.json()["success"] is False
    assert "Retry-After" not in answer.headers
    assert ask().status_code == 200


def test_a_status_may_ask_for_patience(sandbox: Sandbox, ask: Ask) -> None:
    """`Retry-After` is sent when it is ordered, as often as ordered."""
    sandbox.fail(Fault.status(503, retry_after=1, times=2))

    answers = [ask(seed=seed) for seed in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "1"


def test_a_429_has_four_more_shapes(sandbox: Sandbox, ask: Ask) -> None:
    """Key, edge, account and provider each say it in their own body."""
    for shape in ("pk", "edge", "concurrency", "upstream"):
        sandbox.fail(Fault.status(429, shape=shape))
    key, edge, account, provider = (ask() for _ in range(4))

    assert key.json()["retryAfterSeconds"] == 3.51
    assert key.headers["Retry-After"] == "4"
    assert edge.json()["error"]["code"] == "RATE_LIMITED"
    assert account.json()["error"] == "concurrency_limit_exceeded"
    assert account.headers["Retry-After"] == "1"
    if sandbox.api == "2026-01":
        assert provider.status_code == 429
        inner = json.loads(provider.json()["error"]["message"])
        assert inner["error"] == "Too Many Requests"
        assert inner["details"]["error"]["message"].endswith("upstream said 429")
    else:
        assert provider.status_code == 502
        assert provider.json()["error"]["details"]["upstreamStatus"] == 429


def test_flaky_fails_the_first_of_every_so_many(sandbox: Sandbox, ask: Ask) -> None:
    """It goes on until it is cleared."""
    sandbox.fail(Fault.flaky(500, every=3))

    assert [ask(seed=s).status_code for s in range(7)] == [500, 200, 200, 500, 200, 200, 500]
    sandbox.clear()
    assert ask().status_code == 200


def test_a_fault_without_end_lasts_until_it_is_cleared(sandbox: Sandbox, ask: Ask) -> None:
    """`times=None` means always."""
    sandbox.fail(Fault.status(503, times=None))

    assert {ask().status_code for _ in range(3)} == {503}
    sandbox.clear()
    assert ask().status_code == 200


def test_a_fault_may_concern_one_model(sandbox: Sandbox, ask: Ask) -> None:
    """Any name of the model in the request counts."""
    sandbox.fail(Fault.status(503, model="openai-fast"))

    assert ask(model="openai").status_code == 200
    assert ask(model="gpt-5-nano").status_code == 503
    assert ask(model="openai-fast").status_code == 200


def test_faults_are_met_in_the_order_in_which_they_were_ordered(sandbox: Sandbox, ask: Ask) -> None:
    """First in, first out."""
    sandbox.fail(Fault.status(503))
    sandbox.reply(b'{"a":1}')

    assert ask().status_code == 503
    assert ask().json() == {"a": 1}


def test_a_wrong_request_does_not_use_up_a_fault(sandbox: Sandbox, ask: Ask) -> None:
    """Requests are checked first."""
    sandbox.reply(b"{}")

    assert ask(temperature=9).status_code == 400
    assert ask().json() == {}


def test_a_fault_is_met_before_the_cache(sandbox: Sandbox, ask: Ask) -> None:
    """An identical request meets its fault, and finds the cache again afterwards."""
    ask()
    sandbox.fail(Fault.status(503))

    assert ask().status_code == 503
    assert ask().headers["X-Cache"] == "HIT"


def test_a_cut_stream_ends_cleanly_without_a_finish_reason(sandbox: Sandbox, ask: Ask) -> None:
    """So many events, then the end of the body."""
    sandbox.fail(Fault.cut(after=3))
    answer = ask(**_STREAMED)

    events = [json.loads(event) for event in _events(answer)]
    assert len(events) == 3
    assert not any(c["finish_reason"] for event in events for c in event["choices"])


def test_cut_json_is_half_a_body(sandbox: Sandbox, ask: Ask) -> None:
    """The body ends cleanly in the middle of the JSON."""
    sandbox.fail(Fault.cut())
    answer = ask()

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("stream", [True, False])
def test_a_reset_breaks_the_connection(sandbox: Sandbox, ask: Ask, *, stream: bool) -> None:
    """The client sees an error of its connection, not an end."""
    sandbox.fail(Fault.reset(after=2))

    with pytest.raises(httpx.TransportError):
        ask(stream=stream)
    assert ask(stream=stream).status_code == 200


def test_a_reset_stream_gives_its_first_events(sandbox: Sandbox, client: httpx.Client) -> None:
    """What came before the break was sent."""
    sandbox.fail(Fault.reset(after=3))
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
    received: list[bytes] = []
    with (
        client.stream("POST", "/v1/chat/completions", json=body) as answer,
        pytest.raises(httpx.TransportError),
    ):
        received.extend(answer.iter_raw())
    assert b"".join(received).count(b"data: ") == 3


def test_a_stalled_stream_is_silent(sandbox: Sandbox, client: httpx.Client) -> None:
    """The first event comes, and then nothing."""
    sandbox.fail(Fault.stall(after=1, seconds=60))
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
    with client.stream("POST", "/v1/chat/completions", json=body, timeout=0.2) as answer:
        received = answer.iter_bytes()
        assert next(received).startswith(b"data: ")
        with pytest.raises(httpx.ReadTimeout):
            next(received)


def test_a_stall_may_end(sandbox: Sandbox, ask: Ask) -> None:
    """After the silence the rest comes."""
    sandbox.fail(Fault.stall(after=2, seconds=0.05))
    sandbox.fail(Fault.stall(seconds=0.05))

    assert '"finish_reason":"stop"' in ask(**_STREAMED).text
    assert ask().json()["choices"][0]["finish_reason"] == "stop"


def test_slow_pauses_before_each_event(sandbox: Sandbox, ask: Ask) -> None:
    """The stream lasts as long as its pauses."""
    sandbox.fail(Fault.slow(0.02))
    start = time.monotonic()
    answer = ask(**_STREAMED)

    assert time.monotonic() - start >= 0.02 * len(_events(answer))


def test_an_error_event_ends_a_stream(sandbox: Sandbox, ask: Ask) -> None:
    """The 2026-10 API says `[DONE]` after it; the 2026-01 API just ends."""
    error = {"error": {"message": "overloaded", "type": "server_error", "code": 529}}
    sandbox.fail(Fault.event(error, after=2))
    events = _events(ask(**_STREAMED))

    assert json.loads(events[2]) == error
    assert events[3:] == {"2026-01": [], "2026-10": ["[DONE]"]}[sandbox.api]


def test_era_a_keeps_an_error_stream_in_its_cache(sandbox: Sandbox, ask: Ask) -> None:
    """The same body gets the same error again; another seed does not."""
    sandbox.fail(Fault.event({"error": {"message": "overloaded"}}, after=1))
    first = ask(**_STREAMED)
    second = ask(**_STREAMED)

    if sandbox.api == "2026-01":
        assert second.headers["X-Cache"] == "HIT"
        assert second.content == first.content
    else:
        assert "error" not in second.text
    assert "error" not in ask(**_STREAMED, seed=1).text


@pytest.mark.parametrize("lack", ["balance", "budget", "quest", "model"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_is_an_answer_in_era_d_and_an_error_in_era_a(
    sandbox: Sandbox, ask: Ask, lack: Any, *, stream: bool
) -> None:
    """Status 200, no tokens, not to be stored; or 402 and 403."""
    sandbox.fail(Fault.refusal(lack))
    answer = ask(stream=stream)

    if sandbox.api == "2026-01":
        assert answer.status_code == (403 if lack == "model" else 402)
        return
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert '"total_tokens":0' in answer.text
    sandbox.fail(Fault.refusal(lack))
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    assert ask(stream=stream, response_format=form).status_code in {402, 403}


def test_a_refusal_is_not_stored(sandbox: Sandbox, ask: Ask) -> None:
    """The next identical request is answered."""
    sandbox.fail(Fault.refusal("balance"))
    ask()

    answer = ask()
    assert answer.headers["X-Cache"] == "MISS"
    assert answer.json()["usage"]["total_tokens"] > 0


def test_a_page_or_nothing_may_come_under_200(sandbox: Sandbox, ask: Ask) -> None:
    """A body that is neither JSON nor events."""
    sandbox.fail(Fault.html())
    sandbox.fail(Fault.empty())

    page, nothing = ask(**_STREAMED), ask()
    assert page.text.startswith("<!DOCTYPE html>")
    assert page.headers["Content-Type"].startswith("text/event-stream")
    assert (nothing.status_code, nothing.content) == (200, b"")


def test_bytes_are_sent_as_they_are(sandbox: Sandbox, ask: Ask) -> None:
    """Status, headers and body are what was ordered."""
    sandbox.fail(Fault.body(b"\xff\x00", status=418, headers={"X-Pot": "tea"}))
    answer = ask()

    assert (answer.status_code, answer.content) == (418, b"\xff\x00")
    assert answer.headers["X-Pot"] == "tea"
    assert answer.headers["Content-Type"] == "application/json"


def test_packets_arrive_one_by_one(sandbox: Sandbox, client: httpx.Client) -> None:
    """Each packet of a reply is flushed on its own."""
    sandbox.reply([b"data: a", b"bc\n", b"\n"], pause=0.02)
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
    with client.stream("POST", "/v1/chat/completions", json=body) as answer:
        assert list(answer.iter_raw()) == [b"data: a", b"bc\n", b"\n"]
        assert answer.headers["Content-Type"].startswith("text/event-stream")


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("stream", [True, False])
def test_every_dialect_travels(sandbox: Sandbox, ask: Ask, dialect: str, *, stream: bool) -> None:
    """An ordered dialect reaches the client whole."""
    sandbox.fail(Fault.dialect(dialect))
    answer = ask(stream=stream)

    assert answer.status_code == 200
    if not stream and dialect not in {"error-choice", "error-type-finish"}:
        assert answer.json()["choices"][0]["message"]["role"] == "assistant"


def test_a_prompt_may_be_said_to_be_too_long(sandbox: Sandbox, ask: Ask) -> None:
    """The gateway's own 400 with the provider's code inside."""
    sandbox.fail(Fault.context_overflow())
    answer = ask()
    assert answer.status_code == 400
    assert "exceed the configured limit" in answer.text
    assert "context_length_exceeded" in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda _: Fault.status("503"),  # type: ignore[arg-type]
        lambda _: Fault.status(99),
        lambda _: Fault.status(503, shape="round"),  # type: ignore[arg-type]
        lambda _: Fault.status(503, retry_after=-1),
        lambda _: Fault.status(503, times=0),
        lambda _: Fault.flaky(every=0),
        lambda _: Fault.cut(-1),
        lambda _: Fault.stall(seconds="long"),  # type: ignore[arg-type]
        lambda _: Fault.slow(-0.1),
        lambda _: Fault.event("error"),  # type: ignore[arg-type]
        lambda _: Fault.refusal("luck"),  # type: ignore[arg-type]
        lambda _: Fault.body("text"),  # type: ignore[arg-type]
        lambda _: Fault(503),  # type: ignore[arg-type]
        lambda sandbox: sandbox.fail(503),
        lambda _: Sandbox(api="B"),  # type: ignore[arg-type]
        lambda _: Sandbox(prices="B"),  # type: ignore[arg-type]
        lambda _: Sandbox(latency=-1),
        lambda _: Sandbox(edge_limit=(0, 10.0)),
    ],
)
def test_wrong_arguments_are_refused_where_they_are_written(
    wrong: Callable[[Sandbox], object], sandbox: Sandbox
) -> None:
    """Not when a request meets them."""
    with pytest.raises((ValueError, TypeError)):
        wrong(sandbox)


def test_a_dialect_must_exist() -> None:
    """A wrong name is told when the fault is made."""
    with pytest.raises(ValueError, match=r"name is one of .*anthropic, .*not 'klingon'"):
        Fault.dialect("klingon")


def test_a_request_is_recorded_with_the_fault_that_it_met(sandbox: Sandbox, ask: Ask) -> None:
    """Who counts errors can tell which request had to fail, and how."""
    fault = Fault.status(503)
    sandbox.fail(fault)
    ask(seed=1)
    ask(seed=2)

    assert [record.effect for record in sandbox.requests] == [fault.effect, None]
