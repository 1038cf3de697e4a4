"""What a rate limiter knows, and the one rule by which it lets calls begin. Nothing here waits."""

import json
import math
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Self

from _pollinations.http.errors import InvalidInputError

MINUTE = 60.0
"""Seconds for which tokens count."""

_USUAL_TOKENS = 1_000.0
_MEMORY = 8
_FIRST_PAUSE = 10.0
_LONGEST_PAUSE = 60.0
_LATE = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be sent in a period; None limits nothing.

    Attributes:
        requests_per_second: Requests, on average.
        window: Seconds over which requests are counted: so many may begin at once as fit in it.
        transit: Seconds that a request may take to arrive. It counts so much longer than a window,
            so that early and late requests cannot meet at the gateway.
        tokens_per_minute: Tokens read and written.

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

    def __post_init__(self) -> None:
        rates = ("requests_per_second", "tokens_per_minute")
        limited = [name for name in rates if getattr(self, name) is not None]
        if not limited:
            raise InvalidInputError(f"A limiter needs a limit: set {' or '.join(rates)}.")
        for name in (*limited, "window"):
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


class Window:
    """What counts at present: for each call an amount, and the moment until which it counts.

    Args:
        counted: The moment and the amount, by the names of calls.
    """

    def __init__(self, counted: dict[str, tuple[float, float]] | None = None) -> None:
        self.counted = counted or {}
        self._sum = sum(amount for _, amount in self.counted.values())

    def earliest(self, amount: float, maximum: float, period: float, now: float) -> float:
        """The moment from which an amount fits beside what counts.

        Args:
            amount: For this call and for those that begin before it.
            maximum: How much may count at any time; a larger amount needs several periods.
            period: Seconds for which an amount counts.
            now: The first moment that is of use.
        """
        periods = max(0, math.ceil(amount / maximum) - 1)
        amount -= periods * maximum
        left, start = self._sum, now
        if left + amount > maximum:
            for until, counted in sorted(self.counted.values(), key=itemgetter(0)):
                if left + amount <= maximum:
                    break
                left, start = left - counted, max(start, until)
        return start + periods * period

    def count(self, name: str, amount: float, until: float) -> None:
        """Let a call count so much until then, whatever it counted before."""
        self.drop(name)
        if amount:
            self.counted[name] = (until, amount)
            self._sum += amount

    def drop(self, name: str) -> None:
        """Let a call count no more."""
        self._sum -= self.counted.pop(name, (0.0, 0.0))[1]

    def forget(self, now: float) -> None:
        """Drop what counts no more, from the oldest to the first that still counts."""
        while self.counted:
            name = next(iter(self.counted))
            if self.counted[name][0] > now:
                break
            self.drop(name)


