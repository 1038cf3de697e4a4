"""Calls and streams in each colour: by `Client`, or by `AsyncClient` in a loop of its own.

A colour that begins with `own` has an httpx client of the user's own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, closing, contextmanager, nullcontext
from itertools import islice
from typing import Any, TypeVar

import httpx
import pytest

from _pollinations.http.call import Call, Fallback, Stream
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.many import asend_all, send_all

T = TypeVar("T")
COLOURS = pytest.mark.parametrize("colour", ["sync", "async"])


@contextmanager
def _client(colour: str, settings: dict[str, Any]) -> Iterator[Client]:
    own = httpx.Client() if colour.startswith("own") else None
    with own or nullcontext(), Client(**settings, http_client=own) as client:
        yield client


@asynccontextmanager
async def _async_client(colour: str, settings: dict[str, Any]) -> AsyncIterator[AsyncClient]:
    own = httpx.AsyncClient() if colour.startswith("own") else None
    async with own or nullcontext(), AsyncClient(**settings, http_client=own) as client:
        yield client


def send(colour: str, *calls: Call[T] | Fallback[Call[T]], **settings: Any) -> list[T]:
    """Send calls, all at once."""
    if not colour.endswith("async"):
        with _client(colour, settings) as client:
            return send_all(client, calls, len(calls))

    async def ask() -> list[T]:
        async with _async_client(colour, settings) as client:
            return await asend_all(client, calls, len(calls))

    return asyncio.run(ask())


def read(
    colour: str, call: Stream[T] | Fallback[Stream[T]], most: int | None = None, **settings: Any
) -> Sequence[T]:
    """Read a stream to its end, or so many items and leave it."""
    if not colour.endswith("async"):
        with _client(colour, settings) as client, closing(client.stream(call)) as items:  # type: ignore[type-var] # a generator
            return list(islice(items, most))

    async def gather() -> list[T]:
        read: list[T] = []
        async with (
            _async_client(colour, settings) as client,
            aclosing(client.stream(call)) as items,
        ):
            async for item in items:
                read.append(item)
                if len(read) == most:
                    break
        return read

    return asyncio.run(gather())
