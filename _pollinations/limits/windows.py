"""How many requests, tokens and pollen are for when: it says how long to wait, and never waits."""

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

from _pollinations.http.call import Used
from _pollinations.http.errors import (
    InvalidInputError,
    PollinationsError,
    RateLimitError,
    limits_the_caller,
)

PlaceT = TypeVar("PlaceT", bound="Place")

USUAL = 1_000
"""Tokens that a call is taken to use before any has told what it did use."""
NEVER = math.inf
"""The wait of a call whose turn depends on others."""

_MINUTE = 60.0
_HOUR = 3600.0
_EDGE_PERIOD = 10.0
_LONGEST_PAUSE = 60.0
_MEMORY = 8
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be asked in a period; None limits nothing.

    Attributes:
        requests_per_second: Requests, on average.
        window: Seconds over which requests are counted: so many may begin at once as fit in it.
        transit: Seconds that a request may take to arrive. It is counted a window longer than it
            may be on its way, so that early and late ones cannot meet at the gateway.
        tokens_per_minute: Tokens read and written.
        pollen_per_hour: Pollen, one call at a time: the next begins when the last is paid off.

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
    pollen_per_hour: float | None = None

    def __post_init__(self) -> None:
        rates = ("requests_per_second", "tokens_per_minute", "pollen_per_hour")
        said = [name for name in rates if getattr(self, name) is not None]
        if not said:
            raise InvalidInputError(f"A limiter limits something; give {', '.join(rates)}.")
        for name in (*said, "window"):
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


class Place:
    """The place of one call: in the queue first, then among those under way.

    Args:
        tokens: How many it is expected to use; 0 expects what others used.

    Attributes:
        tokens: The same.
        begun: When its turn came, or None.
    """

    __slots__ = ("begun", "tokens")

    def __init__(self, tokens: int = 0) -> None:
        self.tokens = tokens
        self.begun: float | None = None


class _Window:
    """So much in any period; each place counts until a moment of its own."""

    def __init__(self, most: float) -> None:
        self.most = most
        self._counted: dict[Place, tuple[int, float]] = {}
        self._sum = 0

    def wait(self, amount: int, now: float) -> float:
        """How many seconds until there is room; for more than everything, until all is free."""
        room = max(0, self.most - amount)
        if self._sum <= room:
            return 0.0
        for place in list(self._counted):
            if self._counted.get(place, (0, now))[1] <= now:
                self.drop(place)
        left, soonest = self._sum, now
        for counted, until in sorted(self._counted.values(), key=itemgetter(1)):
            if left <= room:
                break
            left, soonest = left - counted, until
        return soonest - now

    def count(self, place: Place, amount: int, until: float) -> None:
        """Let a place count so much until then, whatever it counted before."""
        self.drop(place)
        if amount > 0 and self.most < math.inf:
            self._counted[place] = (amount, until)
            self._sum += amount

    def drop(self, place: Place) -> None:
        """Let a place count no more."""
        self._sum -= self._counted.pop(place, (0, 0.0))[0]


class _Debt:
    """Pollen that is owed: paid off by the hour, and before the next call begins."""

    def __init__(self, per_hour: float) -> None:
        self._seconds_of_one = _HOUR / per_hour
        self._paid_at = -math.inf
        self._unpriced: dict[Place, float] = {}

    def wait(self, now: float) -> float:
        """How many seconds until nothing is owed; who tells no price for a minute owes nothing."""
        return max(self._paid_at, *self._unpriced.values(), now) - now

    def begin(self, place: Place, now: float) -> None:
        """Wait for the price of a call."""
        if self._seconds_of_one:
            waiting = {other: until for other, until in self._unpriced.items() if until > now}
            self._unpriced = {**waiting, place: now + _MINUTE}

    def drop(self, place: Place) -> None:
        """Wait for its price no more."""
        self._unpriced.pop(place, None)

    def end(self, place: Place, now: float, pollen: float = 0.0) -> None:
        """Owe the price of a call."""
        self.drop(place)
        self._paid_at = max(self._paid_at, now) + pollen * self._seconds_of_one


