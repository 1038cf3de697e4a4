"""Times for tests of waiting: one that leaps, and one that a test moves."""

import asyncio
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from _pollinations.limits.rate_limiter import Clock, RateLimiter

LimiterT = TypeVar("LimiterT", bound=RateLimiter)
_MOMENT = 0.001
_PATIENCE = 60


class LeapingClock(Clock):
    """Stands still while a request is under way; else leaps to what is waited for next.

    It may be a sandbox's clock too, which then refuses by the same time.

    Attributes:
        busy: Whether a request is under way.
    """

    def __init__(self) -> None:
        self.busy: Callable[[], object] = lambda: False
        self._now = 1_000.0
        self._awaited: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    __call__ = now

    def sleep(self, event: "Future[None]", seconds: float) -> None:
        if seconds == math.inf:
            event.result(_PATIENCE)
            return
        with self._awaiting(seconds) as moment:
            while not self._over(event, moment):
                time.sleep(_MOMENT)

    async def asleep(self, event: "Future[None]", seconds: float) -> None:
        if seconds == math.inf:
            await asyncio.wait_for(asyncio.wrap_future(event), _PATIENCE)
            return
        with self._awaiting(seconds) as moment:
            while not self._over(event, moment):  # noqa: ASYNC110 - the event is none of a loop
                await asyncio.sleep(_MOMENT)

    @contextmanager
    def _awaiting(self, seconds: float) -> Iterator[float]:
        with self._lock:
            moment = self._now + seconds
            self._awaited.append(moment)
        try:
            yield moment
        finally:
            with self._lock:
                self._awaited.remove(moment)

    def _over(self, event: "Future[None]", moment: float) -> bool:
        with self._lock:
            if not self.busy() and not event.done() and moment == min(self._awaited):
                self._now = moment
            return event.done() or self._now >= moment

    def of(self, limiter: LimiterT) -> LimiterT:
        """Let a limiter have this time."""
        limiter._clock = self
        self.busy = lambda: limiter.under_way
        return limiter


class StoppedClock(Clock):
    """Time that a test moves; who sleeps waits for events alone."""

    moment = 0.0

    def now(self) -> float:
        return self.moment

    def sleep(self, event: "Future[None]", seconds: float) -> None:
        del seconds
        event.result(10)

    async def asleep(self, event: "Future[None]", seconds: float) -> None:
        del seconds
        woken, _ = await asyncio.wait([asyncio.wrap_future(event)], timeout=10)
        assert woken

    def of(self, limiter: LimiterT) -> LimiterT:
        """Let a limiter have this time."""
        limiter._clock = self
        return limiter
