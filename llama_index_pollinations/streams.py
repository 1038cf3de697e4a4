"""Streams that close when their reader stops, even if a tracer holds its exception.

LlamaIndex reads each stream inside a generator of its own. When that is interrupted, listeners get
the exception, which refers to the variables of that generator: while a listener holds it, a stream
among them would stay open, and its connection too. So LlamaIndex gets an object that releases the
stream when it is iterated over.
"""

from collections.abc import AsyncGenerator, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class Released(Generator[T, None, None]):
    """A generator that only the loop that reads it refers to.

    Args:
        items: The generator.

    Example:
        >>> list(Released(n for n in range(3)))
        [0, 1, 2]
    """

    __slots__ = ("_items",)

    def __init__(self, items: Generator[T, None, None]) -> None:
        self._items = items

    def __iter__(self) -> Generator[T, None, None]:
        """Return the generator and forget it."""
        items, self._items = self._items, _nothing()
        return items

    def send(self, value: None) -> T:
        """See `Generator.send`."""
        return self._items.send(value)

    def throw(self, *raised: Any) -> T:
        """See `Generator.throw`."""
        return self._items.throw(*raised)


class AsyncReleased(AsyncGenerator[T, None]):
    """The same for coroutines.

    Args:
        items: The generator.
    """

    __slots__ = ("_items",)

    def __init__(self, items: AsyncGenerator[T, None]) -> None:
        self._items = items

    def __aiter__(self) -> AsyncGenerator[T, None]:
        """Return the generator and forget it."""
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
