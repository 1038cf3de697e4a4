"""An httpx transport on aiohttp: 500 calls at once take a third of the time of httpx's own pool.

It is ours since httpx-aiohttp reports refused connections as timeouts, lets aiohttp send a GET
twice and spells paths anew: https://github.com/karpetrosyan/httpx-aiohttp/issues. See
https://docs.aiohttp.org/en/stable/client_reference.html.
"""

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, MutableMapping
from contextvars import ContextVar
from time import monotonic
from typing import Any, Self

import aiohttp
import httpx
from aiohttp.connector import Connection
from aiohttp.payload import TOO_LARGE_BYTES_BODY
from yarl import URL

from _pollinations.http.settings import PoolSettings

_ERRORS = (aiohttp.ClientError, OSError, ValueError)
_extensions: ContextVar[MutableMapping[str, Any]] = ContextVar("extensions")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """A session with one host; to be made and used in a running event loop.

    Args:
        settings: Which host, and by which proxy.
        context: What TLS connections are made with, if there are any.
    """

    def __init__(self, settings: PoolSettings, context: ssl.SSLContext | None) -> None:
        self._proxy = settings.proxy
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=settings.max_connections,
                keepalive_timeout=settings.keepalive,
                ssl=context or True,
            ),
            auto_decompress=False,
            # Pools serve several keys: no cookie of one may travel with another.
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_send_once,),
            response_class=_Answer,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, follow no redirect, and return when the headers are there."""
        waits = request.extensions.get("timeout", {})
        token = _extensions.set(request.extensions)
        try:
            response = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                data=_body(await request.aread()),
                headers={key.decode(): value.decode() for key, value in request.headers.raw},
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=waits.get("connect"), sock_read=waits.get("read")
                ),
                proxy=self._proxy,
                allow_redirects=False,
            )
        except _ERRORS as error:
            raise _translated(error) from error
        finally:
            _extensions.reset(token)
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Body(response, request),
            request=request,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()


class _Answer(aiohttp.ClientResponse):
    """An answer whose status and headers have a deadline in all."""

    async def start(self, connection: Connection) -> Self:
        """Read the status and the headers."""
        extensions = _extensions.get()
        longest = extensions.get("longest_wait")
        if longest is not None:
            extensions["deadline"] = monotonic() + longest
        try:
            async with asyncio.timeout(longest):
                await super().start(connection)
        except BaseException:
            # Closing would first wait for a host that reads no more.
            if connection.transport is not None:
                connection.transport.abort()
            raise
        return self


class _Body(httpx.AsyncByteStream):
    """The bytes of an answer as they come."""

    __slots__ = ("_request", "_response")

    def __init__(self, response: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        connection = self._response.connection
        if connection is not None and connection.protocol is not None:
            connection.protocol.read_timeout = self._request.extensions.get("timeout", {}).get(
                "read"
            )
        try:
            async for data in self._response.content.iter_any():
                yield data
        except _ERRORS as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        # A connection whose answer was read to its end has gone back to the pool by itself.
        self._response.close()


def _body(data: bytes) -> bytes | io.BytesIO | None:
    """Let aiohttp send a large body in pieces, between which the loop does other work."""
    return io.BytesIO(data) if len(data) > TOO_LARGE_BYTES_BODY else data or None


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Translate errors before aiohttp sees them: it would send some requests a second time."""
    try:
        return await handler(request)
    except _ERRORS as error:
        raise _translated(error) from error


def _translated(error: Exception) -> httpx.TransportError:
    """Give httpx's error for one of aiohttp's."""
    words = str(error) or str(error.__cause__ or "") or type(error).__name__
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(words)
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout(words)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientHttpProxyError):
        return httpx.ConnectError(words)
    return httpx.ReadError(words)
