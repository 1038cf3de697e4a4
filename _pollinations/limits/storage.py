"""Shares a rate limit between processes: what a storage holds, and the SQLite storage.

Each request is assigned the moment at which it may begin, first come, first served. `State` says
how; a storage makes sure that one process at a time changes it.
"""

import json
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Self, TypeVar

from pydantic import SecretStr

from _pollinations.http.errors import InvalidInputError
from _pollinations.limits.queue import MINUTE, Limits

HORIZON = 3600.0
"""Seconds; what is later comes from a clock that was wrong."""
BUSY = 30.0
"""Seconds to wait for others, which write for a few milliseconds."""

_SQLITE = "sqlite:///"
_REDIS = ("redis://", "rediss://", "unix://")
_LONGEST_WAIT = 1e9

T = TypeVar("T")


@dataclass(slots=True)
class State:
    """What a storage holds. Every method takes the present moment, in seconds since 1970.

    Attributes:
        paused_until: When the last pause ends.
        starts: By name, when a request begins, the tokens it counts, and until when it counts.

    Example:
        >>> state, limits = State(), Limits(requests_per_second=1)
        >>> [state.assign(name, 0, 9, limits, now=0) for name in "aba"]
        [0.0, 1.0, 0.0]
    """

    paused_until: float = 0.0
    starts: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | bytes | None) -> Self:
        """Read what `text` wrote; None is an empty state."""
        return cls(*json.loads(text)) if text else cls()

    @property
    def text(self) -> str:
        """The state as JSON."""
        return json.dumps([self.paused_until, self.starts])

    def update(self, used: Mapping[str, float | None], now: float) -> None:
        """Take note of tokens that requests used, and forget what no longer counts.

        Args:
            used: Tokens by the names of requests; None for a request that was not sent.
            now: The moment.
        """
        if not now < self.paused_until <= now + HORIZON:
            self.paused_until = 0.0
        current = {}
        for name, (start, tokens, until) in self.starts.items():
            count = used.get(name, tokens)
            if count is not None and now < until and start <= now + HORIZON:
                lasts = max(until, now + MINUTE) if name in used else until
                current[name] = (start, count, lasts)
        self.starts = current

    def pause(self, seconds: float, now: float) -> None:
        """Let no request begin for so long."""
        self.paused_until = max(self.paused_until, now + seconds)

    def assign(
        self, name: str, tokens: float, longest: float, limits: Limits, now: float
    ) -> float | None:
        """Assign a start to a request; one that it has already is kept, unless a pause moves it.

        Args:
            name: The request.
            tokens: How many it is expected to use.
            longest: Seconds after which a start is of no use.
            limits: What may be sent in a period; requests under other limits count too.
            now: The moment.

        Returns:
            Seconds until the request may begin; None, and nothing is assigned, if that is too long.
        """
        mine = self.starts.pop(name, None)
        if mine is None or mine[0] < self.paused_until:
            start = self._earliest(tokens, limits, now)
            if start > now + longest:
                return None
            period = limits.transit + limits.period
            counts = max(period, MINUTE) if limits.tokens_per_minute else period
            mine = (start, tokens, start + counts)
        self.starts[name] = mine
        return max(0.0, mine[0] - now)

    def _earliest(self, tokens: float, limits: Limits, now: float) -> float:
        rows = self.starts.values()
        starts = sorted(row[0] for row in rows)
        start = max([now, self.paused_until, *starts[-1:]])
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
        self._used: deque[tuple[str, float | None]] = deque()

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

        def assign(state: State, now: float) -> float | None:
            state.update(used, now)
            return state.assign(name, tokens, min(longest, _LONGEST_WAIT), self._limits, now)

        return self._change(assign)

    def report(self, name: str, tokens: float) -> None:
        """Note how many tokens a request used; they count for a minute."""
        if self._limits.tokens_per_minute:
            self._used.append((name, tokens))

    def release(self, name: str) -> None:
        """Give up the start of a request that is not sent."""
        self._used.append((name, None))

    def pause(self, seconds: float) -> None:
        """Let no request of any process begin for so long; a thread writes it."""
        threading.Thread(target=self._pause, args=(seconds,), daemon=True).start()

    def _pause(self, seconds: float) -> None:
        with suppress(InvalidInputError):  # the next request reports it
            self._change(lambda state, now: state.pause(seconds, now))

    def _change(self, change: Callable[[State, float], T]) -> T:
        """Read the state, change it at the present moment, and write it, alone among processes."""
        raise NotImplementedError

    def _unusable(self, error: Exception) -> InvalidInputError:
        return InvalidInputError(
            f"The limiter's storage {without_password(self.url.get_secret_value())} cannot be "
            f"used: {error}. Make it available, or pass another storage=. Nothing was sent."
        )


class SQLiteStorage(Storage):
    """A file that is opened for each request anew, so that no connection is forked.

    Args:
        url: `sqlite:///` and a path; the folder must exist.
        limits: What may be sent in a period; limiters with other limits may use the same file.
    """

    def _change(self, change: Callable[[State, float], T]) -> T:
        path = self.url.get_secret_value().removeprefix(_SQLITE)
        try:
            with (
                _one_at_a_time,
                closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as database,
            ):
                database.execute("PRAGMA synchronous = OFF")
                database.execute("BEGIN IMMEDIATE")
                database.execute("CREATE TABLE IF NOT EXISTS limiter (id PRIMARY KEY, state)")
                row = database.execute("SELECT state FROM limiter").fetchone()
                state = State.read(row and row[0])
                result = change(state, self._now())
                database.execute("INSERT OR REPLACE INTO limiter VALUES (1, ?)", (state.text,))
                database.execute("COMMIT")
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise self._unusable(error) from error
        return result

    @staticmethod
    def _now() -> float:
        return time.time()


# A process that is forked in the midst of a transaction would find the file locked for ever.
_one_at_a_time = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_one_at_a_time.acquire,
        after_in_parent=_one_at_a_time.release,
        after_in_child=_one_at_a_time.release,
    )


def open_storage(url: str, limits: Limits) -> Storage:
    """Make the storage that an address names; nothing is opened yet.

    Raises:
        InvalidInputError: The address names no storage, or a package is missing.
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
