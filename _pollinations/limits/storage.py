"""Where a rate limiter keeps its state: in this process, or in a storage that processes share."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from pydantic import SecretStr

from _pollinations.http.errors import InvalidInputError
from _pollinations.limits.state import Limits, State

BUSY = 30.0
"""Seconds to wait for others, which write for a few milliseconds."""

SQLITE = "sqlite:///"
_REDIS = ("redis://", "rediss://", "unix://")
_LOOKS_PER_SECOND = 100
_LONGEST_WAIT = 600.0

T = TypeVar("T")
Change = Callable[[State, float], T]
"""Reads or changes a state at a moment."""


class Storage:
    """Keeps the state of one process in memory, where a look takes microseconds.

    What is noted is written with the next look: a note waits for nothing and takes no lock, since
    the garbage collector may end a forgotten stream, and so its call, at any time.

    Args:
        limits: What may be sent in a period.
        clock: The time of this process, in seconds that only grow.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._notes: deque[tuple[float, Change[None]]] = deque()
        self._state = State()
        self._lock = threading.Lock()

    def interval(self) -> float:
        """Seconds after which a call that waits looks again; the more wait, the longer."""
        return max(1.0, len(self._state.waiting) / _LOOKS_PER_SECOND)

    def look(self, name: str, tokens: float, longest: float) -> float:
        """Let a call begin if it is its turn; see `State.look`.

        Raises:
            InvalidInputError: The storage cannot be used.
        """
        return self._write(lambda state, now: state.look(name, tokens, longest, self._limits, now))

    async def alook(self, name: str, tokens: float, longest: float) -> float:
        """Do the same on an event loop, which it does not block."""
        return self.look(name, tokens, longest)

    def note(self, change: Change[None]) -> None:
        """Note a change that happens now."""
        self._notes.append((self._clock(), change))

    def _write(self, change: Change[T]) -> T:
        """Change the state, first as it was noted."""
        notes = []
        with suppress(IndexError):
            while True:
                notes.append(self._notes.popleft())
        present = self._clock()

        def change_all(state: State, now: float) -> T:
            for noted, note in notes:
                note(state, now - (present - noted))
            return change(state, now)

        return self._change(change_all)

    def _change(self, change: Change[T]) -> T:
        """Change the state at the present moment, alone among threads and processes."""
        with self._lock:
            return change(self._state, self._clock())


class SharedStorage(Storage):
    """Keeps the state of several processes.

    Args:
        url: The address, which may hold a password.
        limits: What may be sent in a period; limiters with other limits may use the same storage.

    Attributes:
        url: The address.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        super().__init__(limits)
        self.url = SecretStr(url)

    def interval(self) -> float:
        """A look costs milliseconds: it is repeated when the call may probably begin."""
        return _LONGEST_WAIT

    async def alook(self, name: str, tokens: float, longest: float) -> float:
        """Look in a thread."""
        return await asyncio.to_thread(self.look, name, tokens, longest)

    def write_soon(self) -> None:
        """Let a thread write what is noted, for the other processes."""
        threading.Thread(target=self._write_notes, daemon=True).start()

    def _write_notes(self) -> None:
        with suppress(InvalidInputError):  # the next look reports it
            self._write(lambda *_: None)

    def _unusable(self, error: Exception) -> InvalidInputError:
        return InvalidInputError(
            f"The limiter's storage {without_password(self.url.get_secret_value())} cannot be "
            f"used: {error}. Make it available, or pass another storage=. Nothing was sent."
        )


def open_storage(url: str, limits: Limits) -> SharedStorage:
    """Make the storage that an address names; nothing is opened yet.

    Raises:
        InvalidInputError: The address names no storage, or a package is missing.
    """
    if url.startswith(SQLITE) and url != SQLITE:
        from _pollinations.limits.storage_sqlite import SQLiteStorage  # noqa: PLC0415 - few have it

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
        f"storage is {SQLITE} and the path of a file, or redis://host:port/0, not "
        f"{without_password(url)!r}."
    )


def without_password(url: str) -> str:
    """The address of a storage as it may be shown.

    Example:
        >>> without_password("redis://user:secret@example.com:6379/0?password=secret")
        'redis://example.com:6379/0'
    """
    if url.startswith(SQLITE):
        return url
    head = url.partition("?")[0]
    scheme, separator, rest = head.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
