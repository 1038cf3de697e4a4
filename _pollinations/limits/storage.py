"""When the requests of all processes begin that share a limit: what a storage holds, and SQLite's.

Each request is assigned the moment at which it may begin, first come, first served. `reserve` says
how; a storage makes sure that it runs for one request after another.
"""

import json
import sqlite3
import threading
import time
from collections import deque
from contextlib import closing, suppress
from dataclasses import dataclass, field

from pydantic import SecretStr

from _pollinations.http.errors import InvalidInputError
from _pollinations.limits.windows import MINUTE, Limits

HORIZON = 3600.0
"""Seconds; what is later comes from a clock that was wrong."""
RELEASED = -1.0
"""In place of the tokens of a request that was not sent."""

_SQLITE = "sqlite:///"
_REDIS = ("redis://", "rediss://", "unix://")
_LONGEST_WAIT = 1e9
_BUSY = 30.0  # seconds to wait for other processes, which write for less than a millisecond


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one access to a storage is for.

    Attributes:
        name: The request that is to be assigned a start; empty if there is none.
        tokens: How many it is expected to use.
        longest: Seconds after which a start is of no use.
        used: By name, the tokens that other requests used, or `RELEASED`.
        pause: Seconds for which no request may begin.
    """

    name: str = ""
    tokens: float = 0.0
    longest: float = 0.0
    used: dict[str, float] = field(default_factory=dict)
    pause: float = 0.0


@dataclass(slots=True)
class State:
    """What a storage holds.

    Attributes:
        paused_until: When the last pause ends.
        starts: By name, when a request begins, the tokens it counts, and until when it counts.
    """

    paused_until: float = 0.0
    starts: dict[str, tuple[float, float, float]] = field(default_factory=dict)


def reserve(state: State, reservation: Reservation, limits: Limits, now: float) -> float | None:
    """Apply what is known about other requests, and assign a start to one.

    A start that was assigned before is kept, unless a pause moves it.

    Args:
        state: What the storage holds; it is changed.
        reservation: The request, and what is known about others.
        limits: What may be sent in a period; requests under other limits count too.
        now: Seconds since 1970.

    Returns:
        Seconds until the request may begin; None, and nothing is reserved, if that is too long.

    Example:
        >>> state, limits = State(), Limits(requests_per_second=1)
        >>> [reserve(state, Reservation(name, longest=9), limits, now=0) for name in "aba"]
        [0, 1.0, 0]
    """
    # storage_redis.py has the same in Lua.
    if not now < state.paused_until <= now + HORIZON:
        state.paused_until = 0.0
    if reservation.pause:
        state.paused_until = max(state.paused_until, now + reservation.pause)
    kept = {}
    for name, (start, tokens, until) in state.starts.items():
        used = reservation.used.get(name)
        if used is not None:
            tokens, until = used, max(until, now + MINUTE)  # noqa: PLW2901 - of this request
        if now < until and start <= now + HORIZON and used != RELEASED:
            kept[name] = (start, tokens, until)
    state.starts = kept
    if not reservation.name:
        return None
    mine = kept.pop(reservation.name, None)
    if mine is None or mine[0] < state.paused_until:
        start = _earliest(state, reservation.tokens, limits, now)
        if start > now + reservation.longest:
            return None
        counted = max(limits.transit + limits.period, MINUTE if limits.tokens_per_minute else 0.0)
        mine = (start, reservation.tokens, start + counted)
    kept[reservation.name] = mine
    return max(0.0, mine[0] - now)


def _earliest(state: State, tokens: float, limits: Limits, now: float) -> float:
    rows = state.starts.values()
    starts = sorted(row[0] for row in rows)
    start = max([now, state.paused_until, *starts[-1:]])
    if limits.requests and len(starts) >= limits.requests:
        start = max(start, starts[-limits.requests] + limits.transit + limits.period)
    if limits.tokens_per_minute:
        free = max(0.0, limits.tokens_per_minute - tokens)
        counted = sorted((until, used) for _, used, until in rows if until > start)
        left = sum(used for _, used in counted)
        for until, used in counted:
            if left <= free:
                break
            start, left = until, left - used
    return start


class Storage:
    """A place outside of the process; what is known about a request is written with the next one.

    Attributes:
        url: The address, which may hold a password.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        self.url = SecretStr(url)
        self._limits = limits
        self._used: deque[tuple[str, float]] = deque()

    def reserve(self, name: str, tokens: float, longest: float) -> float | None:
        """Assign a start to a request, or look whether it still holds.

        Args:
            name: The request's own name among those of all processes.
            tokens: How many it is expected to use.
            longest: Seconds after which a start is of no use.

        Returns:
            Seconds until it may begin; None, and nothing is reserved, if that is too long.

        Raises:
            InvalidInputError: The storage cannot be used.
        """
        used = {}
        with suppress(IndexError):
            while True:
                other, count = self._used.popleft()
                used[other] = count
        return self._access(Reservation(name, tokens, min(longest, _LONGEST_WAIT), used))

    def report(self, name: str, tokens: float) -> None:
        """Note how many tokens a request used; they count for a minute."""
        if self._limits.tokens_per_minute:
            self._used.append((name, tokens))

    def release(self, name: str) -> None:
        """Give up the start of a request that is not sent."""
        self._used.append((name, RELEASED))

    def pause(self, seconds: float) -> None:
        """Let no request of any process begin for so long; a thread writes it."""
        threading.Thread(target=self._pause, args=(seconds,), daemon=True).start()

    def _pause(self, seconds: float) -> None:
        with suppress(InvalidInputError):  # the next request reports it
            self._access(Reservation(pause=seconds))

    def _access(self, reservation: Reservation) -> float | None:
        raise NotImplementedError

    def _unusable(self, error: Exception) -> InvalidInputError:
        return InvalidInputError(
            f"The limiter's storage {without_password(self.url.get_secret_value())} cannot be "
            f"used: {error}. Make it available, or pass another storage=. Nothing was sent."
        )


