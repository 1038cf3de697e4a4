"""One refresh at a time in a process; threads and tasks that need its outcome wait for it."""

import asyncio
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from _pollinations.http.errors import PollinationsError

_LONGEST_WAIT = 120.0  # seconds for a refresh by another thread, which may have been abandoned

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refresh(Generic[T]):
    """A refresh that one thread or task carries out.

    Attributes:
        outcome: What came of it; None if it was given up.
        thread: The thread that carries it out.
    """

    outcome: "Future[T | PollinationsError | None]" = field(default_factory=Future)
    thread: int = field(default_factory=threading.get_ident)


class Refreshes(Generic[T]):
    """The refresh that is under way, if any."""

    def __init__(self) -> None:
        # By process: a fork would wait for ever for a thread that exists in its parent only.
        self._by_process: dict[int, Refresh[T]] = {}

    @property
    def under_way(self) -> bool:
        """Whether a refresh is under way in this process."""
        return os.getpid() in self._by_process

    def begin(self) -> tuple[Refresh[T], bool]:
        """Return the refresh that is under way, or a new one, and whether it is new."""
        new: Refresh[T] = Refresh()
        refresh = self._by_process.setdefault(os.getpid(), new)
        return refresh, refresh is new

    def wait(self, refresh: Refresh[T]) -> T | None:
        """Wait in a thread; None if the refresh was given up."""
        try:
            return _result(refresh.outcome.result(_LONGEST_WAIT))
        except TimeoutError:
            self._forget(refresh)
            return None

    async def await_(self, refresh: Refresh[T]) -> T | None:
        """Wait on an event loop; see `wait`."""
        waiting = asyncio.shield(asyncio.wrap_future(refresh.outcome))
        try:
            return _result(await asyncio.wait_for(waiting, _LONGEST_WAIT))
        except TimeoutError:
            self._forget(refresh)
            return None

    @contextmanager
    def carried_out(self, refresh: Refresh[T]) -> Iterator[None]:
        """End a refresh in any case, so that those who wait go on."""
        try:
            yield
        except PollinationsError as error:
            refresh.outcome.set_result(error)
            raise
        finally:
            self._forget(refresh)
            if not refresh.outcome.done():
                refresh.outcome.set_result(None)

    def _forget(self, refresh: Refresh[T]) -> None:
        if self._by_process.get(os.getpid()) is refresh:
            del self._by_process[os.getpid()]


def _result(outcome: T | PollinationsError) -> T:
    if isinstance(outcome, PollinationsError):
        raise copy(outcome)
    return outcome
