"""When the requests of all processes of a machine begin, in a SQLite file that they share."""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from _pollinations.http.errors import InvalidInputError
from _pollinations.limits.windows import Limits

_SCHEME = "sqlite:///"
_MINUTE = 60.0
_HORIZON = 3600.0  # starts beyond it were written by a wrong clock
_BUSY = 30.0  # seconds to wait for another process, which writes for less than a millisecond
_TABLES = """
CREATE TABLE IF NOT EXISTS starts
    (id TEXT PRIMARY KEY, start REAL NOT NULL, tokens REAL NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pauses (until REAL NOT NULL);
"""

Change = tuple[str, tuple[object, ...]]


class SharedStarts:
    """Assigns to each request the moment at which it may begin, first come, first served.

    The file holds when requests began or will begin, and how many tokens they used. It is opened
    for each request anew, so that it survives forks and threads. What is known about a request
    afterwards is written with the next request.

    Args:
        url: `sqlite:///` and a path; the folder must exist.
        limits: What may be sent in a period; limiters with other limits may use the same file.

    Raises:
        InvalidInputError: The URL is another one, or pollen is limited.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        if not url.startswith(_SCHEME) or not url.removeprefix(_SCHEME):
            raise InvalidInputError(f"storage is {_SCHEME} and the path of a file, not {url!r}.")
        if limits.pollen_per_hour is not None:
            raise InvalidInputError("pollen_per_hour is counted in one process: omit storage.")
        self.url = url
        self.path = Path(url.removeprefix(_SCHEME))
        self._limits = limits
        self._changes: deque[Change] = deque()

    def reserve(self, name: str, tokens: float, now: float, latest: float) -> float | None:
        """Assign a start to a request, or look whether it holds.

        Args:
            name: The request's own name among those of all processes.
            tokens: How many it is expected to use.
            now: Seconds of a clock that all processes share.
            latest: The latest start that is any use.

        Returns:
            Seconds until it may begin; None, and nothing is reserved, if that is after `latest`.

        Raises:
            InvalidInputError: The file cannot be used.
        """
        with self._transaction() as database:
            self._apply(database)
            database.execute(
                "DELETE FROM starts WHERE until <= ? OR start > ?", (now, now + _HORIZON)
            )
            database.execute(
                "DELETE FROM pauses WHERE until <= ? OR until > ?", (now, now + _HORIZON)
            )
            (pause,) = database.execute("SELECT max(until) FROM pauses").fetchone()
            mine = database.execute("SELECT start FROM starts WHERE id = ?", (name,)).fetchone()
            if mine and not (pause and mine[0] < pause):
                return max(0.0, float(mine[0]) - now)
            database.execute("DELETE FROM starts WHERE id = ?", (name,))
            rows = database.execute("SELECT start, tokens, until FROM starts").fetchall()
            start = self._earliest(rows, tokens, max(now, pause or now))
            if start > latest:
                return None
            counted = self._limits.transit + self._limits.period
            until = start + max(counted, _MINUTE if self._limits.tokens_per_minute else 0.0)
            row = (name, start, tokens, until)
            database.execute("INSERT INTO starts VALUES (?, ?, ?, ?)", row)
            return start - now

    def used(self, name: str, tokens: float, now: float) -> None:
        """Note how many tokens a request used; they count for a minute from now."""
        if self._limits.tokens_per_minute:
            change = "UPDATE starts SET tokens = ?, until = max(until, ?) WHERE id = ?"
            self._changes.append((change, (tokens, now + _MINUTE, name)))

    def leave(self, name: str) -> None:
        """Give up a start of which no use was made."""
        self._changes.append(("DELETE FROM starts WHERE id = ?", (name,)))

    def pause(self, until: float) -> None:
        """Let no request of any process begin before a moment; it is written in a thread."""
        self._changes.append(("INSERT INTO pauses VALUES (?)", (until,)))
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self) -> None:
        with suppress(InvalidInputError), self._transaction() as database:
            self._apply(database)

    def _apply(self, database: sqlite3.Connection) -> None:
        with suppress(IndexError):
            while True:
                database.execute(*self._changes.popleft())

    def _earliest(
        self, rows: list[tuple[float, float, float]], tokens: float, start: float
    ) -> float:
        starts = sorted(row[0] for row in rows)
        start = max([start, *starts[-1:]])
        most = self._limits.requests
        if most and len(starts) >= most:
            start = max(start, starts[-most] + self._limits.transit + self._limits.period)
        if self._limits.tokens_per_minute:
            room = max(0.0, self._limits.tokens_per_minute - tokens)
            counted = sorted((until, used) for _, used, until in rows if until > start)
            left = sum(used for _, used in counted)
            for until, used in counted:
                if left <= room:
                    break
                start, left = until, left - used
        return start

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None)
            with closing(connection) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute("BEGIN IMMEDIATE")
                for statement in _TABLES.split(";"):
                    database.execute(statement)
                yield database
                database.execute("COMMIT")
        except sqlite3.Error as error:
            raise InvalidInputError(f"The limiter's storage {self.url} fails: {error}.") from error
