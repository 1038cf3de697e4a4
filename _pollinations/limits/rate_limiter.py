"""A rate limiter: threads and coroutines wait in one queue for their turn to send a request."""

import asyncio
import os
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Self
from uuid import uuid4
from weakref import WeakSet

from pydantic import SecretStr

from _pollinations.http.errors import NO_TURN, InvalidInputError, RateLimitError
from _pollinations.limits.queue import NEVER, Limits, Queue, Waiter

_MOST_HELD = 1_000
_LONGEST_WAIT = 60.0  # then it looks again: the event loop of those before may have stopped


class Clock:
    """The time, and two ways to wait for an event or for some seconds, whichever is first."""

    def now(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def sleep(self, event: "Future[None]", seconds: float) -> None:
        """Block this thread."""
        with suppress(TimeoutError):
            event.result(min(seconds, _LONGEST_WAIT))

    async def asleep(self, event: "Future[None]", seconds: float) -> None:
        """Wait without blocking the event loop."""
        await asyncio.wait([asyncio.wrap_future(event)], timeout=min(seconds, _LONGEST_WAIT))


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
    """

    def __init__(
        self,
        *,
        requests_per_second: float | None = None,
        window: float = 1.0,
        transit: float = 0.0,
        tokens_per_minute: float | None = None,
        timeout: float | None = None,
        storage: str | SecretStr | None = None,
    ) -> None:
        self.limits = Limits(requests_per_second, window, transit, tokens_per_minute)
        if timeout is not None and not (isinstance(timeout, int | float) and timeout >= 0):
            raise InvalidInputError(f"timeout is seconds, 0 or more: {timeout!r}.")
        self._timeout = NEVER if timeout is None else timeout
        self._clock = Clock()
        self._storage = None
        if storage is not None:
            from _pollinations.limits.storage import open_storage  # noqa: PLC0415 - few have one

            url = storage.get_secret_value() if isinstance(storage, SecretStr) else storage
            self._storage = open_storage(url, self.limits)
        self._empty()

    def _empty(self) -> None:
        self._queue = Queue(self.limits)
        self._held: deque[Waiter] = deque(maxlen=_MOST_HELD)
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
        return self._queue.waiting

    @property
    def under_way(self) -> int:
        """How many attempts have begun and have no answer yet."""
        return self._queue.under_way

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
            self._hold(self.enter(num_tokens, None if blocking else 0.0))
        except RateLimitError:
            if blocking:
                raise
            return False
        return True

    async def aacquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request without blocking the event loop; see `acquire`."""
        try:
            self._hold(await self.aenter(num_tokens, None if blocking else 0.0))
        except RateLimitError:
            if blocking:
                raise
            return False
        return True

    async def async_acquire(self, num_tokens: int = 0) -> None:
        """Wait for the turn of one request, by the name that LlamaIndex uses; see `aacquire`."""
        await self.aacquire(num_tokens)

    def enter(self, tokens: int = 0, longest: float | None = None) -> Waiter:
        """Wait for the turn of an attempt; for clients, which call `leave` at its end.

        Args:
            tokens: How many it is expected to use; 0 expects what others used.
            longest: Seconds to wait instead of the limiter's `timeout`.

        Raises:
            RateLimitError: Its turn did not come in time.
        """
        waiter, deadline = self._join(tokens, longest)
        try:
            while wait := self._next_wait(waiter, deadline):
                self._clock.sleep(*wait)
            while self._storage and (seconds := self._reserve(waiter, deadline)):
                self._clock.sleep(Future(), seconds)
        except BaseException:
            self._cancel(waiter)
            raise
        return waiter

    async def aenter(self, tokens: int = 0, longest: float | None = None) -> Waiter:
        """Wait for the turn of an attempt without blocking the event loop; see `enter`."""
        waiter, deadline = self._join(tokens, longest)
        waiter.loop = asyncio.get_running_loop()
        try:
            while wait := self._next_wait(waiter, deadline):
                await self._clock.asleep(*wait)
            while self._storage and (
                seconds := await asyncio.to_thread(self._reserve, waiter, deadline)
            ):
                await self._clock.asleep(Future(), seconds)
        except BaseException:
            self._cancel(waiter)
            raise
        return waiter

    def leave(self, waiter: Waiter, tokens: int | None, error: BaseException | None) -> None:
        """Count what an attempt used once it has ended, with an answer or without."""
        pause = self._queue.end(waiter, self._clock.now(), tokens, error)
        if self._storage:
            self._storage.report(waiter.name, waiter.tokens)
            if pause:
                self._storage.pause(pause)
        self._wake_first()

    def for_acquired_call(self) -> "HeldTurn":
        """The limiter of a call before which a framework has called `acquire`."""
        return HeldTurn(self)

    def resume(self) -> Waiter | None:
        """Take a turn that was acquired and still counts."""
        while True:
            try:
                waiter = self._held.pop()
            except IndexError:
                return None
            if self._queue.resume(waiter, self._clock.now()):
                return waiter

    def _join(self, tokens: int, longest: float | None) -> tuple[Waiter, float]:
        """Put a new call into the queue; with it comes the moment until which it waits."""
        waiter = Waiter(tokens)
        self._queue.join(waiter)
        return waiter, self._clock.now() + (self._timeout if longest is None else longest)

    def _hold(self, waiter: Waiter) -> None:
        """Keep a turn for the request that follows, if it is sent by a client of ours."""
        self._queue.hold(waiter)
        self._held.append(waiter)
        self._wake_first()

    def _next_wait(self, waiter: Waiter, deadline: float) -> "tuple[Future[None], float] | None":
        """What to wait for before looking again, and how long; None if the call may begin."""
        # Made before the look, so that no event is lost between that and the wait.
        event = waiter.event = Future()
        now = self._clock.now()
        seconds = self._queue.begin(waiter, now)
        if not seconds:
            self._wake_first()
            return None
        if now >= deadline or deadline < now + seconds < NEVER:
            raise self._no_turn(seconds if seconds < NEVER else None)
        return event, min(seconds, deadline - now)

    def _reserve(self, waiter: Waiter, deadline: float) -> float:
        """How long to wait for the requests of other processes."""
        assert self._storage is not None  # noqa: S101 - for mypy: only called where there is one
        waiter.name = waiter.name or uuid4().hex
        longest = max(0.0, deadline - self._clock.now())
        seconds = self._storage.reserve(waiter.name, waiter.tokens, longest)
        if seconds is None:
            raise self._no_turn(None)
        return seconds

    def _no_turn(self, seconds: float | None) -> RateLimitError:
        return RateLimitError(
            f"No turn within {self._timeout:g} s: the limiter has let as many calls through as "
            "it may. Nothing was sent.",
            code=NO_TURN,
            retry_after=seconds,
            retryable=False,
        )

    def _cancel(self, waiter: Waiter) -> None:
        self._queue.cancel(waiter)
        if self._storage and waiter.name:
            self._storage.release(waiter.name)
        self._wake_first()

    def _wake_first(self) -> None:
        first = self._queue.first
        if first:
            first.wake()

    def __repr__(self) -> str:
        values = {name: getattr(self.limits, name) for name in Limits.__slots__}
        shown = ", ".join(f"{name}={value!r}" for name, value in values.items() if value)
        return f"{type(self).__name__}({shown})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        timeout = None if self._timeout == NEVER else self._timeout
        storage = self._storage.url if self._storage else None
        return partial(type(self), **asdict(self.limits), timeout=timeout, storage=storage), ()


class HeldTurn:
    """A limiter for one call before which a framework has waited: its first attempt need not."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._first = iter((True,))  # only one of several threads gets it
        self.leave = limiter.leave

    def enter(self) -> Waiter:
        """Take the turn that was acquired, or wait for another."""
        return self._resumed() or self._limiter.enter()

    async def aenter(self) -> Waiter:
        """The same without blocking the event loop."""
        return self._resumed() or await self._limiter.aenter()

    def _resumed(self) -> Waiter | None:
        return self._limiter.resume() if next(self._first, False) else None


_limiters: WeakSet[RateLimiter] = WeakSet()


def _empty_all() -> None:
    """In a forked process nobody waits, and locks of the parent may be held for ever."""
    for limiter in list(_limiters):
        limiter._empty()  # noqa: SLF001 - of this module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_empty_all)
