"""The SQLite file: what it keeps, for whom, and what happens when it cannot."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from _pollinations.models.selection import ORDERS
from _pollinations.models.store import Snapshot, Store

LISTS: Any = {"/text/models": [{"name": "openai", "description": "ü 🐝"}], "/image/models": []}
KNOWN = Snapshot(20.0, 10.0, LISTS, {**dict.fromkeys(ORDERS, ()), "text": ("openai", "gemini")})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "very" / "deep" / "catalog.sqlite3"


@pytest.fixture
def store(path: Path) -> Store:
    return Store(path, "https://a", "k")


@pytest.mark.parametrize("known", [KNOWN, Snapshot(20.0), Snapshot(20.0, lists=LISTS)])
def test_what_is_written_is_read(
    path: Path, store: Store, known: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    """By another store of the same gateway and key; others have rows of their own."""
    assert (store.read(), path.exists(), caplog.text) == (None, False, "")
    store.write(known)

    assert Store(path, "https://a", "k").read() == known
    assert Store(path, "https://b", "k").read() is None
    assert Store(path, "https://a", "l").read() is None


def test_a_selection_of_other_tasks_is_made_anew(store: Store) -> None:
    """Another version of this package may have written it."""
    store.write(KNOWN)
    with closing(sqlite3.connect(store.path or "")) as file, file:
        file.execute("""UPDATE catalogs SET chosen = '{"text": ["gemini"]}'""")
    read = store.read()

    assert read is not None
    assert read.chosen == {**dict.fromkeys(ORDERS, ()), "text": ("openai",)}


def test_rows_that_are_no_longer_used_go(path: Path, store: Store) -> None:
    """A month after their last use."""
    store.write(KNOWN)
    Store(path, "https://a", "other").write(Snapshot(20.0 + 31 * 86_400))

    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT owner FROM catalogs").fetchall() == [("other",)]


@pytest.mark.parametrize("garbage", [b"no database" * 100, b"SQLite format 3\0" + b"\xff" * 99])
def test_a_garbage_file_holds_nothing(path: Path, store: Store, garbage: bytes) -> None:
    """It is neither read nor written, and stays as it is: it may be another program's."""
    path.parent.mkdir(parents=True)
    path.write_bytes(garbage)
    store.write(KNOWN)

    assert store.read() is None
    assert path.read_bytes() == garbage


@pytest.mark.parametrize("path", [None, Path("/"), Path("/dev/null/a.sqlite3"), Path("a\0b")])
def test_a_path_that_is_no_file_holds_nothing(path: Path | None) -> None:
    """None, a folder, something below a file, a path with a NUL."""
    nowhere = Store(path, "https://a", "k")
    nowhere.write(KNOWN)

    assert nowhere.read() is None


@pytest.mark.parametrize(
    "known", [replace(KNOWN, chosen={"text": ("\ud83d",)}), Snapshot(1.0, lists={"\0": []})]
)
def test_odd_names_do_not_stop_a_call(store: Store, known: Snapshot) -> None:
    """A lone surrogate or a NUL from a list is kept or not, and nothing is raised."""
    store.write(known)

    assert store.read() in (None, known)


@pytest.mark.parametrize(
    "garbage", ["{", "5", "[1]", '{"a": 1}', '{"/text/models": [5]}', b"\xff\xfe", "null", None]
)
@pytest.mark.parametrize("column", ["lists", "chosen", "read_at", "tried_at"])
def test_a_garbage_row_does_not_stop_a_call(store: Store, column: str, garbage: Any) -> None:
    """Whatever another program put there, it is replaced."""
    store.write(KNOWN)
    with closing(sqlite3.connect(store.path or "")) as file, file:
        file.execute(f"UPDATE OR IGNORE catalogs SET {column} = ?", (garbage,))  # noqa: S608 - our own words
    store.read()
    store.write(KNOWN)

    assert store.read() == KNOWN


def test_a_locked_file_is_not_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there is there again when the other program is done."""
    monkeypatch.setattr("_pollinations.models.store._PATIENCE", 0.05)
    store.write(KNOWN)
    with closing(sqlite3.connect(store.path or "", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.write(Snapshot(30.0, 30.0))

        assert store.read() is None

    assert store.read() == KNOWN
