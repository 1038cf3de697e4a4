"""One rate for all workers of a Ray job, wherever they run: a limiter that both frameworks take.

    ChatPollinations(rate_limiter=SharedRate(10))
    Pollinations(rate_limiter=SharedRate(10))

A model takes its limiter along when it travels to a worker, so that the rate belongs to the job.
"""

import asyncio
import time
from collections.abc import Callable

import ray
from langchain_core.rate_limiters import BaseRateLimiter


class SharedRate(BaseRateLimiter):
    """Lets so many requests leave in a second, evenly, for all who hold a copy.

    The turns are given by an actor of Ray, which lives as long as somebody holds the limiter.

    Args:
        per_second: Requests in a second, of all workers together.
    """

    def __init__(self, per_second: float) -> None:
        self._turns = ray.remote(num_cpus=0)(Turns).remote(per_second)

    @property
    def given(self) -> int:
        """How many turns all holders together have been given."""
        return int(ray.get(self._turns.count.remote()))

    def acquire(self, *, blocking: bool = True) -> bool:
        """Wait for a turn; without `blocking`, take one only if it has come.

        Returns:
            Whether a turn was taken.
        """
        pause = ray.get(self._turns.take.remote(blocking))
        time.sleep(pause or 0)
        return pause is not None

    async def aacquire(self, *, blocking: bool = True) -> bool:
        """Wait for a turn on the event loop; see `acquire`."""
        pause = await self._turns.take.remote(blocking)
        await asyncio.sleep(pause or 0)
        return pause is not None

    async_acquire = aacquire  # as LlamaIndex calls it


class Turns:
    """Gives turns away, one after the other: it tells when, and never waits."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._between = 1 / per_second
        self._clock = clock
        self._next = clock()
        self._given = 0

    def take(self, blocking: bool) -> float | None:
        """Tell the seconds until the caller's turn; None if it has not come and must not wait."""
        now = self._clock()
        if self._next > now and not blocking:
            return None
        turn = max(now, self._next)
        self._next = turn + self._between
        self._given += 1
        return turn - now

    def count(self) -> int:
        """Tell how many turns have been given."""
        return self._given
