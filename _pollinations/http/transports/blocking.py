"""An httpx transport on urllib3, which halves what httpx's own costs for each streamed event.

See https://www.python-httpx.org/advanced/transports/ and
https://urllib3.readthedocs.io/en/stable/advanced-usage.html.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from functools import partial
from math import ceil
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, EmptyPoolError, HTTPError
from urllib3.util import Retry, Timeout, make_headers

from _pollinations.http.masking import chain
from _pollinations.http.settings import PoolSettings
from _pollinations.http.transports import MAX_CONNECTIONS

PIECE = 65_536
"""The most bytes of one piece."""

# A chunk's size that is no number, or that no memory has room for, is a ValueError or worse.
_ERRORS = (HTTPError, http.client.HTTPException, OSError, ValueError, OverflowError)

_NEVER = Retry(total=False)

Extensions = MutableMapping[str, Any]
_extensions: ContextVar[Extensions] = ContextVar("extensions")


class UrllibTransport(httpx.BaseTransport):
    """A pool of connections to one host.

    Args:
        settings: Which host, and by which proxy.
        context: What TLS connections are made with, if there are any.
    """

    def __init__(self, settings: PoolSettings, context: ssl.SSLContext | None) -> None:
        manager = _manager(settings, maxsize=MAX_CONNECTIONS, block=True, ssl_context=context)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        # A proxy that only passes requests on wants to know where to.
        self._whole_url = bool(settings.proxy) and settings.base_url.startswith("http:")
        self._pool = manager.connection_from_url(settings.base_url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, follow no redirect, and return when the headers are there."""
        waits = request.extensions["timeout"]
        url = request.url
        _extensions.set(request.extensions)
        try:
            response = self._pool.urlopen(
                request.method,
                str(url) if self._whole_url else url.raw_path.decode("ascii"),
                body=request.read() or None,
                headers={key.decode(): value.decode() for key, value in request.headers.raw},
                timeout=Timeout(connect=waits["connect"], read=waits["read"]),
                pool_timeout=ceil(waits["pool"]),
                retries=_NEVER,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
        except _ERRORS as error:
            raise _translated(error) from error
        return httpx.Response(
            response.status,
            headers=httpx.Headers([*response.headers.iteritems()], encoding="latin-1"),
            stream=_Body(response),
            request=request,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The bytes of an answer as they come."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        response = self._response
        try:
            # `stream` would wait for a whole `PIECE` of a body that is not chunked.
            if response.chunked:
                yield from response.stream(PIECE)
            else:
                yield from iter(partial(response.read1, PIECE), b"")
        except _ERRORS as error:
            # What came of a chunk that broke off.
            partial_chunk = getattr(error.args[-1] if error.args else None, "partial", None)
            if isinstance(partial_chunk, bytes):
                yield partial_chunk
            raise _translated(error) from error

    def close(self) -> None:
        # A connection whose answer was read to its end has gone back to the pool by itself.
        self._response.close()
        self._response.release_conn()


class _Patient(io.RawIOBase):
    """A socket's bytes; each read waits as long as the request's extensions say at that time.

    urllib3 starts its timeout anew with each byte, so that an answer that drips never ends.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, extensions: Extensions) -> None:
        self._raw, self._socket, self._extensions = raw, sock, extensions
        self._wait = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        silence: float = self._extensions["timeout"]["read"]
        wait = min(silence, self._extensions["deadline"] - monotonic())
        if wait <= 0:
            raise TimeoutError("the deadline has passed")
        if wait != self._wait:
            self._wait = wait
            self._socket.settimeout(wait)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer of the standard library's, with a deadline and without `103 Early Hints`."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's
        super().__init__(sock, *args, **kwargs)
        raw = _Patient(self.fp.detach(), sock, _extensions.get())
        self.fp = io.BufferedReader(raw, PIECE)

    def begin(self) -> None:
        super().begin()
        while http.client.SWITCHING_PROTOCOLS < self.status < http.client.OK:
            # It reads on if there are no headers yet.
            self.headers = self.msg = None  # type: ignore[assignment] # as its constructor does
            super().begin()

    def _safe_read(self, amt: int) -> bytes:
        """Read so many bytes, as urllib3 asks for a chunk's; -1 would read to the end at once."""
        if amt < 0:
            raise ValueError(f"a chunk of {amt} bytes")
        data: bytes = super()._safe_read(amt)  # type: ignore[misc] # not in its stubs
        return data


class _Connection(HTTPConnection):
    response_class = _Answer
    _unsent: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        """Send a request within the time to write; urllib3 allows it the time to connect.

        Headers and body leave at once: for two packets the other side would wake up twice.
        """
        if self.sock is None:
            self.connect()
        self.timeout = _extensions.get()["timeout"]["write"]
        self._unsent = []
        super().request(*args, **kwargs)
        data, self._unsent = b"".join(self._unsent), None
        self.send(data)

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's
        if self._unsent is None:
            super().send(data)
        else:
            self._unsent.append(data)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _manager(settings: PoolSettings, **options: Any) -> urllib3.PoolManager:  # noqa: ANN401 - urllib3's
    if not settings.proxy:
        return urllib3.PoolManager(**options)
    parts = urlsplit(settings.proxy)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    headers = make_headers(proxy_basic_auth=login)
    return urllib3.ProxyManager(settings.proxy, proxy_headers=headers, **options)


def _translated(error: Exception) -> httpx.TransportError:
    """Give httpx's error for one of urllib3's or the standard library's."""
    # urllib3 puts the pool or a text before what happened.
    message = str(error.args[-1] if error.args else error)
    if isinstance(error, EmptyPoolError):
        return httpx.PoolTimeout(message)
    if not any(isinstance(link, TimeoutError) for link in chain(error)):
        return httpx.NetworkError(message)
    if isinstance(error, ConnectTimeoutError):
        return httpx.ConnectTimeout(message)
    return httpx.ReadTimeout(message)
