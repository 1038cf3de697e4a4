"""Streams that end with who reads them, whatever a tracer keeps.

LlamaIndex reads each stream inside a generator of its own. When that is broken off, listeners are
given the exception, and the exception holds the variables of that generator: as long as a listener
keeps it, a stream among them would stay open, and its connection with it. So what LlamaIndex is
given is no stream, but gives one away when it is iterated over.
"""

from collections.abc import AsyncGenerator, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class HandedOver(Generator[T, None, None]):
    """A generator that is kept by nobody but the loop that reads it.

    Args:
        items: The generator.

    Example:
        >>> list(HandedOver(n for n in range(3)))
        [0, 1, 2]
    """

    __slots__ = ("_items",)

    def __init__(self, items: Generator[T, None, None]) -> None:
        self._items = items

    def __iter__(self) -> Generator[T, None, None]:
        """Give the generator away."""
        items, self._items = self._items, _nothing()
        return items

    def send(self, value: None) -> T:
        """See `Generator.send`."""
        return self._items.send(value)

    def throw(self, *raised: Any) -> T:
        """See `Generator.throw`."""
        return self._items.throw(*raised)


class AsyncHandedOver(AsyncGenerator[T, None]):
    """The same for coroutines.

    Args:
        items: The generator.
    """

    __slots__ = ("_items",)

    def __init__(self, items: AsyncGenerator[T, None]) -> None:
        self._items = items

    def __aiter__(self) -> AsyncGenerator[T, None]:
        """Give the generator away."""
        items, self._items = self._items, _anothing()
        return items

    async def asend(self, value: None) -> T:
        """See `AsyncGenerator.asend`."""
        return await self._items.asend(value)

    async def athrow(self, *raised: Any) -> T:
        """See `AsyncGenerator.athrow`."""
        return await self._items.athrow(*raised)


def _nothing() -> Generator[T, None, None]:
    yield from ()


async def _anothing() -> AsyncGenerator[T, None]:
    items: tuple[T, ...] = ()
    for item in items:
        yield item
