"""Calls and streams in either colour: by `Client`, or by `AsyncClient` in a loop of its own."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, closing
from itertools import islice
from typing import Any, TypeVar

import pytest

from _pollinations.http.call import Call, Stream
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.many import asend_all, send_all

T = TypeVar("T")
COLOURS = pytest.mark.parametrize("colour", ["sync", "async"])


def send(colour: str, *calls: Call[T], **settings: Any) -> list[T]:
    """Send calls, all at once."""
    if colour == "sync":
        return send_all(Client(**settings), calls, len(calls))
    return asyncio.run(asend_all(AsyncClient(**settings), calls, len(calls)))


def read(colour: str, call: Stream[T], most: int | None = None, **settings: Any) -> Sequence[T]:
    """Read a stream to its end, or so many items and leave it."""
    if colour == "sync":
        with closing(Client(**settings).stream(call)) as items:  # type: ignore[type-var] # a generator
            return list(islice(items, most))

    async def gather() -> list[T]:
        read: list[T] = []
        async with aclosing(AsyncClient(**settings).stream(call)) as items:
            async for item in items:
                read.append(item)
                if len(read) == most:
                    break
        return read

    return asyncio.run(gather())
