"""The state of one running sandbox."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pollinations_sandbox import errors
from pollinations_sandbox.cache import Cache
from pollinations_sandbox.errors import Api
from pollinations_sandbox.faults import Faults
from pollinations_sandbox.keys import Key
from pollinations_sandbox.recorded import Recorded as Recorded  # noqa: PLC0414 - its older place
from pollinations_sandbox.recordings import Recordings
from pollinations_sandbox.scripts import Scripts

Prices = Literal["seed", "2026-01", "2026-10"]

_COST = 0.001
_MOST_REQUESTS = 10_000
_POLLEN_PER_SECOND = 1 / 3600


@dataclass(slots=True)
class State:
    """Everything that one sandbox keeps while it runs."""

    api: Api
    keys: Mapping[str, Key]
    prices: Prices
    latency: float = 0.0
    edge_limit: tuple[int, float] | None = None
    clock: Callable[[], float] = time.monotonic
    requests: list[Recorded] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    scripts: Scripts = field(default_factory=Scripts)
    strict: bool = False
    community_models: int = 0
    private: bool = False
    recordings: Recordings | None = None
    cache: Cache = field(default_factory=Cache)
    free_again: dict[str, float] = field(default_factory=dict)
    let_in: deque[float] = field(default_factory=deque)
    connections: int = 0
    transports: dict[object, asyncio.Transport] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def remember(self, record: Recorded) -> None:
        """Keep a request, and forget the oldest beyond some thousands."""
        self.requests.append(record)
        del self.requests[:-_MOST_REQUESTS]

    def clear(self) -> None:
        """Forget requests, faults, scripts, cached answers and spent pollen."""
        self.requests.clear()
        self.faults.waiting.clear()
        self.scripts.clear()
        self.cache.stored.clear()
        self.free_again.clear()
        self.let_in.clear()

    def no_reply(self, record: Recorded, names: Sequence[str]) -> None:
        """Let the built-in replier answer, unless the sandbox is strict.

        Raises:
            GatewayError: 400, which says why no script matched.
        """
        if self.strict:
            message = f"sandbox: {self.scripts.unmatched(record, names)}"
            raise errors.envelope(400, message, api=self.api, code="SANDBOX_NO_REPLY")

    def spend(self, token: str) -> None:
        """Count a request of a publishable key, which owns one pollen an hour.

        Raises:
            GatewayError: 429, when the last request is not paid off yet.
        """
        moment = self.clock()
        wait = self.free_again.get(token, moment) - moment
        if wait > 0:
            raise errors.too_early(wait)
        self.free_again[token] = moment + _COST / _POLLEN_PER_SECOND

    def pass_edge(self) -> None:
        """Count a request of an address, which may send so many in any so many seconds.

        Raises:
            GatewayError: 429, when the last of them are too young; this one is not counted.
        """
        if self.edge_limit is None:
            return
        most, seconds = self.edge_limit
        moment = self.clock()
        while self.let_in and self.let_in[0] <= moment - seconds:
            self.let_in.popleft()
        if len(self.let_in) >= most:
            raise errors.known("too_many", api=self.api)
        self.let_in.append(moment)
