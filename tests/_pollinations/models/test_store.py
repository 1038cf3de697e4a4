"""The SQLite file: what it keeps, for whom, and what happens when it cannot."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from _pollinations.models.store import Shelf, Store

ITEMS = [{"name": "openai", "description": "ü 🐝"}]
TEXT = "/text/models"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "catalog.sqlite3"


def rows(path: Path, table: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own words


def test_what_is_kept_is_read_again(path: Path) -> None:
    """By another store of the same gateway and key, also a list that was never answered."""
    shelves = {TEXT: Shelf(20.0, 10.0, ITEMS), "/image/models": Shelf(20.0)}
    Store(path, "https://a", "k").keep(shelves)

    assert Store(path, "https://a", "k").shelves() == shelves


def test_gateways_and_keys_are_told_apart(path: Path) -> None:
    """What one key sees says nothing of another."""
    Store(path, "https://a", "k").keep({TEXT: Shelf(1.0, 1.0, ITEMS)})

    assert Store(path, "https://b", "k").shelves() == {}
    assert Store(path, "https://a", "l").shelves() == {}


def test_choices_are_rows(path: Path) -> None:
    """The primary model and its fallbacks, in order; new ones replace the old."""
    store = Store(path, "https://a", "k")
    store.keep({}, {"text": ("old", "older", "oldest")})
    store.keep({}, {"text": ("gemini", "openai"), "image": ("flux",)})

    assert rows(path, "choices") == [
        ("https://a", "k", "text", 0, "gemini"),
        ("https://a", "k", "text", 1, "openai"),
        ("https://a", "k", "image", 0, "flux"),
    ]


def test_a_newer_list_stays(path: Path) -> None:
    """A slow process does not put an old list over a new one."""
    store = Store(path, "https://a", "k")
    store.keep({TEXT: Shelf(20.0, 20.0, ITEMS)})
    store.keep({TEXT: Shelf(30.0, 10.0, [])})
    store.keep({TEXT: Shelf(25.0)})

    assert store.shelves() == {TEXT: Shelf(30.0, 20.0, ITEMS)}


def test_without_a_file_nothing_is_kept() -> None:
    """A store of nowhere takes and gives nothing."""
    store = Store(None, "https://a", "k")
    store.keep({TEXT: Shelf(1.0, 1.0, ITEMS)})

    assert store.shelves() == {}


@pytest.mark.parametrize(
    "garbage", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 99]
)
def test_a_garbage_file_holds_nothing(path: Path, garbage: bytes) -> None:
    """It is neither read nor written, and stays as it is: it may be somebody's letter."""
    path.parent.mkdir()
    path.write_bytes(garbage)
    store = Store(path, "https://a", "k")
    store.keep({TEXT: Shelf(1.0, 1.0, ITEMS)}, {"text": ("openai",)})

    assert store.shelves() == {}
    assert path.read_bytes() == garbage


def test_what_sqlite_cannot_say_is_not_kept(path: Path) -> None:
    """Half a character in a name, or a path with a null, does not stop a call."""
    store = Store(path, "https://a", "k")
    store.keep({TEXT: Shelf(1.0, 1.0, ITEMS)}, {"text": ("\ud83d",)})
    assert store.shelves() == {}

    nowhere = Store(Path("a\0b"), "https://a", "k")
    nowhere.keep({TEXT: Shelf(1.0, 1.0, ITEMS)})
    assert nowhere.shelves() == {}


@pytest.mark.parametrize("models", ["{", "5", '{"a": 1', b"\xff\xfe"])
def test_a_garbage_row_is_passed_over(path: Path, models: Any) -> None:
    """The other rows still count."""
    store = Store(path, "https://a", "k")
    store.keep({TEXT: Shelf(1.0, 1.0, ITEMS), "/other": Shelf(1.0, 1.0, [])})
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE lists SET models = ? WHERE path = '/other'", (models,))

    assert store.shelves() == {TEXT: Shelf(1.0, 1.0, ITEMS)}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A path that cannot be a file holds nothing."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "catalog.sqlite3"):
        store = Store(path, "https://a", "k")
        store.keep({TEXT: Shelf(1.0, 1.0, ITEMS)})

        assert store.shelves() == {}


def test_a_locked_file_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds it too long is not waited for."""
    monkeypatch.setattr("_pollinations.models.store._PATIENCE", 0.05)
    store = Store(path, "https://a", "k")
    store.keep({TEXT: Shelf(1.0, 1.0, ITEMS)})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.keep({TEXT: Shelf(2.0, 2.0, [])})

        assert store.shelves() == {}

    assert store.shelves() == {TEXT: Shelf(1.0, 1.0, ITEMS)}


def test_threads_share_a_file(path: Path) -> None:
    """Many writers at once lose nothing."""
    stores = [Store(path, "https://a", str(number)) for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda store: store.keep({TEXT: Shelf(1.0, 1.0, ITEMS)}), stores))

    assert [store.shelves() for store in stores] == [{TEXT: Shelf(1.0, 1.0, ITEMS)}] * 16
    assert json.loads(rows(path, "lists")[0][3]) == ITEMS
