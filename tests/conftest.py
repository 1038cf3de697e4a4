"""What tests of all packages need: the gateway's own limits, and a time that costs none."""

import asyncio
import functools
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from httpx._transports import default as httpx_transports
from hypothesis.configuration import set_hypothesis_home_dir

from _pollinations.limits.rate_limiter import Clock
from pollinations_sandbox import Key, Sandbox

# What hypothesis keeps lies in the environment, so that a run leaves no file in the checkout.
set_hypothesis_home_dir(Path(sys.prefix) / "hypothesis")

# Each client of httpx would read the same authorities anew, in 20 ms.
httpx_transports.create_ssl_context = functools.cache(httpx_transports.create_ssl_context)

_MOMENT = 0.001
_PATIENCE = 60


class LeapingClock(Clock):
    """Stands still while anybody is at work; else leaps to what is waited for next.

    It may be a sandbox's clock too, which then refuses by the same time.

    Attributes:
        busy: Whether anybody is at work: a limiter's `under_way`.
    """

    def __init__(self) -> None:
        self.busy: Callable[[], object] = lambda: False
        self._now = 1_000.0
        self._awaited: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    __call__ = now

    def sleep(self, sign: "Future[None]", seconds: float) -> None:
        if seconds == math.inf:
            sign.result(_PATIENCE)
            return
        with self._awaiting(seconds) as moment:
            while not self._over(sign, moment):
                time.sleep(_MOMENT)

    async def asleep(self, sign: "Future[None]", seconds: float) -> None:
        if seconds == math.inf:
            await asyncio.wait_for(asyncio.wrap_future(sign), _PATIENCE)
            return
        with self._awaiting(seconds) as moment:
            while not self._over(sign, moment):  # noqa: ASYNC110 - the sign is no event of a loop
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

    def _over(self, sign: "Future[None]", moment: float) -> bool:
        with self._lock:
            if not self.busy() and not sign.done() and moment == min(self._awaited):
                self._now = moment
            return sign.done() or self._now >= moment


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def edge(clock: LeapingClock) -> Iterator[Sandbox]:
    """A gateway with its limits of an address and of a publishable key, by the leaping clock."""
    keys = {"sk_sandbox": Key(), "pk_slow": Key(kind="publishable", rate_limit=True)}
    with Sandbox(keys=keys, edge_limit=(100, 10.0), clock=clock) as running:
        yield running
