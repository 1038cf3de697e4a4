"""The catalogue in a SQLite file, shared by threads and processes; its methods never raise.

A file that cannot be read or written counts as empty: whatever depends on it goes on without it.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _pollinations.http.json import dump, parse
from _pollinations.models.model import LISTS, Model, merged, read_models
from _pollinations.models.selection import ORDERS, choose, first_available

_log = logging.getLogger(__name__)
_PATIENCE = 2.0  # seconds for another process to release the file
_KEPT = 30 * 86_400.0  # seconds after which the row of a key that is no longer used goes
_TABLE = """
CREATE TABLE IF NOT EXISTS catalogs (
    base_url TEXT, owner TEXT, lists TEXT NOT NULL, chosen TEXT NOT NULL,
    read_at REAL, tried_at REAL NOT NULL, PRIMARY KEY (base_url, owner)
)
"""
_WRITE = "INSERT OR REPLACE INTO catalogs VALUES (?, ?, ?, ?, ?, ?)"
_READ = "SELECT lists, chosen, read_at, tried_at FROM catalogs WHERE base_url = ? AND owner = ?"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a gateway's models for one key.

    Attributes:
        tried_at: When the lists were last requested, in Unix seconds.
        read_at: When the gateway last answered for every list; 0 if it never did.
        lists: The items of each list as they came, by the list's path.
        chosen: The names of the models that were selected for each task, best first.
        models: Every model that exists for the key.
    """

    tried_at: float = 0.0
    read_at: float = 0.0
    lists: Mapping[str, list[Any]] = field(default_factory=dict, repr=False)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    models: tuple[Model, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        models = merged(*(read_models(self.lists.get(path, []), path) for path in LISTS))
        object.__setattr__(self, "models", models)
        if self.chosen.keys() != ORDERS.keys():
            object.__setattr__(self, "chosen", {task: choose(models, task) for task in ORDERS})

    def model(self, name: str) -> Model | None:
        """Find a model by its name or an alias; None if there is none."""
        return first_available(self.models, (name,))


@dataclass(frozen=True, slots=True)
class Store:
    """The row of one gateway and one key in the file.

    Args:
        path: The file, or None to keep nothing.
        base_url: The gateway.
        key_fingerprint: A fingerprint of the key, never the key.
    """

    path: Path | None
    base_url: str
    key_fingerprint: str

    def read(self) -> Snapshot | None:
        """Read the row; None if there is none, or if it cannot be read."""
        with self._quietly():
            if self.path is None or not self.path.is_file():
                return None
            with _opened(self.path) as file:
                row = file.execute(_READ, (self.base_url, self.key_fingerprint)).fetchone()
            if row is not None:
                lists, chosen, read_at, tried_at = row
                return Snapshot(
                    float(tried_at),
                    float(read_at),
                    {path: list(items) for path, items in parse(lists).items()},
                    {task: tuple(names) for task, names in parse(chosen).items()},
                )
        return None

    def write(self, known: Snapshot) -> None:
        """Write the row."""
        with self._quietly():
            if self.path is None:
                return
            lists, chosen = dump(dict(known.lists)).decode(), dump(dict(known.chosen)).decode()
            times = (known.read_at, known.tried_at)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _opened(self.path) as file:
                file.execute(_WRITE, (self.base_url, self.key_fingerprint, lists, chosen, *times))
                file.execute("DELETE FROM catalogs WHERE tried_at < ?", (known.tried_at - _KEPT,))

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Whatever is wrong with the file is logged."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError, TypeError, AttributeError) as error:
            _log.warning("The catalogue is not kept in %s: %s", self.path, error)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one transaction."""
    with closing(sqlite3.connect(path, timeout=_PATIENCE)) as file, file:
        file.execute(_TABLE)
        yield file
