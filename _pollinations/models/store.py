"""The lists of models in one SQLite file, shared by threads and processes; it never raises.

A file that cannot be read or written is one that holds nothing: what depends on it goes on without.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _pollinations.http.json import dump, parse

_log = logging.getLogger(__name__)
_PATIENCE = 2.0  # seconds for another process to let go of the file
_TABLES = """
CREATE TABLE IF NOT EXISTS lists (
    base_url TEXT, owner TEXT, path TEXT, models TEXT, read_at REAL, tried_at REAL NOT NULL,
    PRIMARY KEY (base_url, owner, path)
);
CREATE TABLE IF NOT EXISTS choices (
    base_url TEXT, owner TEXT, task TEXT, place INTEGER, model TEXT NOT NULL,
    PRIMARY KEY (base_url, owner, task, place)
);
"""
_KEEP = """
INSERT INTO lists VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (base_url, owner, path) DO UPDATE SET
    models = iif(excluded.read_at >= coalesce(read_at, 0), excluded.models, models),
    read_at = iif(excluded.read_at >= coalesce(read_at, 0), excluded.read_at, read_at),
    tried_at = max(excluded.tried_at, tried_at)
"""
_SAME_OWNER = "WHERE base_url = ? AND owner = ?"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list of models, as it was read.

    Attributes:
        tried_at: When it was asked for last, in Unix seconds.
        read_at: When it was answered last, or None.
        items: The answer, or None; the models as they came.
    """

    tried_at: float
    read_at: float | None = None
    items: list[Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Store:
    """The shelves of one gateway and one key.

    Args:
        path: The file, or None for nothing to be kept.
        base_url: The gateway.
        owner: The fingerprint of the key, never the key.
    """

    path: Path | None
    base_url: str
    owner: str

    def shelves(self) -> dict[str, Shelf]:
        """Read all shelves, by the paths of their lists."""
        found: dict[str, Shelf] = {}
        with self._quietly() as path:
            if path is None or not path.is_file():
                return found
            asked = f"SELECT path, tried_at, read_at, models FROM lists {_SAME_OWNER}"  # noqa: S608 - a constant
            with _opened(path) as file:
                for name, tried_at, read_at, models in file.execute(asked, self._whose):
                    with suppress(ValueError, TypeError):
                        items = None if models is None else list(parse(models))
                        read = None if read_at is None else float(read_at)
                        found[name] = Shelf(float(tried_at), read, items)
        return found

    def keep(
        self, shelves: Mapping[str, Shelf], choices: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """Write shelves, unless newer ones are there, and the names that were chosen from them."""
        with self._quietly() as path:
            if path is None:
                return
            rows = [
                (*self._whose, name, _json(shelf.items), shelf.read_at, shelf.tried_at)
                for name, shelf in shelves.items()
            ]
            chosen = [
                (*self._whose, task, place, name)
                for task, names in (choices or {}).items()
                for place, name in enumerate(names)
            ]
            path.parent.mkdir(parents=True, exist_ok=True)
            with _opened(path) as file:
                file.executescript(_TABLES)
                file.executemany(_KEEP, rows)
                if choices is not None:
                    file.execute(f"DELETE FROM choices {_SAME_OWNER}", self._whose)  # noqa: S608 - a constant
                    file.executemany("INSERT INTO choices VALUES (?, ?, ?, ?, ?)", chosen)

    @property
    def _whose(self) -> tuple[str, str]:
        return self.base_url, self.owner

    @contextmanager
    def _quietly(self) -> Iterator[Path | None]:
        """Whatever is wrong with the file is logged and ends the work with it."""
        try:
            yield self.path
        except (sqlite3.Error, OSError, ValueError) as error:
            _log.warning("The catalogue is not kept in %s: %s", self.path, error)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one transaction."""
    with closing(sqlite3.connect(path, timeout=_PATIENCE)) as file, file:
        yield file


def _json(items: list[Any] | None) -> str | None:
    return None if items is None else dump(items).decode()
