"""One rate for all workers of a Ray job, wherever they run: a limiter that both frameworks take.

    ChatPollinations(rate_limiter=SharedRate(10))
    Pollinations(rate_limiter=SharedRate(10))

A model takes its limiter along when it travels to a worker, so that the rate belongs to the job.
"""

import asyncio
import time

import ray
from langchain_core.rate_limiters import BaseRateLimiter


class SharedRate(BaseRateLimiter):
    """Lets so many requests leave in a second, evenly, for all who hold a copy.

    Args:
        per_second: Requests in a second, of all workers together.

    The turns are given by an actor, which lives as long as somebody holds the limiter.
    """

    def __init__(self, per_second: float) -> None:
        self._turns = _Turns.remote(per_second)

    def acquire(self, *, blocking: bool = True) -> bool:
        """Wait for a turn; without `blocking`, take one only if it has come.

        Returns:
            Whether the turn was taken.
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


@ray.remote(num_cpus=0)
class _Turns:
    """Gives turns away, one after the other; it tells when, and never waits."""

    def __init__(self, per_second: float) -> None:
        self._between = 1 / per_second
        self._next = time.monotonic()

    def take(self, blocking: bool) -> float | None:
        """Tell the seconds until the caller's turn; None if it has not come and must not wait."""
        now = time.monotonic()
        if self._next > now and not blocking:
            return None
        turn = max(now, self._next)
        self._next = turn + self._between
        return turn - now
