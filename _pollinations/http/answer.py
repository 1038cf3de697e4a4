"""Reads the body of an answer piece by piece, blocking or async.

`exchange.py` limits how long and how large it may be.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from _pollinations.http.call import Reader
from _pollinations.http.errors import PollinationsError
from _pollinations.http.exchange import MAX_WAIT_FACTOR, Exchange

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

DRAIN_SECONDS = 1.0
"""How long reading and discarding the rest of a complete answer may take."""


class Answer:
    """An answer whose body is read piece by piece, by code that may block.

    Args:
        exchange: What it answers.
        response: httpx's, or one with its API.
    """

    def __init__(self, exchange: Exchange, response: "httpx.Response") -> None:
        self.head = exchange.begin(response)
        self.ended = False
        self.close = response.close
        self._exchange = exchange
        self._stream: Iterable[bytes] = response.stream  # type: ignore[assignment] # a sync client gives a sync stream
        self._data = self._read()
        # httpx's own transport reads the timeout when it begins to iterate.
        self._restarts = "network_stream" in response.extensions
        self._before: list[Iterator[bytes]] = []

    def piece(self) -> bytes | None:
        """Read the next bytes; None at the end."""
        exchange = self._exchange
        if exchange.exceeded:
            exchange.overflow()
            return None
        return exchange.take(next(self._data, None))

    def _read(self) -> Iterator[bytes]:
        with self._exchange:
            yield from self._stream

    def items(self, reader: Reader[T]) -> Iterable[T]:
        """Read the next bytes of a stream, and let the reader make items of them."""
        try:
            data = self.piece()
        except PollinationsError as error:
            self.ended = True
            return reader.fail(error)
        if data is None:
            self.ended = True
            return reader.close()
        return reader.feed(data)

    def whole(self) -> bytes:
        """Read the body to its end, or as much of an error's as is kept."""
        return b"".join(iter(self.piece, None))

    def restart_timeout(self, silence: float, factor: float = MAX_WAIT_FACTOR) -> None:
        """Begin to wait for the next event; see `Exchange.restart_timeout`."""
        if self._exchange.restart_timeout(silence, factor) and self._restarts:
            # It closes the connection when an iterator is collected, so all are kept.
            self._before.append(self._data)
            self._data = self._read()

    def drain(self) -> None:
        """Read and discard the rest, if that is quick, so that the connection can be used again."""
        if not self.ended:
            self.restart_timeout(DRAIN_SECONDS, 1)
            with suppress(PollinationsError):
                self.whole()


class AsyncAnswer:
    """The same for coroutines."""

    def __init__(self, exchange: Exchange, response: "httpx.Response") -> None:
        self.head = exchange.begin(response)
        self.ended = False
        self.aclose = response.aclose
        self._exchange = exchange
        exchange.leave_waiting_to_the_loop()
        self._data: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type] # an async client gives an async stream

    async def piece(self) -> bytes | None:
        """Read the next bytes; None at the end."""
        exchange = self._exchange
        if exchange.exceeded:
            exchange.overflow()
            return None
        with exchange:
            async with asyncio.timeout(exchange.seconds_to_wait()):
                data = await anext(self._data, None)
        return exchange.take(data)

    async def items(self, reader: Reader[T]) -> Iterable[T]:
        """Read the next bytes of a stream, and let the reader make items of them."""
        try:
            data = await self.piece()
        except PollinationsError as error:
            self.ended = True
            return reader.fail(error)
        if data is None:
            self.ended = True
            return reader.close()
        return reader.feed(data)

    async def whole(self) -> bytes:
        """Read the body to its end, or as much of an error's as is kept."""
        pieces = []
        while (data := await self.piece()) is not None:
            pieces.append(data)
        return b"".join(pieces)

    def restart_timeout(self, silence: float, factor: float = MAX_WAIT_FACTOR) -> None:
        """Begin to wait for the next event; see `Exchange.restart_timeout`."""
        self._exchange.restart_timeout(silence, factor)

    async def drain(self) -> None:
        """Read and discard the rest, if that is quick, so that the connection can be used again."""
        if not self.ended:
            self.restart_timeout(DRAIN_SECONDS, 1)
            with suppress(PollinationsError):
                await self.whole()
