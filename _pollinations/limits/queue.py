"""The queue of a rate limiter: which call may begin when. It computes waits, and never waits."""

import math
import threading
from collections import OrderedDict
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

from _pollinations.http.errors import (
    InvalidInputError,
    PollinationsError,
    RateLimitError,
    limits_the_caller,
)

USUAL_TOKENS = 1_000
"""Tokens that a call is expected to use before any answer has come."""
NEVER = math.inf
"""The wait of a call that has others before it."""
MINUTE = 60.0
"""Seconds for which tokens count."""

_EDGE_PERIOD = 10.0
_LONGEST_PAUSE = 60.0
_MEMORY = 8
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be sent in a period; None limits nothing.

    Attributes:
        requests_per_second: Requests, on average.
        window: Seconds over which requests are counted: so many may begin at once as fit in it.
        transit: Seconds that a request may take to arrive. It counts so much longer than a window,
            so that early and late requests cannot meet at the gateway.
        tokens_per_minute: Tokens read and written.

    Raises:
        InvalidInputError: Nothing is limited, or a limit is not a number above 0.

    Example:
        >>> limits = Limits(requests_per_second=9.5, window=10)
        >>> limits.requests, limits.period
        (95, 10.0)
    """

    requests_per_second: float | None = None
    window: float = 1.0
    transit: float = 0.0
    tokens_per_minute: float | None = None

    def __post_init__(self) -> None:
        rates = ("requests_per_second", "tokens_per_minute")
        limited = [name for name in rates if getattr(self, name) is not None]
        if not limited:
            raise InvalidInputError(f"A limiter needs a limit: set {' or '.join(rates)}.")
        for name in (*limited, "window"):
            if not _is_number(getattr(self, name)) or not getattr(self, name):
                raise InvalidInputError(f"{name} is a number above 0: {getattr(self, name)!r}.")
        if not _is_number(self.transit):
            raise InvalidInputError(f"transit is seconds, 0 or more: {self.transit!r}.")

    @property
    def requests(self) -> int:
        """How many requests may begin in a period; 0 if they are not limited."""
        rate = self.requests_per_second
        return 0 if rate is None else max(1, math.floor(rate * self.window + 1e-9))

    @property
    def period(self) -> float:
        """Seconds in which so many may begin: the window, or as much as one request takes."""
        rate = self.requests_per_second
        return self.window if rate is None else self.requests / rate


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < math.inf


class EventLoop(Protocol):
    """What is asked of a loop of `asyncio`."""

    def is_running(self) -> bool:
        """Whether it runs now."""

    def is_closed(self) -> bool:
        """Whether it never runs again."""


@dataclass(eq=False, slots=True)
class Waiter:
    """One call: in the queue first, then under way.

    Attributes:
        tokens: How many it is expected to use; 0 expects what others used.
        begun: When its turn came, or None.
        event: Is set when it should look again; None while it has not looked yet.
        loop: The event loop of a coroutine; None for a thread.
        name: Its name in a storage that processes share.
    """

    tokens: int = 0
    begun: float | None = None
    event: Future[None] | None = None
    loop: EventLoop | None = None
    name: str = ""

    def wake(self) -> None:
        """Let it look again."""
        if self.event and not (self.loop and self.loop.is_closed()):
            with suppress(InvalidStateError):  # woken already
                self.event.set_result(None)


class _Window:
    """A maximum for any period; each call counts until a moment of its own."""

    def __init__(self, maximum: float) -> None:
        self._maximum = maximum
        self._counted: dict[Waiter, tuple[int, float]] = {}
        self._sum = 0

    def seconds_to_wait(self, amount: int, now: float) -> float:
        """Seconds until the amount fits; for more than the maximum, until nothing else counts."""
        free = max(0, self._maximum - amount)
        if self._sum <= free:
            return 0.0
        for waiter in list(self._counted):
            if self._counted.get(waiter, (0, now))[1] <= now:
                self.drop(waiter)
        left, soonest = self._sum, now
        for counted, until in sorted(self._counted.values(), key=itemgetter(1)):
            if left <= free:
                break
            left, soonest = left - counted, until
        return soonest - now

    def count(self, waiter: Waiter, amount: int, until: float) -> None:
        """Let a call count so much until then, whatever it counted before."""
        self.drop(waiter)
        if amount > 0 and self._maximum < math.inf:
            self._counted[waiter] = (amount, until)
            self._sum += amount

    def drop(self, waiter: Waiter) -> None:
        """Let a call count no more."""
        self._sum -= self._counted.pop(waiter, (0, 0.0))[0]


class Queue:
    """Which call may begin when, first come, first served; shared by threads.

    Every method takes the present moment, in seconds that only grow.

    Args:
        limits: What may be sent in a period.

    Example:
        >>> queue, first, second = Queue(Limits(requests_per_second=1)), Waiter(), Waiter()
        >>> queue.join(first), queue.join(second)
        (None, None)
        >>> queue.begin(second, now=0), queue.begin(first, now=0), queue.begin(second, now=0)
        (inf, 0.0, 1.0)
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # The garbage collector may end a forgotten stream, and so its call, in the midst of this.
        self._lock = threading.RLock()
        self._waiting: OrderedDict[Waiter, None] = OrderedDict()
        self._under_way: set[Waiter] = set()
        self._requests = _Window(limits.requests or math.inf)
        self._tokens = _Window(limits.tokens_per_minute or math.inf)
        self._usual = float(USUAL_TOKENS)
        self._paused_until = -math.inf
        self._pause = 0.0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @property
    def under_way(self) -> int:
        """How many have begun and not ended."""
        return len(self._under_way)

    @property
    def first(self) -> Waiter | None:
        """Which is next; a coroutine whose loop is not running keeps nobody waiting."""
        with self._lock:
            has_changed = False
            while self._waiting:
                waiter = next(iter(self._waiting))
                if waiter.loop is None or waiter.loop.is_running():
                    if has_changed:
                        waiter.wake()
                    return waiter
                del self._waiting[waiter]
                waiter.wake()  # to come last, when its loop goes on
                has_changed = True
            return None

    def join(self, waiter: Waiter) -> None:
        """Put a call at the end of the queue."""
        with self._lock:
            self._waiting[waiter] = None

    def begin(self, waiter: Waiter, now: float) -> float:
        """Let a call begin if it is its turn.

        Args:
            waiter: One that is in the queue; one that was removed comes last.
            now: The moment.

        Returns:
            0 if the call begins now; seconds after which to ask again; `NEVER` while others are
            before it.
        """
        with self._lock:
            self._waiting.setdefault(waiter)
            if self.first is not waiter:
                return NEVER
            tokens = math.ceil(waiter.tokens or self._usual)
            seconds = max(
                self._paused_until - now,
                self._requests.seconds_to_wait(1, now),
                self._tokens.seconds_to_wait(tokens, now),
            )
            if seconds > 0:
                return seconds
            del self._waiting[waiter]
            waiter.begun, waiter.tokens = now, tokens
            self._under_way.add(waiter)
            self._count_request(waiter, now + self._limits.transit)
            self._tokens.count(waiter, tokens, now + MINUTE)
            return 0.0

    def hold(self, waiter: Waiter) -> None:
        """Let a call that has begun count on, though nobody reports how it ends."""
        with self._lock:
            self._under_way.discard(waiter)

    def resume(self, waiter: Waiter, now: float) -> bool:
        """Let the request of a call that is held be sent now, if the call still counts."""
        with self._lock:
            begun = -math.inf if waiter.begun is None else waiter.begun
            if now >= begun + self._limits.transit + self._limits.period:
                self.cancel(waiter)
                return False
            self._under_way.add(waiter)
            self._count_request(waiter, now + self._limits.transit)
            return True

    def cancel(self, waiter: Waiter) -> None:
        """Remove a call from the queue, or one that has begun and sent nothing."""
        with self._lock:
            self._waiting.pop(waiter, None)
            self._under_way.discard(waiter)
            self._requests.drop(waiter)
            self._tokens.drop(waiter)

    def end(
        self,
        waiter: Waiter,
        now: float,
        tokens: int | None = None,
        error: BaseException | None = None,
    ) -> float:
        """Count what a call used once it has ended, with an answer or without.

        Args:
            waiter: One that has begun.
            now: The moment.
            tokens: How many the answer used; None counts those that were expected.
            error: Why there is no answer. A 429 about the caller pauses all calls.

        Returns:
            Seconds for which no call may begin because of the error; 0 for others.
        """
        status = error.status if isinstance(error, PollinationsError) else None
        if tokens is None and (status or 0) >= _REFUSED:
            tokens = 0  # the gateway refused the call
        with self._lock:
            self._under_way.discard(waiter)
            if waiter.begun is not None:
                self._count_request(waiter, min(now, waiter.begun + self._limits.transit))
            if tokens is not None:
                waiter.tokens = tokens
            if tokens:
                self._usual += (tokens - self._usual) / _MEMORY
            self._tokens.count(waiter, waiter.tokens, now + MINUTE)
            before_pause = waiter.begun is not None and waiter.begun < self._paused_until
            if isinstance(error, RateLimitError) and limits_the_caller(error):
                return self._pause_all(now, error.retry_after, again=not before_pause)
            if error is None and not before_pause:
                self._pause = 0.0
            return 0.0

    def _count_request(self, waiter: Waiter, arrived: float) -> None:
        self._requests.count(waiter, 1, arrived + self._limits.period)

    def _pause_all(self, now: float, seconds: float | None, *, again: bool) -> float:
        """Let no call begin for so long; without a number, each pause is twice as long."""
        if seconds is None:
            if again:
                self._pause = min(_LONGEST_PAUSE, self._pause * 2 or _EDGE_PERIOD)
            seconds = self._pause
        seconds = min(seconds, _LONGEST_PAUSE)
        self._paused_until = max(self._paused_until, now + seconds)
        return seconds