@dataclass(slots=True)
class State:
    """Which calls wait, in the order in which they came, and which count as sent.

    A call looks whether it may begin; else it waits for the seconds that it gets, and looks again.
    Every method takes the present moment, in seconds that only grow.

    Attributes:
        paused_until: When the last pause ends.
        pause: Seconds of the last pause for which the gateway named no time.
        usual: Tokens that calls usually use.
        waiting: By name, the tokens that a call expects to use, and when it may begin.
        requests: The requests that count.
        tokens: The tokens that count.

    Example:
        >>> state, limits = State(), Limits(requests_per_second=1)
        >>> [state.look(name, 0, 9, limits, now=0) for name in "abcb"]
        [0.0, 1.0, 2.0, 1.0]
    """

    paused_until: float = 0.0
    pause: float = 0.0
    usual: float = _USUAL_TOKENS
    waiting: dict[str, tuple[float, float]] = field(default_factory=dict)
    requests: Window = field(default_factory=Window)
    tokens: Window = field(default_factory=Window)

    @classmethod
    def read(cls, text: str | bytes | None, now: float) -> Self:
        """Read what `write` wrote; an empty state for None, and if a wrong clock wrote it."""
        if not text:
            return cls()
        written, paused_until, pause, usual, waiting, requests, tokens = json.loads(text)
        if written > now + MINUTE:
            return cls()
        return cls(paused_until, pause, usual, waiting, Window(requests), Window(tokens))

    def write(self, now: float) -> str:
        """Write the state as JSON."""
        windows = (self.requests.counted, self.tokens.counted)
        return json.dumps([now, self.paused_until, self.pause, self.usual, self.waiting, *windows])

    def look(self, name: str, tokens: float, longest: float, limits: Limits, now: float) -> float:
        """Let a call begin if it is its turn; one that has begun and still counts begins anew.

        Args:
            name: The call; a new one comes last.
            tokens: How many it is expected to use; 0 expects what others used.
            longest: Seconds that it waits at most.
            limits: What may be sent in a period; calls under other limits count too.
            now: The moment.

        Returns:
            0 if the call begins now, else the seconds after which it probably may. If they are
            more than `longest`, the call waits no more.
        """
        self._forget(now)
        is_new = name not in self.waiting
        ahead = len(self.waiting) if is_new else list(self.waiting).index(name)
        known = self.tokens.counted.get(name, (now, tokens))[1]
        expected = math.ceil(known or self.usual)
        period = limits.transit + limits.period
        start = max(now, self.paused_until)
        if limits.requests and name not in self.requests.counted:
            start = self.requests.earliest(ahead + 1, limits.requests, period, start)
        if limits.tokens_per_minute and name not in self.tokens.counted:
            most = limits.tokens_per_minute
            # Few calls say how many they will use, and this is done for each of thousands.
            stated = [other for other, _ in islice(self.waiting.values(), ahead) if other]
            amount = min(self.usual, most) * (ahead - len(stated)) + min(expected, most)
            amount += sum(min(other, most) for other in stated)
            start = max(start, self.tokens.earliest(amount, most, MINUTE, start))
        if start > now and start - now <= longest:
            self.waiting[name] = (tokens, start)
            return start - now
        self.waiting.pop(name, None)
        if start <= now:
            if limits.requests:
                self.requests.count(name, 1, now + period)
            if limits.tokens_per_minute:
                self.tokens.count(name, expected, now + MINUTE)
        return start - now

    def _forget(self, now: float) -> None:
        """Drop what counts no more, and calls that have not looked again when they should have."""
        self.requests.forget(now)
        self.tokens.forget(now)
        while self.waiting:
            first = next(iter(self.waiting))
            if self.waiting[first][1] + _LATE > now:
                break
            del self.waiting[first]

    def release(self, name: str) -> None:
        """Let a call that sent nothing wait and count no more."""
        self.waiting.pop(name, None)
        self.requests.drop(name)
        self.tokens.drop(name)

    def end(self, name: str, tokens: float | None, limits: Limits, now: float) -> None:
        """Count what a call used once it has ended, with an answer or without.

        Args:
            name: One that has begun.
            tokens: How many the answer used; None counts those that were expected.
            limits: What may be sent in a period.
            now: The moment.
        """
        until = self.requests.counted.get(name, (now, 0))[0]
        if until > now + limits.period:  # the answer proves that the request arrived
            self.requests.count(name, 1, now + limits.period)
        if tokens:
            self.usual += (tokens - self.usual) / _MEMORY
        if limits.tokens_per_minute:
            if tokens is None:
                tokens = self.tokens.counted.get(name, (now, math.ceil(self.usual)))[1]
            self.tokens.count(name, tokens, now + MINUTE)

    def pause_all(self, seconds: float | None, now: float) -> None:
        """Let no call begin for so long; without a number, each pause is twice as long."""
        if seconds is None:
            if now >= self.paused_until:  # else it was sent before the pause
                self.pause = min(_LONGEST_PAUSE, self.pause * 2 or _FIRST_PAUSE)
            seconds = self.pause
        self.paused_until = max(self.paused_until, now + min(seconds, _LONGEST_PAUSE))

    def answered(self, now: float) -> None:
        """Take note that the gateway answers: the next pause is short again."""
        if now >= self.paused_until:
            self.pause = 0.0
