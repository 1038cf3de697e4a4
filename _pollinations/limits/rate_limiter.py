"""A rate limiter: threads and coroutines wait for their turn to send a request."""

import asyncio
import math
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Self
from uuid import uuid4
from weakref import WeakSet

from pydantic import SecretStr

from _pollinations.http.admission import Admission
from _pollinations.http.errors import (
    NO_TURN,
    InvalidInputError,
    PollinationsError,
    RateLimitError,
    limits_the_caller,
)
from _pollinations.limits.state import Limits, State
from _pollinations.limits.storage import Change, SharedStorage, Storage, open_storage

_MOST_HELD = 1_000
_REFUSED = 400


class RateLimiter:
    """A limit of requests and tokens per time for everything that shares it.

    Pass the same limiter as `rate_limiter=` to chat models, embeddings, tools and clients, of both
    frameworks. Each attempt of each request waits for its turn, first come, first served: retries,
    fallbacks and model lists too. Threads and event loops wait in one queue. When the gateway still
    answers that there were too many requests, all calls pause. Other models of the frameworks take
    it as well; they call it once for each call, and report no tokens.

    What an answer used is known only when it has come: until then a call counts as many tokens as
    calls usually used, at first 1,000. Calls that report no tokens count the same.

    Copies share the limit. A pickle has a limit of its own, unless `storage` is set: it is for
    limiters of several processes. Making one opens nothing.

    Args:
        requests_per_second: Requests, on average; 0.1 is one in ten seconds.
        window: Seconds over which requests are counted (1): as many as fit in it may begin at once.
        transit: Seconds that a request may take to arrive (0). It counts so much longer, unless it
            is answered sooner: then early and late requests cannot meet at the gateway.
        requests_per_minute: Instead of the first two: 60 is `requests_per_second=1, window=60`.
        tokens_per_minute: Tokens read and written.
        timeout: Seconds that a call may wait for its turn; None waits as long as it takes.
        storage: What the processes share that keep within the limits together: for one machine
            `sqlite:///` and the path of a file, for several `redis://host:port/0`, which needs
            `pip install 'pollinations-adapters[redis]'`.

    Attributes:
        limits: What is limited.

    Raises:
        InvalidInputError: Nothing is limited, a limit is not a number above 0, or the storage is
            none of these.

    Example:
        >>> limiter = RateLimiter(requests_per_second=2, tokens_per_minute=50_000)
        >>> limiter.acquire(blocking=False), limiter.acquire(blocking=False)
        (True, True)
        >>> limiter.acquire(blocking=False)
        False
        >>> limiter
        RateLimiter(requests_per_second=2, window=1.0, tokens_per_minute=50000)
    """

    _now = staticmethod(time.monotonic)
    _sleep = staticmethod(time.sleep)
    _asleep = staticmethod(asyncio.sleep)

    def __init__(
        self,
        *,
        requests_per_second: float | None = None,
        window: float = 1.0,
        transit: float = 0.0,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        timeout: float | None = None,
        storage: str | SecretStr | None = None,
    ) -> None:
        if requests_per_minute is not None:
            if requests_per_second is not None or window != 1:
                raise InvalidInputError("requests_per_minute replaces requests_per_second, window.")
            if not (isinstance(requests_per_minute, int | float) and requests_per_minute > 0):
                raise InvalidInputError(
                    f"requests_per_minute is a number above 0: {requests_per_minute!r}."
                )
            requests_per_second, window = requests_per_minute / 60, 60.0
        self.limits = Limits(requests_per_second, window, transit, tokens_per_minute)
        if timeout is not None and not (isinstance(timeout, int | float) and timeout >= 0):
            raise InvalidInputError(f"timeout is seconds, 0 or more: {timeout!r}.")
        self._timeout = math.inf if timeout is None else timeout
        self._shared: tuple[SharedStorage, ...] = ()
        if storage is not None:
            url = storage.get_secret_value() if isinstance(storage, SecretStr) else storage
            self._shared = (open_storage(url, self.limits),)
        self._empty()

    def _empty(self) -> None:
        # A call waits within this process first, so that few calls look into a shared storage.
        self._storages: tuple[Storage, ...] = (Storage(self.limits, self._now), *self._shared)
        self._waiting: set[str] = set()
        self._under_way: set[str] = set()
        self._held: deque[str] = deque(maxlen=_MOST_HELD)
        _limiters.add(self)

    @classmethod
    def edge(
        cls,
        *,
        tokens_per_minute: float | None = None,
        timeout: float | None = None,
        storage: str | SecretStr | None = None,
    ) -> Self:
        """Keep within the gateway's own limit of 100 requests of one address in 10 seconds.

        95 may begin in 10 seconds, which leaves some to a browser; each may take up to 2 seconds
        to arrive.

        Args:
            tokens_per_minute: As for the class.
            timeout: As for the class.
            storage: As for the class; all processes of a machine share its address.

        Returns:
            A limiter.

        Example:
            >>> RateLimiter.edge().limits.requests
            95
        """
        return cls(
            requests_per_second=9.5,
            window=10.0,
            transit=2.0,
            tokens_per_minute=tokens_per_minute,
            timeout=timeout,
            storage=storage,
        )

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._waiting)

    @property
    def under_way(self) -> int:
        """How many attempts have begun and have no answer yet."""
        return len(self._under_way)

    def acquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request, of whatever model.

        Frameworks call this before each call of a chat model. If the model is one of this package,
        its first attempt takes the turn, and reports what it used.

        Args:
            num_tokens: How many tokens it will use; 0 expects what others used.
            blocking: Whether to wait; otherwise the turn is taken only if it can begin now.

        Returns:
            Whether the request may be sent.

        Raises:
            RateLimitError: Its turn did not come within the timeout.
        """
        try:
            self._hold(self._wait(uuid4().hex, num_tokens, None if blocking else 0.0))
        except RateLimitError:
            if blocking:
                raise
            return False
        return True

    async def aacquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request without blocking the event loop; see `acquire`."""
        try:
            self._hold(await self._await(uuid4().hex, num_tokens, None if blocking else 0.0))
        except RateLimitError:
            if blocking:
                raise
            return False
        return True

    async def async_acquire(self, num_tokens: int = 0) -> None:
        """Wait for the turn of one request, by the name that LlamaIndex uses; see `aacquire`."""
        await self.aacquire(num_tokens)

    def enter(self, attempt: Admission) -> None:
        """Wait for the turn of an attempt; for clients, which call `leave` at its end.

        Raises:
            RateLimitError: Its turn did not come in time.
        """
        self._wait(attempt.turn)

    async def aenter(self, attempt: Admission) -> None:
        """Wait for the turn of an attempt without blocking the event loop; see `enter`."""
        await self._await(attempt.turn)

    def leave(self, attempt: Admission) -> None:
        """Count what an attempt used once it has ended, with an answer or without."""
        turn, tokens, error = attempt.turn, attempt.tokens, attempt.error
        status = error.status if isinstance(error, PollinationsError) else None
        if tokens is None and (status or 0) >= _REFUSED:
            tokens = 0  # the gateway refused it
        pauses = isinstance(error, RateLimitError) and limits_the_caller(error)
        seconds = error.retry_after if isinstance(error, RateLimitError) else None
        answered = error is None

        def end(state: State, now: float) -> None:
            state.end(turn, tokens, self.limits, now)
            if pauses:
                state.pause_all(seconds, now)
            elif answered:
                state.answered(now)

        self._under_way.discard(turn)
        self._note(end)
        if pauses:
            for storage in self._shared:
                storage.write_soon()

    def for_acquired_call(self) -> "AcquiredCall":
        """The limiter of a call before which a framework has called `acquire`."""
        return AcquiredCall(self)

    def held_turn(self) -> str | None:
        """Take the turn that was acquired last and not taken yet."""
        with suppress(IndexError):
            return self._held.pop()
        return None

    def _hold(self, turn: str) -> None:
        """Keep a turn for the request that follows, if it is sent by a client of ours."""
        self._under_way.discard(turn)
        self._held.append(turn)

    def _wait(self, turn: str, tokens: int = 0, longest: float | None = None) -> str:
        """Wait for a turn, `longest` seconds instead of `timeout`, and return it."""
        with self._entering(turn, longest) as deadline:
            for storage in self._storages:
                while seconds := storage.look(turn, tokens, self._left(deadline)):
                    self._sleep(self._next_wait(storage, seconds, deadline))
        return turn

    async def _await(self, turn: str, tokens: int = 0, longest: float | None = None) -> str:
        """The same without blocking the event loop."""
        with self._entering(turn, longest) as deadline:
            for storage in self._storages:
                while seconds := await storage.alook(turn, tokens, self._left(deadline)):
                    await self._asleep(self._next_wait(storage, seconds, deadline))
        return turn

    @contextmanager
    def _entering(self, turn: str, longest: float | None) -> Iterator[float]:
        """Until when a call may wait. It is under way after that; one that fails leaves nothing."""
        self._waiting.add(turn)
        try:
            yield self._now() + (self._timeout if longest is None else longest)
        except BaseException:
            self._note(lambda state, _: state.release(turn))
            raise
        else:
            self._under_way.add(turn)
        finally:
            self._waiting.discard(turn)

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - self._now())

    def _next_wait(self, storage: Storage, seconds: float, deadline: float) -> float:
        """Seconds after which to look again."""
        if seconds > self._left(deadline):
            raise RateLimitError(
                f"No turn within {self._timeout:g} s: the limiter has let as many calls through as "
                "it may. Nothing was sent.",
                code=NO_TURN,
                retry_after=seconds,
                retryable=False,
            )
        return min(seconds, storage.interval())

    def _note(self, change: Change[None]) -> None:
        for storage in self._storages:
            storage.note(change)

    def __repr__(self) -> str:
        values = {name: getattr(self.limits, name) for name in Limits.__slots__}
        shown = ", ".join(f"{name}={value!r}" for name, value in values.items() if value)
        return f"{type(self).__name__}({shown})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        options = {
            **asdict(self.limits),
            "timeout": None if self._timeout == math.inf else self._timeout,
            "storage": self._shared[0].url if self._shared else None,
        }
        return partial(type(self), **options), ()


class AcquiredCall:
    """The limiter of one call before which a framework has waited: its first attempt need not."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._first = iter((True,))  # only one of several threads gets it
        self.leave = limiter.leave

    def enter(self, attempt: Admission) -> None:
        """Take the turn that was acquired, if it still counts, or wait for another."""
        self._take_turn(attempt)
        self._limiter.enter(attempt)

    async def aenter(self, attempt: Admission) -> None:
        """The same without blocking the event loop."""
        self._take_turn(attempt)
        await self._limiter.aenter(attempt)

    def _take_turn(self, attempt: Admission) -> None:
        if next(self._first, False):
            attempt.turn = self._limiter.held_turn() or attempt.turn


_limiters: WeakSet[RateLimiter] = WeakSet()


def _empty_all() -> None:
    """In a forked process nobody waits, and locks of the parent may be held for ever."""
    for limiter in list(_limiters):
        limiter._empty()  # noqa: SLF001 - of this module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_empty_all)