class Gate:
    """Who may begin when, first come, first served; shared by threads.

    Every method is told the present moment, in seconds that only grow.

    Args:
        limits: What may be asked in a period.

    Example:
        >>> gate = Gate(Limits(requests_per_second=1))
        >>> first, second = gate.enter(Place()), gate.enter(Place())
        >>> gate.wait(second, now=0), gate.wait(first, now=0), gate.wait(second, now=0)
        (inf, 0.0, 1.0)
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        # The garbage collector may end a forgotten stream, and so its place, in the midst of this.
        self._lock = threading.RLock()
        self._queue: OrderedDict[Place, None] = OrderedDict()
        self._under_way: set[Place] = set()
        self._requests = _Window(limits.requests or math.inf)
        self._tokens = _Window(limits.tokens_per_minute or math.inf)
        self._debt = _Debt(limits.pollen_per_hour or math.inf)
        self._usual = float(USUAL)
        self._closed_until = -math.inf
        self._pause = 0.0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    @property
    def under_way(self) -> int:
        """How many have begun and not ended."""
        return len(self._under_way)

    @property
    def first(self) -> Place | None:
        """Who is next."""
        with self._lock:
            return next(iter(self._queue), None)

    def enter(self, place: PlaceT) -> PlaceT:
        """Put a place at the end of the queue, and give it back."""
        with self._lock:
            self._queue[place] = None
        return place

    def wait(self, place: Place, now: float) -> float:
        """Let a call begin if it is its turn.

        Args:
            place: One that is in the queue.
            now: The moment.

        Returns:
            0 if the call begins now; seconds after which to ask again; `NEVER` while others are
            before it.
        """
        with self._lock:
            if next(iter(self._queue)) is not place:
                return NEVER
            tokens = math.ceil(place.tokens or self._usual)
            seconds = max(
                self._closed_until - now,
                self._requests.wait(1, now),
                self._tokens.wait(tokens, now),
                self._debt.wait(now),
            )
            if seconds > 0:
                return seconds
            del self._queue[place]
            self._begin(place, tokens, now)
            return 0.0

    @property
    def closed_until(self) -> float:
        """When the pause after a 429 ends; minus infinity if there was none."""
        return self._closed_until

    def hold(self, place: Place) -> None:
        """Let a place that has begun count on, though its request is sent by somebody else."""
        with self._lock:
            self._under_way.discard(place)

    def resume(self, place: Place, now: float) -> bool:
        """Let the request of a place that is held be sent now, if the place still counts."""
        with self._lock:
            begun = -math.inf if place.begun is None else place.begun
            if now >= begun + self.limits.transit + self.limits.period:
                self.leave(place)
                return False
            self._under_way.add(place)
            self._begun(place, now + self.limits.transit)
            self._debt.begin(place, now)
            return True

    def leave(self, place: Place) -> None:
        """Give up a place in the queue, or one that has begun and of which no use was made."""
        with self._lock:
            self._queue.pop(place, None)
            self._under_way.discard(place)
            self._requests.drop(place)
            self._tokens.drop(place)
            self._debt.drop(place)

    def end(
        self,
        place: Place,
        now: float,
        used: Used | None = None,
        error: BaseException | None = None,
        *,
        arrived: bool = True,
    ) -> None:
        """Take note that a call has its answer, or none.

        Args:
            place: One that has begun.
            now: The moment.
            used: What the answer used; what is unknown counts as it was expected.
            error: Why there is no answer. A 429 that speaks of the caller lets everybody wait.
            arrived: Whether the request is known to have reached the gateway by now.
        """
        used = used or _nothing_if_refused(error)
        with self._lock:
            self._under_way.discard(place)
            if arrived and place.begun is not None:
                self._begun(place, min(now, place.begun + self.limits.transit))
            if used.tokens:
                self._usual += (used.tokens - self._usual) / _MEMORY
            tokens = place.tokens = place.tokens if used.tokens is None else used.tokens
            self._tokens.count(place, tokens, now + _MINUTE)
            self._debt.end(place, now, used.pollen or 0.0)
            if isinstance(error, RateLimitError) and limits_the_caller(error):
                self._close(place, now, error.retry_after)
            elif error is None and not self._before_pause(place):
                self._pause = 0.0

    def _begin(self, place: Place, tokens: int, now: float) -> None:
        place.begun, place.tokens = now, tokens
        self._under_way.add(place)
        self._begun(place, now + self.limits.transit)
        self._tokens.count(place, tokens, now + _MINUTE)
        self._debt.begin(place, now)

    def _begun(self, place: Place, at_the_latest: float) -> None:
        self._requests.count(place, 1, at_the_latest + self.limits.period)

    def _before_pause(self, place: Place) -> bool:
        return place.begun is not None and place.begun < self._closed_until

    def _close(self, place: Place, now: float, asked: float | None) -> None:
        """Let nobody in for a while; those who began before the last pause do not lengthen it."""
        if asked is None:
            if not self._before_pause(place):
                self._pause = min(_LONGEST_PAUSE, self._pause * 2 or _EDGE_PERIOD)
            asked = self._pause
        longest = _LONGEST_PAUSE if self.limits.pollen_per_hour is None else _HOUR
        self._closed_until = max(self._closed_until, now + min(asked, longest))


def _nothing_if_refused(error: BaseException | None) -> Used:
    """Whoever is refused used nothing; how much an answer used that got lost is unknown."""
    refused = isinstance(error, PollinationsError) and (error.status or 0) >= _REFUSED
    return Used(tokens=0, pollen=0.0) if refused else Used()
