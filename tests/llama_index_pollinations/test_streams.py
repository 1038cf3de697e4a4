"""What is handed over is a generator like any other, and is kept by its reader alone."""

import gc
import weakref
from collections.abc import AsyncGenerator, Generator

import pytest

from llama_index_pollinations.streams import AsyncReleased, Released


class Item:
    """Something that can be seen to be gone."""


def items(told: list[str]) -> Generator[int, None, None]:
    try:
        yield 1
        yield 2
    finally:
        told.append("closed")


async def aitems(told: list[str]) -> AsyncGenerator[int, None]:
    for item in items(told):
        yield item


def test_it_is_read_like_any_generator() -> None:
    """By a loop, and by `next`, `throw` and `close`."""
    told: list[str] = []
    stepped = Released(items(told))

    assert list(Released(items(told))) == [1, 2]
    assert next(stepped) == 1
    with pytest.raises(KeyError):
        stepped.throw(KeyError("x"))
    Released(items(told)).close()
    assert told == ["closed", "closed"]


async def test_it_is_read_like_any_asynchronous_generator() -> None:
    """By a loop, and by `anext`, `athrow` and `aclose`."""
    told: list[str] = []
    stepped = AsyncReleased(aitems(told))

    assert [item async for item in AsyncReleased(aitems(told))] == [1, 2]
    assert await anext(stepped) == 1
    with pytest.raises(KeyError):
        await stepped.athrow(KeyError("x"))
    await AsyncReleased(aitems(told)).aclose()


def test_it_keeps_nothing_of_what_it_gave_away() -> None:
    """Who gave it on may keep it: the stream ends with its reader."""
    told: list[str] = []
    kept = Released(items(told))

    assert next(iter(kept)) == 1
    assert told == ["closed"]
    assert list(kept) == []


async def test_it_keeps_nothing_of_what_it_gave_to_a_coroutine() -> None:
    """The same holds for coroutines."""
    item = Item()
    gone = weakref.ref(item)

    async def holding(held: Item) -> AsyncGenerator[Item, None]:
        yield held

    kept = AsyncReleased(holding(item))
    del item
    stream = aiter(kept)
    await stream.aclose()
    del stream
    gc.collect()

    assert gone() is None
    assert [one async for one in kept] == []
