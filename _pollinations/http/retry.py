"""What is sent next, and after which pause: decided here, where nothing waits."""

import random
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from _pollinations.http.call import Call, Fallback, Stream
from _pollinations.http.errors import InvalidInputError, PollinationsError

StepT = TypeVar("StepT", bound=Call[Any] | Stream[Any])


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a request is sent again, and after which pause.

    These are retried: connection errors, timeouts, streams that break before their first item, 408,
    409, 429, 502 to 504, 520 to 525, 529 and 530; 500 once. Never retried are other 4xx and errors
    that the gateway has cached.

    Attributes:
        max_retries: Further attempts after the first; 0 tries once.
        backoff: Seconds of the first pause; each later pause may be twice as long. The pause is
            drawn between 0 and that (full jitter).
        backoff_limit: The longest such pause, in seconds.
        retry_after_limit: The longest wait in seconds that `Retry-After` may ask for; a longer one
            raises the error, which carries it.

    Example:
        >>> Retry(max_retries=0).pause_after(error, failures=1) is None  # doctest: +SKIP
        True
    """

    max_retries: int = 2
    backoff: float = 0.5
    backoff_limit: float = 8.0
    retry_after_limit: float = 60.0

    def __post_init__(self) -> None:
        """Refuse a number of retries that is none."""
        if not (isinstance(self.max_retries, int) and self.max_retries >= 0):
            raise InvalidInputError(f"max_retries is 0 or more, not {self.max_retries!r}.")

    def pause_after(self, error: PollinationsError, failures: int) -> float | None:
        """Decide what follows a failure.

        Args:
            error: What went wrong.
            failures: How many attempts have failed, this one included.

        Returns:
            Seconds to wait before the next attempt, or None to give up.
        """
        if not error.retryable or error.cached or failures > self.max_retries:
            return None
        if error.status == 500 and failures > 1:  # noqa: PLR2004 - a 500 is often permanent
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.retry_after_limit else None
        ceiling = min(self.backoff_limit, self.backoff * 2 ** (failures - 1))
        return random.uniform(0, ceiling)  # noqa: S311 - jitter is no secret


class Attempts(Generic[StepT]):
    """The attempts of a call, then those of the calls that replace it.

    Args:
        call: The call; or a `Fallback`, which decides what replaces a call that failed.
        retry: How often each of them is tried.
        streamed: Whether `call` is to be a stream.

    Attributes:
        call: What is sent next.
        pause: Seconds to wait before that.

    Raises:
        InvalidInputError: `call` is something else, or not what the client's method takes.
    """

    def __init__(
        self, call: StepT | Fallback[StepT], retry: Retry, *, streamed: bool = False
    ) -> None:
        _check(call, streamed=streamed)
        self._retry = retry
        self._failures = 0
        self._fallback = None if isinstance(call, (Call, Stream)) else call
        self._begin(call if isinstance(call, (Call, Stream)) else call.first())

    def failed(self, error: PollinationsError, *, begun: bool = False) -> None:
        """Decide what follows a failed attempt.

        Args:
            error: Why it failed; its `attempts` is set.
            begun: Whether items of its stream have been handed out, so that nothing follows.

        Raises:
            PollinationsError: Nothing follows.
        """
        self._failures += 1
        error.attempts = self._failures
        error.__traceback__ = None  # its frames contain the request
        pause = None if begun else self._retry.pause_after(error, self._failures)
        if pause is not None:
            self.pause = pause
        elif self._fallback is None:
            raise error
        else:
            self._begin(self._fallback.after(error, begun=begun))

    def answered(self, answer: object) -> bool:
        """Take note of an answer, or of a stream that ended.

        Returns:
            Whether it is the result; if not, a further call follows.
        """
        following = self._fallback.answered(answer) if self._fallback else None
        if following is None:
            return True
        self._begin(following)
        return False

    def _begin(self, call: StepT | Call[Any]) -> None:
        self.call = call
        self.pause = 0.0
        self._failures = 0


def _check(call: object, *, streamed: bool) -> None:
    """Refuse what `send` or `stream` cannot send; a fallback says itself what it sends."""
    if isinstance(call, Stream if streamed else Call) or hasattr(call, "answered"):
        return
    if streamed:
        takes, other = "stream() takes a Stream, such as stream(...)", "a Call goes to send()"
    else:
        takes = "send() takes a Call, such as complete(...) or image(...)"
        other = "a Stream goes to stream()"
    end = f"; {other}." if isinstance(call, (Call, Stream)) else f", not {type(call).__name__}."
    raise InvalidInputError(takes + end)
