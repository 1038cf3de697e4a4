"""A lock: one refresh at a time in a process; those who need its outcome wait for it."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from copy import copy
from typing import TypeAlias

from _pollinations.http.errors import PollinationsError
from _pollinations.models.store import Snapshot

_LONGEST_WAIT = 120.0  # seconds for a refresh by another thread, which may have been abandoned


Refresh: TypeAlias = "Future[Snapshot | PollinationsError | None]"
"""What comes of a refresh; None if it was given up."""


class RefreshLock:
    """Lets one refresh at a time begin, and hands its outcome to all who wait for it."""

    def __init__(self) -> None:
        # By process: a fork would wait for ever for a thread that exists in its parent only.
        self._by_process: dict[int, Refresh] = {}

    @property
    def under_way(self) -> bool:
        """Whether a refresh is under way in this process."""
        return os.getpid() in self._by_process

    def begin(self) -> tuple[Refresh, bool]:
        """Return the refresh that is under way, or a new one, and whether it is new."""
        new: Refresh = Future()
        refresh = self._by_process.setdefault(os.getpid(), new)
        return refresh, refresh is new

    def wait(self, refresh: Refresh) -> Snapshot | None:
        """Wait in a thread; None if the refresh was given up."""
        try:
            return _checked(refresh.result(_LONGEST_WAIT))
        except TimeoutError:
            self._forget(refresh)
            return None

    async def await_(self, refresh: Refresh) -> Snapshot | None:
        """Wait on an event loop; see `wait`."""
        waiting = asyncio.shield(asyncio.wrap_future(refresh))
        try:
            return _checked(await asyncio.wait_for(waiting, _LONGEST_WAIT))
        except TimeoutError:
            self._forget(refresh)
            return None

    @contextmanager
    def carried_out(self, refresh: Refresh) -> Iterator[None]:
        """End a refresh in any case, so that those who wait go on."""
        try:
            yield
        except PollinationsError as error:
            refresh.set_result(error)
            raise
        finally:
            self._forget(refresh)
            if not refresh.done():
                refresh.set_result(None)

    def _forget(self, refresh: Refresh) -> None:
        if self._by_process.get(os.getpid()) is refresh:
            del self._by_process[os.getpid()]


def _checked(outcome: Snapshot | PollinationsError | None) -> Snapshot | None:
    if isinstance(outcome, PollinationsError):
        raise copy(outcome)
    return outcome