class SQLiteStorage(Storage):
    """A file that is opened for each request anew, so that it survives forks and threads.

    Args:
        url: `sqlite:///` and a path; the folder must exist.
        limits: What may be sent in a period; limiters with other limits may use the same file.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        super().__init__(url, limits)
        self._path = url.removeprefix(_SQLITE)
        self._now = time.time

    def _access(self, reservation: Reservation) -> float | None:
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None)
            with closing(connection) as database:
                database.execute("PRAGMA synchronous = OFF")
                database.execute("BEGIN IMMEDIATE")
                database.execute("CREATE TABLE IF NOT EXISTS limiter (id PRIMARY KEY, state)")
                row = database.execute("SELECT state FROM limiter").fetchone()
                state = State(*json.loads(row[0])) if row else State()
                seconds = reserve(state, reservation, self._limits, self._now())
                text = json.dumps([state.paused_until, state.starts])
                database.execute("INSERT OR REPLACE INTO limiter VALUES (1, ?)", (text,))
                database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return seconds


def open_storage(url: str, limits: Limits) -> Storage:
    """Make the storage that an address names; nothing is opened yet.

    Raises:
        InvalidInputError: The address is none of a storage, or what it needs is not installed.
    """
    if url.startswith(_SQLITE) and url != _SQLITE:
        return SQLiteStorage(url, limits)
    if url.startswith(_REDIS):
        try:
            from _pollinations.limits.storage_redis import RedisStorage  # noqa: PLC0415 - optional
        except ImportError:
            raise InvalidInputError(
                "storage='redis://...' needs a package: pip install 'pollinations-adapters[redis]'."
            ) from None
        return RedisStorage(url, limits)
    raise InvalidInputError(
        f"storage is {_SQLITE} and the path of a file, or redis://host:port/0, not "
        f"{without_password(url)!r}."
    )


def without_password(url: str) -> str:
    """The address of a storage as it may be shown.

    Example:
        >>> without_password("redis://user:secret@example.com:6379/0?password=secret")
        'redis://example.com:6379/0'
    """
    if url.startswith(_SQLITE):
        return url
    head = url.partition("?")[0]
    scheme, separator, rest = head.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
