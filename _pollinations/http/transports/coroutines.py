"""An httpx transport on aiohttp: 500 calls at once take a third of the time of httpx's own pool.

It is ours since httpx-aiohttp reports refused connections as timeouts, lets aiohttp send a GET
twice and spells paths anew: https://github.com/karpetrosyan/httpx-aiohttp/issues. See
https://docs.aiohttp.org/en/stable/client_reference.html.
"""

import io
import ssl
from collections.abc import AsyncIterator
from typing import Self

import aiohttp
import httpx
from aiohttp.connector import Connection
from aiohttp.payload import TOO_LARGE_BYTES_BODY
from yarl import URL

from _pollinations.http.settings import PoolSettings
from _pollinations.http.transports import MAX_CONNECTIONS

_KEEPALIVE = 60.0  # seconds
_ERRORS = (aiohttp.ClientError, OSError, ValueError)


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
                limit=MAX_CONNECTIONS,
                keepalive_timeout=_KEEPALIVE,
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
        waits = request.extensions["timeout"]
        response = await self._session.request(
            request.method,
            URL(str(request.url), encoded=True),
            data=_body(await request.aread()),
            headers={key.decode(): value.decode() for key, value in request.headers.raw},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=waits["connect"], sock_read=waits["read"]
            ),
            proxy=self._proxy,
            allow_redirects=False,
        )
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Body(response),
            request=request,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()


class _Answer(aiohttp.ClientResponse):
    async def start(self, connection: Connection) -> Self:
        """Read the status and the headers; without them close the connection at once."""
        try:
            await super().start(connection)
        except BaseException:
            # Closing would first wait for a host that reads no more.
            if connection.transport is not None:
                connection.transport.abort()
            raise
        return self


class _Body(httpx.AsyncByteStream):
    """The bytes of an answer as they come; whoever reads them limits the waiting."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        connection = self._response.connection
        if connection is not None and connection.protocol is not None:
            connection.protocol.read_timeout = None
            connection.protocol.start_timeout()  # ends the one that the headers began
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
    except aiohttp.ClientHttpProxyError as error:
        # Its text holds the proxy's address, and with it a password.
        message = f"Tunnel connection failed: {error.status} {error.message}"
        raise httpx.ProxyError(message) from None
    except _ERRORS as error:
        raise _translated(error) from error


def _translated(error: Exception) -> httpx.TransportError:
    """Give httpx's error for one of aiohttp's."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(str(error))
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout(str(error))
    return httpx.NetworkError(str(error))
