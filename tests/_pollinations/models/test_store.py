"""The SQLite file: what it keeps, for whom, and what happens when it cannot."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from _pollinations.models.store import Row, Store

ITEMS = [{"name": "openai", "description": "ü 🐝"}]
TEXT = "/text/models"
ROW = Row(20.0, 10.0, {TEXT: ITEMS, "/image/models": []}, {"text": ("openai", "gemini")})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "catalog.sqlite3"


@pytest.fixture
def store(path: Path) -> Store:
    return Store(path, "https://a", "k")


def columns(path: Path, names: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(f"SELECT {names} FROM catalogs").fetchall()  # noqa: S608 - our own words


@pytest.mark.parametrize("row", [ROW, Row(20.0), Row(20.0, None, {TEXT: ITEMS})])
def test_what_is_written_is_read(path: Path, row: Row) -> None:
    """By another store of the same gateway and key, also where no list was ever answered."""
    Store(path, "https://a", "k").write(row)

    assert Store(path, "https://a", "k").read() == row


def test_gateways_and_keys_have_their_own_rows(path: Path, store: Store) -> None:
    """What one key sees says nothing of another."""
    store.write(ROW)

    assert Store(path, "https://b", "k").read() is None
    assert Store(path, "https://a", "l").read() is None


def test_later_lists_stay(store: Store) -> None:
    """A slow process does not put old lists over new ones; the later try counts."""
    store.write(ROW)
    store.write(Row(30.0, 5.0, {TEXT: []}, {"text": ("old",)}))
    store.write(Row(25.0))

    assert store.read() == Row(30.0, 10.0, ROW.lists, ROW.chosen)


def test_rows_that_are_no_longer_used_go(path: Path, store: Store) -> None:
    """A month after their last use."""
    store.write(ROW)
    Store(path, "https://a", "other").write(Row(20.0 + 31 * 86_400))

    assert columns(path, "owner") == [("other",)]


def test_without_a_file_nothing_is_kept() -> None:
    """A store without a path takes and gives nothing."""
    nowhere = Store(None, "https://a", "k")
    nowhere.write(ROW)

    assert nowhere.read() is None


@pytest.mark.parametrize(
    "garbage", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 99]
)
def test_a_garbage_file_holds_nothing(path: Path, store: Store, garbage: bytes) -> None:
    """It is neither read nor written, and stays as it is: it may be another program's."""
    path.parent.mkdir()
    path.write_bytes(garbage)
    store.write(ROW)

    assert store.read() is None
    assert path.read_bytes() == garbage


@pytest.mark.parametrize(
    "row", [Row(1.0, chosen={"text": ("\ud83d",)}), Row(1.0, lists={"\0": []})]
)
def test_odd_names_do_not_stop_a_call(store: Store, row: Row) -> None:
    """A lone surrogate or a NUL from a list is kept or not, and nothing is raised."""
    store.write(row)

    assert store.read() in (None, row)


@pytest.mark.parametrize("garbage", ["{", "5", "[1]", '{"a": 1}', b"\xff\xfe", "null"])
@pytest.mark.parametrize("column", ["lists", "chosen"])
def test_a_garbage_row_is_none(path: Path, store: Store, column: str, garbage: Any) -> None:
    """Whatever another program put there."""
    store.write(ROW)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"UPDATE catalogs SET {column} = ?", (garbage,))  # noqa: S608 - our own words

    assert store.read() is None


def test_a_path_that_is_no_file_holds_nothing(tmp_path: Path) -> None:
    """A folder, something below a file, a path with a NUL."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "catalog.sqlite3", Path("a\0b")):
        store = Store(path, "https://a", "k")
        store.write(ROW)

        assert store.read() is None


def test_a_locked_file_is_not_waited_for(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there is there again when the other program is done."""
    monkeypatch.setattr("_pollinations.models.store._PATIENCE", 0.05)
    store.write(ROW)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.write(Row(2.0, 2.0))

        assert store.read() is None

    assert store.read() == ROW


def test_threads_share_a_file(path: Path) -> None:
    """Many writers at once lose nothing."""
    stores = [Store(path, "https://a", str(number)) for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda store: store.write(ROW), stores))

    assert [store.read() for store in stores] == [ROW] * 16
    assert json.loads(columns(path, "lists")[0][0])[TEXT] == ITEMS
