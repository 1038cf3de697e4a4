"""Coroutines' calls on aiohttp: 500 at once take a third of the time of httpx's own pool.

See https://docs.aiohttp.org/en/stable/client_reference.html.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
from yarl import URL

from _pollinations.http.settings import PoolSettings
from _pollinations.http.transport import (
    DRAIN_PIECES,
    DRAIN_SECONDS,
    Outgoing,
    TransportError,
    headers_of,
    http_proxy,
    said_by,
)

_ERRORS = (aiohttp.ClientError, OSError)


class _Incoming:
    """An answer of aiohttp's."""

    __slots__ = ("_response", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = headers_of(response.headers.items())

    async def read(self) -> bytes:
        try:
            return await self._response.read()
        except _ERRORS as error:
            raise _failure(error) from error

    async def pieces(self, idle: float) -> AsyncIterator[bytes]:
        connection = self._response.connection
        if connection is not None and connection.protocol is not None:
            # The limit holds from now on, not from the next piece.
            connection.protocol.read_timeout = idle
            connection.protocol.start_timeout()
        try:
            async for data in self._response.content.iter_any():
                yield data
        except _ERRORS as error:
            raise _failure(error) from error

    async def drain(self) -> None:
        with suppress(*_ERRORS):
            async with asyncio.timeout(DRAIN_SECONDS):
                for _ in range(DRAIN_PIECES):
                    if not await self._response.content.readany():
                        break

    async def close(self) -> None:
        # A connection whose answer was read to its end has gone back to the pool by itself.
        self._response.close()


class AiohttpTransport:
    """A session with one host; to be made and used in a running event loop.

    Args:
        settings: Which host, and by which proxy.
        context: What TLS connections are made with.

    Raises:
        InvalidInputError: The proxy is none by HTTP.
    """

    def __init__(self, settings: PoolSettings, context: ssl.SSLContext) -> None:
        self._proxy = settings.proxy and http_proxy(settings.proxy)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=settings.max_connections, keepalive_timeout=settings.keepalive, ssl=context
            ),
            # Pools serve several keys: no cookie of one may travel with another.
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def send(self, request: Outgoing) -> _Incoming:
        """See `AsyncTransport`."""
        try:
            response = await self._session.request(
                request.method,
                URL(request.url, encoded=True),
                data=request.body,
                headers=request.headers,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=request.connect, sock_read=request.read
                ),
                proxy=self._proxy,
                allow_redirects=False,
            )
        except _ERRORS as error:
            raise _failure(error) from error
        return _Incoming(response)

    async def close(self) -> None:
        """See `AsyncTransport`."""
        await self._session.close()


def _failure(error: Exception) -> TransportError:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return TransportError(said_by(error), "connect timeout")
    timed_out = isinstance(error, TimeoutError)
    return TransportError(said_by(error), "timeout" if timed_out else "connection")
