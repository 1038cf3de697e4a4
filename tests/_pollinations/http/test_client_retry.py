"""When a client tries again, and when it does not."""

import time
from typing import Any

import pytest

from _pollinations.chat.completions import body, complete, stream
from _pollinations.http.errors import (
    InterruptedStreamError,
    PollinationsError,
    RateLimitError,
    ServerError,
    UnreadableAnswerError,
)
from _pollinations.http.retry import Retry
from pollinations_sandbox import Fault, Sandbox

BODY = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
HELLO = complete(BODY)
PIECES = stream(BODY)
TWICE = Retry(max_retries=2, backoff=0)
END = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
ERROR = b'data: {"error":{"message":"Overloaded","type":"overloaded_error"}}\n\n'


@pytest.mark.parametrize("status", [408, 409, 429, 502, 503, 504, 524])
def test_what_passes_is_tried_again(ask: Any, sandbox: Sandbox, status: int) -> None:
    """Two failures of the moment are bridged, for whole answers and for streams."""
    for verb, call in ((ask.send, HELLO), (ask.stream, PIECES)):
        sandbox.clear()
        sandbox.fail(Fault.status(status, times=2))

        assert verb(call, retry=TWICE)
        assert len(sandbox.requests) == 3


def test_the_last_error_is_raised(ask: Any, sandbox: Sandbox) -> None:
    """When the allowed attempts are used up, the error comes out."""
    sandbox.fail(Fault.status(503, times=None))
    for verb, call in ((ask.send, HELLO), (ask.stream, PIECES)):
        with pytest.raises(ServerError):
            verb(call, retry=TWICE)
    assert len(sandbox.requests) == 6


def test_an_internal_error_is_tried_once_more(ask: Any, sandbox: Sandbox) -> None:
    """A 500 gets one further attempt, however many are allowed."""
    sandbox.fail(Fault.status(500, times=None))
    with pytest.raises(ServerError):
        ask.send(HELLO, retry=Retry(max_retries=5, backoff=0))

    assert len(sandbox.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 413, 415, 422])
def test_what_must_change_is_asked_once(ask_once: Any, sandbox: Sandbox, status: int) -> None:
    """A request that is wrong is not sent again."""
    for verb, call in ((ask_once.send, HELLO), (ask_once.stream, PIECES)):
        sandbox.clear()
        # A refusal under 200 is another fact: here the status itself is sent.
        sandbox.reply(b'{"error":{"message":"no"}}', status=status)
        with pytest.raises(PollinationsError):
            verb(call, retry=TWICE)

        assert len(sandbox.requests) == 1


def test_the_wait_that_was_asked_for_is_kept(ask: Any, sandbox: Sandbox) -> None:
    """Retry-After is waited for before the next attempt."""
    sandbox.reply(b"", status=429, headers={"retry-after": "0.03"})
    begin = time.monotonic()
    ask.send(HELLO, retry=Retry(backoff=0))

    assert time.monotonic() - begin >= 0.03
    assert len(sandbox.requests) == 2


def test_a_wait_that_is_too_long_is_the_callers_affair(ask: Any, sandbox: Sandbox) -> None:
    """Beyond the limit the error comes at once and says how long to wait."""
    sandbox.fail(Fault.status(429, retry_after=3600))
    with pytest.raises(RateLimitError, match="Wait 3600 s") as caught:
        ask.send(HELLO, retry=TWICE)

    assert caught.value.retry_after == 3600
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("fault", [Fault.cut(0), Fault.reset(0), Fault.empty()])
def test_a_stream_is_tried_again_before_its_first_item(
    ask: Any, sandbox: Sandbox, fault: Fault
) -> None:
    """As long as nothing was handed out, a broken stream is begun again unseen."""
    sandbox.fail(fault)

    assert ask.stream(PIECES, retry=TWICE)[-1].reply.text
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize("fault", [Fault.cut(3), Fault.reset(3)])
def test_a_stream_is_not_tried_again_after_its_first_item(
    ask: Any, sandbox: Sandbox, fault: Fault
) -> None:
    """Once something was handed out, saying it again would say it twice."""
    sandbox.fail(fault)
    with pytest.raises(InterruptedStreamError) as caught:
        ask.stream(PIECES, retry=TWICE)

    assert len(sandbox.requests) == 1
    assert "".join(item.text for item in ask.items) == caught.value.text != ""


def test_an_error_at_the_start_of_a_stream_is_tried_again(ask: Any, sandbox: Sandbox) -> None:
    """An error event that comes first is like any other failure of the moment."""
    sandbox.reply(ERROR)
    sandbox.reply(END)

    assert ask.stream(PIECES, retry=TWICE)[-1].reply.text == "Hi"


def test_an_error_from_the_cache_is_not_asked_for_again(ask: Any, sandbox: Sandbox) -> None:
    """The gateway would replay the same error stream for the same body for ever."""
    sandbox.fail(Fault.body(ERROR, headers={"x-cache": "HIT"}, times=None))
    with pytest.raises(ServerError) as caught:
        ask.stream(PIECES, retry=TWICE)

    assert caught.value.cached
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("api", ["2026-01"])
def test_the_gateway_does_replay_errors(ask_once: Any, sandbox: Sandbox) -> None:
    """In January 2026 the error stream is stored: one retry meets the cache, and gives up."""
    sandbox.fail(Fault.event({"error": {"message": "Oh no", "code": 503}}, after=0))
    with pytest.raises(ServerError, match="Oh no") as caught:
        ask_once.stream(PIECES, retry=Retry(max_retries=5, backoff=0))

    assert caught.value.cached
    assert len(sandbox.requests) == 2


def test_a_page_is_not_asked_for_again(ask: Any, sandbox: Sandbox) -> None:
    """Whatever answers with HTML will do so again."""
    for verb, call in ((ask.send, HELLO), (ask.stream, PIECES)):
        sandbox.clear()
        sandbox.fail(Fault.html(times=None))
        with pytest.raises(UnreadableAnswerError):
            verb(call, retry=TWICE)

        assert len(sandbox.requests) == 1
