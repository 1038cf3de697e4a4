"""Times for tests of waiting: one that leaps, and one that a test moves."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from _pollinations.limits.rate_limiter import RateLimiter

LimiterT = TypeVar("LimiterT", bound=RateLimiter)
_MOMENT = 0.001


class StoppedClock:
    """Time that a test moves, and that those who sleep wait for.

    It may be a sandbox's clock too, which then refuses by the same time.
    """

    def __init__(self) -> None:
        self.moment = 1_000.0

    def now(self) -> float:
        return self.moment

    __call__ = now

    def sleep(self, seconds: float) -> None:
        with self._awaiting(seconds) as moment:
            while not self._is_over(moment):
                time.sleep(_MOMENT)

    async def asleep(self, seconds: float) -> None:
        with self._awaiting(seconds) as moment:
            while not self._is_over(moment):  # noqa: ASYNC110 - a test moves it, or another thread
                await asyncio.sleep(_MOMENT)

    @contextmanager
    def _awaiting(self, seconds: float) -> Iterator[float]:
        yield self.moment + seconds

    def _is_over(self, moment: float) -> bool:
        return self.moment >= moment

    def of(self, limiter: LimiterT) -> LimiterT:
        """Let a limiter have this time."""
        limiter._now, limiter._sleep, limiter._asleep = self.now, self.sleep, self.asleep  # type: ignore[method-assign]
        limiter._empty()
        return limiter


class LeapingClock(StoppedClock):
    """Stands still while a request is under way; else leaps to what is waited for next.

    Attributes:
        busy: Whether a request is under way, or about to be.
    """

    def __init__(self) -> None:
        super().__init__()
        self.busy: Callable[[], object] = lambda: False
        self._awaited: list[float] = []
        self._lock = threading.Lock()

    @contextmanager
    def _awaiting(self, seconds: float) -> Iterator[float]:
        with self._lock:
            moment = self.moment + seconds
            self._awaited.append(moment)
        try:
            yield moment
        finally:
            with self._lock:
                self._awaited.remove(moment)

    def _is_over(self, moment: float) -> bool:
        with self._lock:
            if not self.busy() and moment == min(self._awaited):
                self.moment = max(self.moment, moment)
            return self.moment >= moment

    def of(self, limiter: LimiterT) -> LimiterT:
        self.busy = lambda: limiter.under_way or limiter.waiting > len(self._awaited)
        return super().of(limiter)
