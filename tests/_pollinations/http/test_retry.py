"""When a request is tried again, decided without waiting."""

from typing import Any
from unittest.mock import Mock

import pytest
from hello import InTurn

from _pollinations.http.call import Call, Request
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    InterruptedStreamError,
    InvalidInputError,
    PollinationsError,
    ServerError,
    UnreadableAnswerError,
)
from _pollinations.http.retry import Attempts, Retry


def status(number: int, **headers: str) -> PollinationsError:
    return error_from(number, {name.replace("_", "-"): v for name, v in headers.items()}, b"")


def test_what_may_pass_is_tried_again() -> None:
    """Failures of the moment are tried as often as allowed; what must change is not."""
    retry = Retry(max_retries=2, backoff=0)
    for error in (
        status(503),
        APIConnectionError("refused"),
        APITimeoutError("silent"),
        InterruptedStreamError("broke off"),
    ):
        assert [retry.pause_after(error, failures) for failures in (1, 2, 3)] == [0, 0, None]
        assert Retry(max_retries=0).pause_after(error, 1) is None
    for error in (status(400), InvalidInputError("no"), UnreadableAnswerError("a page")):
        assert retry.pause_after(error, 1) is None


@pytest.mark.parametrize(
    "error", [status(500), error_from(200, {}, b'{"error":{"message":"x","code":500}}')]
)
def test_an_internal_error_is_tried_once_more(error: PollinationsError) -> None:
    """A 500 is often no accident, also if an event under status 200 says it."""
    retry = Retry(max_retries=5, backoff=0)

    assert [retry.pause_after(error, failures) for failures in (1, 2)] == [0, None]


def test_what_the_cache_said_it_will_say_again() -> None:
    """An error from the gateway's cache is final for this body."""
    assert Retry(max_retries=9).pause_after(status(503, x_cache="HIT"), 1) is None
    assert Retry(max_retries=9).pause_after(status(503, x_cache="MISS"), 1) is not None


def test_the_wait_that_was_asked_for_is_kept() -> None:
    """Retry-After is the pause, up to a limit; a longer wait is the caller's affair."""
    retry = Retry(retry_after_limit=60)

    assert retry.pause_after(status(429, retry_after="7.5"), 1) == 7.5
    assert retry.pause_after(status(429, retry_after="60"), 1) == 60
    assert retry.pause_after(status(429, retry_after="61"), 1) is None


def test_pauses_grow_and_scatter() -> None:
    """Each pause is drawn between nothing and a ceiling that doubles up to a limit."""
    retry = Retry(max_retries=9, backoff=1, backoff_limit=4)
    for failures, ceiling in enumerate((1, 2, 4, 4), 1):
        pauses = [retry.pause_after(status(503), failures) or 0 for _ in range(200)]

        assert 0 <= min(pauses) < ceiling / 4
        assert ceiling * 3 / 4 < max(pauses) <= ceiling
        assert len(set(pauses)) > 100


def hello(path: str) -> Call[bytes]:
    return Call(Request("GET", path), lambda response: response.body)


def test_what_replaces_a_call_is_tried_as_often() -> None:
    """Each call has its own attempts; then the next is sent at once, or an error raised."""
    attempts = Attempts(InTurn(hello("/one"), hello("/two")), Retry(max_retries=1, backoff=9))
    attempts.failed(status(503))
    assert attempts.call.request.path == "/one"
    attempts.failed(status(503))
    assert (attempts.call.request.path, attempts.pause) == ("/two", 0)
    attempts.failed(status(503))

    with pytest.raises(ServerError) as caught:
        attempts.failed(status(503))
    assert caught.value.attempts == 2


def test_nothing_follows_a_stream_that_has_begun() -> None:
    """No other attempt, whatever the error; a fallback is asked whether another call does."""
    error, fallback = status(503), Mock()

    with pytest.raises(ServerError):
        Attempts(hello("/one"), Retry(max_retries=9)).failed(error, begun=True)
    Attempts(fallback, Retry(max_retries=9)).failed(error, begun=True)
    fallback.after.assert_called_once_with(error, begun=True)


def test_an_answer_may_ask_for_another_call() -> None:
    """Such as a list of models, before it is decided which one is tried."""
    attempts = Attempts(InTurn(hello("/models"), hello("/one")), Retry())

    assert not attempts.answered(b"a list")
    assert attempts.call.request.path == "/one"
    assert attempts.answered(b"an answer")


@pytest.mark.parametrize("wrong", [-1, 1.5, "2", None])
def test_a_number_of_retries_is_whole_and_not_negative(wrong: Any) -> None:
    """Anything else is found when the object is made."""
    with pytest.raises(InvalidInputError, match="max_retries is 0 or more"):
        Retry(max_retries=wrong)
