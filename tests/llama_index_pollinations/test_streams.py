"""What is handed over is a generator like any other, and is kept by its reader alone."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncGenerator, Generator
from contextlib import nullcontext
from typing import Any

import pytest
from listening import listening
from llama_index.core.base.llms.types import ChatMessage

from llama_index_pollinations import Pollinations
from llama_index_pollinations.streams import AsyncReleased, Released
from pollinations_sandbox import Fault, Sandbox

LONG: dict[str, Any] = {
    "stream_chat": [ChatMessage("Tell me a long story.")],
    "stream_complete": "Tell me a long story.",
}


class Item:
    """Something that can be seen to be gone."""


def items(events: list[str]) -> Generator[int, None, None]:
    try:
        yield 1
        yield 2
    finally:
        events.append("closed")


async def aitems(events: list[str]) -> AsyncGenerator[int, None]:
    for item in items(events):
        yield item


def test_it_is_read_like_any_generator() -> None:
    """By a loop, and by `next`, `throw` and `close`."""
    events: list[str] = []
    stepped = Released(items(events))

    assert list(Released(items(events))) == [1, 2]
    assert next(stepped) == 1
    with pytest.raises(KeyError):
        stepped.throw(KeyError("x"))
    Released(items(events)).close()
    assert events == ["closed", "closed"]


async def test_it_is_read_like_any_asynchronous_generator() -> None:
    """By a loop, and by `anext`, `athrow` and `aclose`."""
    events: list[str] = []
    stepped = AsyncReleased(aitems(events))

    assert [item async for item in AsyncReleased(aitems(events))] == [1, 2]
    assert await anext(stepped) == 1
    with pytest.raises(KeyError):
        await stepped.athrow(KeyError("x"))
    await AsyncReleased(aitems(events)).aclose()


def test_it_keeps_nothing_of_what_it_gave_away() -> None:
    """Who gave it on may keep it: the stream ends with its reader."""
    events: list[str] = []
    released = Released(items(events))

    assert next(iter(released)) == 1
    assert events == ["closed"]
    assert list(released) == []


async def test_it_keeps_nothing_of_what_it_gave_to_a_coroutine() -> None:
    """The same holds for coroutines."""
    item = Item()
    gone = weakref.ref(item)

    async def holding(held: Item) -> AsyncGenerator[Item, None]:
        yield held

    released = AsyncReleased(holding(item))
    del item
    stream = aiter(released)
    await stream.aclose()
    del stream
    gc.collect()

    assert gone() is None
    assert [one async for one in released] == []


@pytest.mark.parametrize("listens", [False, True], ids=["", "with a listener that keeps all"])
@pytest.mark.parametrize("method", LONG)
def test_an_abandoned_stream_closes_its_connection(method: str, listens: bool) -> None:
    """Breaking off leaves nothing open, whatever is kept of the exception that it makes."""
    with Sandbox() as own, listening() if listens else nullcontext():
        llm = Pollinations(base_url=own.base_url, api_key=own.api_key)
        for leave in (next, lambda stream: [next(stream), stream.close()]):
            own.fail(Fault.slow(0.05))
            leave(getattr(llm, method)(LONG[method]))
            ticks = threading.Event()
            for _ in range(100):
                if own.open_connections == 0:
                    break
                ticks.wait(0.02)

            assert own.open_connections == 0


@pytest.mark.parametrize("listens", [False, True], ids=["", "with a listener that keeps all"])
@pytest.mark.parametrize("method", LONG)
async def test_an_abandoned_asynchronous_stream_closes_its_connection(
    method: str, listens: bool
) -> None:
    """The same holds for coroutines."""

    async def close(stream: Any) -> None:
        await anext(stream)
        await stream.aclose()

    with Sandbox() as own, listening() if listens else nullcontext():
        llm = Pollinations(base_url=own.base_url, api_key=own.api_key)
        for leave in (anext, close):
            own.fail(Fault.slow(0.05))
            await leave(await getattr(llm, f"a{method}")(LONG[method]))
            for _ in range(100):
                if own.open_connections == 0:
                    break
                await asyncio.sleep(0.02)

            assert own.open_connections == 0
