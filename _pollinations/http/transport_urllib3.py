"""Blocking calls on urllib3, which costs a fifth of httpx's own transport for each streamed event.

See https://urllib3.readthedocs.io/en/stable/advanced-usage.html.
"""

import http.client
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from math import ceil
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.response import HTTPResponse
from urllib3.util import Timeout, make_headers

from _pollinations.http.settings import PoolSettings
from _pollinations.http.transport import (
    DRAIN_PIECES,
    DRAIN_SECONDS,
    PIECE,
    Outgoing,
    TransportError,
    headers_of,
    http_proxy,
    is_plain,
)

_ERRORS = (HTTPError, http.client.HTTPException, OSError)
_PACKED = make_headers(accept_encoding=True)["accept-encoding"]


class _Connection(HTTPConnection):
    """A connection whose answers say how the wait for their next piece is limited."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3 itself does
        # An answer that ends with its connection takes the socket along.
        limit = self.sock.settimeout
        response = super().getresponse()
        response.limit = limit  # type: ignore[attr-defined] # read in `_Incoming` alone
        return response


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Incoming:
    """An answer of urllib3's."""

    __slots__ = ("_data", "_limit", "_response", "headers", "status")

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self._limit: Callable[[float], None] = response.limit  # type: ignore[attr-defined] # see _Connection
        self._data: Iterator[bytes] = iter(())
        self.status = response.status
        self.headers = headers_of(response.headers.iteritems())

    def read(self) -> bytes:
        try:
            return self._response.read()
        except _ERRORS as error:
            raise _failure(error) from error

    def pieces(self, idle: float) -> Iterator[bytes]:
        response = self._response
        try:
            self._limit(idle)
            # `stream` would wait for a whole `PIECE` of a body that is not chunked.
            self._data = (
                response.stream(PIECE, decode_content=True)
                if response.chunked
                else iter(partial(response.read1, PIECE, decode_content=True), b"")
            )
            yield from self._data
        except _ERRORS as error:
            # What came of a chunk that broke off.
            partial_chunk = getattr(error.args[-1] if error.args else None, "partial", None)
            if isinstance(partial_chunk, bytes) and is_plain(self.headers):
                yield partial_chunk
            raise _failure(error) from error

    def drain(self) -> None:
        with suppress(*_ERRORS):
            self._limit(DRAIN_SECONDS)
            for _ in islice(self._data, DRAIN_PIECES):
                pass

    def close(self) -> None:
        # A connection whose answer was read to its end has gone back to the pool by itself.
        self._response.close()
        self._response.release_conn()


class Urllib3Transport:
    """A pool of connections to one host.

    Args:
        settings: Which host, and by which proxy.
        context: What TLS connections are made with.

    Raises:
        InvalidInputError: The proxy is none by HTTP.
    """

    def __init__(self, settings: PoolSettings, context: ssl.SSLContext) -> None:
        parts = urlsplit(settings.base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        manager = _manager(settings, maxsize=settings.max_connections, ssl_context=context)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        # A proxy that only passes requests on wants to know where to.
        self._whole_url = bool(settings.proxy) and parts.scheme == "http"
        self._pool = manager.connection_from_url(settings.base_url)

    def send(self, request: Outgoing) -> _Incoming:
        """See `Transport`."""
        target = request.url if self._whole_url else request.url.removeprefix(self._origin)
        try:
            response = self._pool.urlopen(
                request.method,
                target,
                body=request.body,
                headers={"accept-encoding": _PACKED, **request.headers},
                timeout=Timeout(connect=request.connect, read=request.read),
                pool_timeout=ceil(request.read),
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
            )
        except _ERRORS as error:
            raise _failure(error) from error
        assert isinstance(response, HTTPResponse)  # noqa: S101 - what our pool classes make
        return _Incoming(response)

    def close(self) -> None:
        """See `Transport`."""
        self._pool.close()


def _manager(settings: PoolSettings, **options: Any) -> urllib3.PoolManager:  # noqa: ANN401 - urllib3's
    if not settings.proxy:
        return urllib3.PoolManager(block=True, **options)
    parts = urlsplit(http_proxy(settings.proxy))
    who = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return urllib3.ProxyManager(
        parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        proxy_headers=make_headers(proxy_basic_auth=who),
        block=True,
        **options,
    )


def _failure(error: Exception) -> TransportError:
    words = str(error.args[-1]) if error.args else type(error).__name__
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return TransportError(words, "connect timeout")
    timed_out = isinstance(error, (ReadTimeoutError, EmptyPoolError, TimeoutError))
    return TransportError(words, "timeout" if timed_out else "connection")
