"""Streams that close when their reader stops, even if a tracer holds its exception.

LlamaIndex reads each stream inside a generator of its own. When that is interrupted, listeners get
the exception, which refers to the variables of that generator: while a listener holds it, a stream
among them would stay open, and its connection too. So LlamaIndex gets an object that releases the
stream when it is iterated over.
"""

from collections.abc import AsyncGenerator, Generator
from typing import Any, TypeVar, cast

StreamT = TypeVar("StreamT", Generator[Any, None, None], AsyncGenerator[Any, None])


class _Released:
    """What LlamaIndex takes for a generator, and only iterates over, once."""

    __slots__ = ("_streams",)

    def __init__(self, stream: object) -> None:
        self._streams = [stream]

    def __iter__(self) -> Any:
        return self._streams.pop()

    __aiter__ = __iter__


Generator.register(_Released)
AsyncGenerator.register(_Released)


def released(stream: StreamT) -> StreamT:
    """Make a stream that only the loop that reads it refers to.

    Example:
        >>> list(released(n for n in range(3)))
        [0, 1, 2]
    """
    return cast("StreamT", _Released(stream))
