"""Shares a rate limit between the processes of a machine: the SQLite storage."""

import os
import sqlite3
import threading
import time
from contextlib import closing
from typing import TypeVar

from _pollinations.limits.state import State
from _pollinations.limits.storage import BUSY, SQLITE, Change, SharedStorage

T = TypeVar("T")


class SQLiteStorage(SharedStorage):
    """A file that is opened for each look anew, so that no connection is forked.

    The address is `sqlite:///` and a path; the folder must exist.
    """

    def _change(self, change: Change[T]) -> T:
        path = self.url.get_secret_value().removeprefix(SQLITE)
        try:
            with (
                _one_at_a_time,
                closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as database,
            ):
                database.execute("PRAGMA synchronous = OFF")
                database.execute("BEGIN IMMEDIATE")
                database.execute("CREATE TABLE IF NOT EXISTS limiter (id PRIMARY KEY, state)")
                row = database.execute("SELECT state FROM limiter").fetchone()
                now = self._now()
                state = State.read(row and row[0], now)
                result = change(state, now)
                text = state.write(now)
                database.execute("INSERT OR REPLACE INTO limiter VALUES (1, ?)", (text,))
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
