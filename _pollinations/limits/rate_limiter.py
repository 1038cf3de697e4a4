"""The waiting room before the gateway: threads and coroutines wait in one queue, by one sign."""

import asyncio
import os
import threading
import time
from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import uuid4
from weakref import WeakValueDictionary

from _pollinations.http.call import Used
from _pollinations.http.errors import NO_TURN, InvalidInputError, RateLimitError
from _pollinations.limits.windows import NEVER, Gate, Limits, Place

if TYPE_CHECKING:
    from _pollinations.limits.shared import SharedStarts

_MOST_HELD = 1_000
_LONGEST_WAIT = 3600.0  # threads cannot wait for ever; whoever wakes looks again


class Clock:
    """The time of this machine, and two ways to wait for it or for a sign, whichever is first."""

    def now(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def sleep(self, sign: "Future[None]", seconds: float) -> None:
        """Block this thread until the sign comes, but no longer than so many seconds."""
        with suppress(TimeoutError):
            sign.result(min(seconds, _LONGEST_WAIT))

    async def asleep(self, sign: "Future[None]", seconds: float) -> None:
        """Let the event loop go on until the sign comes, but no longer than so many seconds."""
        await asyncio.wait([asyncio.wrap_future(sign)], timeout=min(seconds, _LONGEST_WAIT))


class SharedClock(Clock):
    """The time of all processes of this machine."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()


class Waiter(Place):
    """A place whose owner looks again when a sign comes; who has not looked yet needs none."""

    __slots__ = ("name", "sign")

    def __init__(self, tokens: int = 0) -> None:
        super().__init__(tokens)
        self.sign: Future[None] | None = None
        self.name = ""  # in a storage that processes share


class Queue:
    """What all copies of a limiter share: a gate, and who waits at it."""

    def __init__(
        self, limits: Limits, clock: Clock, timeout: float | None, storage: str | None = None
    ) -> None:
        self.limits = limits
        self.shared = None if storage is None else _shared(storage, limits)
        self.clock = clock
        self.timeout = NEVER if timeout is None else timeout
        self.gate = Gate(limits)
        self._held: deque[Waiter] = deque(maxlen=_MOST_HELD)

    def enter(self, place: Waiter) -> None:
        """Wait for a turn, in a thread."""
        latest = self._queue(place)
        try:
            while wait := self._wait(place, latest):
                self.clock.sleep(*wait)
            while self.shared and (seconds := self._reserve(self.shared, place, latest)):
                self.clock.sleep(Future(), seconds)
        except BaseException:
            self._leave(place)
            raise

    async def aenter(self, place: Waiter) -> None:
        """Wait for a turn, on an event loop."""
        latest = self._queue(place)
        try:
            while wait := self._wait(place, latest):
                await self.clock.asleep(*wait)
            while self.shared and (
                seconds := await asyncio.to_thread(self._reserve, self.shared, place, latest)
            ):
                await self.clock.asleep(Future(), seconds)
        except BaseException:
            self._leave(place)
            raise

    def try_to_enter(self, place: Waiter) -> bool:
        """Take a turn if there is one now."""
        self.gate.enter(place)
        now = self.clock.now()
        if self.gate.wait(place, now):
            self._leave(place)
            return False
        self._call_first()
        try:
            if self.shared:
                self._reserve(self.shared, place, now)
        except RateLimitError:
            self._leave(place)
            return False
        return True

    def hold(self, place: Waiter) -> None:
        """Keep a place for the request that follows, if it is sent by a client of ours."""
        self.gate.hold(place)
        self._held.append(place)
        self._call_first()

    def resume(self) -> Waiter | None:
        """Take a place that is held and still counts."""
        with suppress(IndexError):
            while not self.gate.resume(place := self._held.pop(), self.clock.now()):
                pass
            return place
        return None

    def end(self, place: Waiter, **facts: Any) -> None:  # noqa: ANN401 - see Gate.end
        """Give a place back."""
        now = self.clock.now()
        self.gate.end(place, now, **facts)
        if self.shared and place.name:
            self.shared.used(place.name, place.tokens, now)
            if self.gate.closed_until > now:
                self.shared.pause(self.gate.closed_until)
        self._call_first()

    def _queue(self, place: Waiter) -> float:
        """Go to the end of the queue; the moment after which nobody waits is given back."""
        self.gate.enter(place)
        return self.clock.now() + self.timeout

    def _wait(self, place: Waiter, latest: float) -> "tuple[Future[None], float] | None":
        """What to wait for before the next look; None when it is one's turn."""
        if not self._left(place, latest):
            return None
        # Made before the look that counts, so that no sign is lost between that and the wait.
        sign = place.sign = Future()
        seconds = self._left(place, latest)
        return (sign, seconds) if seconds else None

    def _left(self, place: Waiter, latest: float) -> float:
        """How long to wait before the next look; 0 when it is one's turn."""
        now = self.clock.now()
        seconds = self.gate.wait(place, now)
        if not seconds:
            self._call_first()
            return 0.0
        if now >= latest or latest < now + seconds < NEVER:
            raise self._no_turn(seconds if seconds < NEVER else None)
        return min(seconds, latest - now)

    def _reserve(self, shared: "SharedStarts", place: Waiter, latest: float) -> float:
        """How long to wait for the requests of other processes."""
        place.name = place.name or uuid4().hex
        seconds = shared.reserve(place.name, place.tokens, self.clock.now(), latest)
        if seconds is None:
            raise self._no_turn(None)
        return seconds

    def _no_turn(self, seconds: float | None) -> RateLimitError:
        return RateLimitError(
            f"No turn within {self.timeout:g} s: the limiter has let as many calls through as "
            "it may. Nothing was sent.",
            code=NO_TURN,
            retry_after=seconds,
            retryable=False,
        )

    def _leave(self, place: Waiter) -> None:
        self.gate.leave(place)
        if self.shared and place.name:
            self.shared.leave(place.name)
        self._call_first()

    def _call_first(self) -> None:
        first = self.gate.first
        if isinstance(first, Waiter) and first.sign:
            with suppress(InvalidStateError):  # two signs at once are one
                first.sign.set_result(None)


def _shared(storage: str, limits: Limits) -> "SharedStarts":
    from _pollinations.limits.shared import SharedStarts  # noqa: PLC0415 - few share a limit

    return SharedStarts(storage, limits)


class Turn:
    """The place of one attempt in a queue.

    Args:
        queue: The queue.
        held: Whether a place that is held is taken first.
    """

    __slots__ = ("_held", "_queue", "_waiter")

    def __init__(self, queue: Queue, *, held: bool = False) -> None:
        self._queue = queue
        self._held = held
        self._waiter = Waiter()

    def enter(self) -> None:
        """Wait in a thread."""
        if not self._resumed():
            self._queue.enter(self._waiter)

    async def aenter(self) -> None:
        """Wait on an event loop."""
        if not self._resumed():
            await self._queue.aenter(self._waiter)

    def _resumed(self) -> bool:
        held = self._queue.resume() if self._held else None
        self._waiter = held or self._waiter
        return held is not None

    def end(self, *, used: Used | None, error: BaseException | None) -> None:
        """Give the place back, with what the attempt used."""
        self._queue.end(self._waiter, used=used, error=error)


class OfOneCall:
    """A limiter for one call before which a framework has waited: its first attempt need not."""

    __slots__ = ("_held", "_queue")

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._held = iter((True,))  # a flag that only one of several threads finds set

    def turn(self) -> Turn:
        """Make a place for one attempt."""
        return Turn(self._queue, held=next(self._held, False))


class RateLimiter:
    """So many requests, tokens and pollen at a time, for all that share it.

    Give the same limiter to several chat models, embeddings, tools and clients. Each attempt of
    each request waits for its turn, first come, first served: retries, fallbacks and model lists
    too. Threads and event loops wait in one queue. When the gateway still answers that there were
    too many requests, everybody pauses.

    What an answer used is known only when it has come: until then a call counts as many tokens as
    calls usually used, at first 1,000. Calls that tell no tokens count the same.

    Copies share it, also copies by way of pickle within a process. Another process has a limiter
    of its own, unless both have the same `storage`. Making one opens nothing.

    Args:
        requests_per_second: Requests, on average; 0.1 is one in ten seconds.
        window: Seconds over which requests are counted: as many as fit in it may begin at once.
        transit: Seconds that a request may take to arrive. It is counted so much longer, unless
            it is answered sooner: then early and late ones cannot meet at the gateway.
        tokens_per_minute: Tokens read and written.
        pollen_per_hour: Pollen, as the gateway counts it for publishable keys: one call at a time,
            and the next when the last is paid off. Chat models look their prices up for it.
        timeout: Seconds that a call may wait for its turn; None waits as long as it takes.
        storage: `sqlite:///` and the path of a file that the processes of one machine share.
            Limiters with this file keep within their limits together. Not with `pollen_per_hour`.
        clock: Another time, for tests.

    Raises:
        InvalidInputError: Nothing is limited, or a limit is not a number above 0.

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
        pollen_per_hour: float | None = None,
        timeout: float | None = None,
        storage: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        limits = Limits(requests_per_second, window, transit, tokens_per_minute, pollen_per_hour)
        if timeout is not None and not (isinstance(timeout, int | float) and timeout >= 0):
            raise InvalidInputError(f"timeout is seconds, 0 or more: {timeout!r}.")
        self._name = os.urandom(16).hex()
        time = clock or (Clock() if storage is None else SharedClock())
        self._queue = _queue_of(self._name, (limits, time, timeout, storage))

    @classmethod
    def edge(
        cls,
        *,
        tokens_per_minute: float | None = None,
        pollen_per_hour: float | None = None,
        timeout: float | None = None,
        storage: str | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Keep within the gateway's own limit of 100 requests of one address in 10 seconds.

        95 may begin in 10 seconds, which leaves some to a browser; each may take up to 2 seconds
        to arrive.

        Args:
            tokens_per_minute: As for the class.
            pollen_per_hour: As for the class; a publishable key (`pk_`) may spend 1.
            timeout: As for the class.
            storage: As for the class; all processes of a machine share its address.
            clock: As for the class.

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
            pollen_per_hour=pollen_per_hour,
            timeout=timeout,
            storage=storage,
            clock=clock,
        )

    @property
    def limits(self) -> Limits:
        """What is limited."""
        return self._queue.limits

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return self._queue.gate.waiting

    @property
    def under_way(self) -> int:
        """How many attempts have begun and have no answer yet."""
        return self._queue.gate.under_way

    def of_one_call(self) -> OfOneCall:
        """The limiter of a call before which a framework has called `acquire`."""
        return OfOneCall(self._queue)

    def turn(self) -> Turn:
        """Make a place for one attempt, for a client."""
        return Turn(self._queue)

    def acquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request, of whatever model.

        Frameworks call this before each call of a chat model. If the model is one of this package,
        its first attempt takes the turn, and tells what it used.

        Args:
            num_tokens: How many tokens it will use; 0 expects what others used.
            blocking: Whether to wait; else only a turn that is there now is taken.

        Returns:
            Whether the request may be sent.

        Raises:
            RateLimitError: Its turn did not come within the timeout.
        """
        place = Waiter(num_tokens)
        if blocking:
            self._queue.enter(place)
        elif not self._queue.try_to_enter(place):
            return False
        self._queue.hold(place)
        return True

    async def aacquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request without blocking the event loop; see `acquire`."""
        if not blocking:
            return self.acquire(num_tokens, blocking=blocking)
        place = Waiter(num_tokens)
        await self._queue.aenter(place)
        self._queue.hold(place)
        return True

    async def async_acquire(self, num_tokens: int = 0) -> None:
        """Wait for the turn of one request, by the name that LlamaIndex uses; see `aacquire`."""
        await self.aacquire(num_tokens)

    def __repr__(self) -> str:
        facts = {name: getattr(self.limits, name) for name in Limits.__slots__}
        said = ", ".join(f"{name}={value!r}" for name, value in facts.items() if value is not None)
        return f"{type(self).__name__}({said})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RateLimiter) and other._queue is self._queue

    def __hash__(self) -> int:
        return hash(self._name)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        queue = self._queue
        timeout = None if queue.timeout == NEVER else queue.timeout
        storage = queue.shared.url if queue.shared else None
        return _loaded, (type(self), self._name, (queue.limits, queue.clock, timeout, storage))


Options = tuple[Limits, Clock, float | None, str | None]
LimiterT = TypeVar("LimiterT", bound=RateLimiter)


def _loaded(kind: type[LimiterT], name: str, options: Options) -> LimiterT:
    """A limiter that was stored: in the process that it came from it is the same again."""
    made = object.__new__(kind)
    made._name, made._queue = name, _queue_of(name, options)
    return made


_queues: WeakValueDictionary[str, Queue] = WeakValueDictionary()
_lock = threading.Lock()


def _queue_of(name: str, options: Options) -> Queue:
    """The queue of this name: the same for every copy of a limiter in this process."""
    with _lock:
        queue = _queues.get(name)
        if queue is None:
            queue = _queues[name] = Queue(*options)
        return queue


def _start_anew() -> None:
    """In a forked process nobody waits, and nobody holds a lock."""
    global _lock  # noqa: PLW0603 - the parent's may be held for ever
    _lock = threading.Lock()
    for queue in list(_queues.values()):
        queue.gate = Gate(queue.limits)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
