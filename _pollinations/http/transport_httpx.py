"""Calls by a client of the user's own: httpx's, or one with its API, in both colours."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from _pollinations.http.transport import (
    DRAIN_PIECES,
    DRAIN_SECONDS,
    Outgoing,
    TransportError,
    is_plain,
    said_by,
)

if TYPE_CHECKING:
    import httpx

Errors = tuple[type[Exception], ...]


class _Head:
    """What answers of both colours have."""

    def __init__(self, response: "httpx.Response", errors: Errors) -> None:
        self._response = response
        self._errors = errors
        self.status = response.status_code
        self.headers = dict(response.headers)


class _Incoming(_Head):
    """An answer of a client that blocks."""

    def read(self) -> bytes:
        try:
            return self._response.read()
        except self._errors as error:
            raise _failure(error) from error

    def pieces(self, idle: float) -> Iterator[bytes]:
        response = self._response
        response.request.extensions.get("timeout", {})["read"] = idle
        try:
            yield from response.iter_raw() if is_plain(self.headers) else response.iter_bytes()
        except self._errors as error:
            raise _failure(error) from error

    def drain(self) -> None:
        # Only a new iterator takes note of the new timeout.
        self._response.request.extensions.get("timeout", {})["read"] = DRAIN_SECONDS
        with suppress(*self._errors):
            deque(islice(self._response.stream, DRAIN_PIECES), maxlen=0)  # type: ignore[arg-type] # a sync client gives a sync stream

    def close(self) -> None:
        self._response.close()


class _AsyncIncoming(_Head):
    """An answer of a client for coroutines."""

    _data: AsyncIterator[bytes]

    async def read(self) -> bytes:
        try:
            return await self._response.aread()
        except self._errors as error:
            raise _failure(error) from error

    async def pieces(self, idle: float) -> AsyncIterator[bytes]:
        response = self._response
        data = response.aiter_raw() if is_plain(self.headers) else response.aiter_bytes()
        self._data = data
        while True:
            try:
                async with asyncio.timeout(idle):
                    piece = await anext(data, None)
            except self._errors as error:
                raise _failure(error) from error
            if piece is None:
                return
            yield piece

    async def drain(self) -> None:
        with suppress(*self._errors):
            async with asyncio.timeout(DRAIN_SECONDS):
                for _ in range(DRAIN_PIECES):
                    if await anext(self._data, None) is None:
                        break

    async def close(self) -> None:
        await self._response.aclose()


class HttpxTransport:
    """A client of the user's own that blocks; it is never closed here."""

    def __init__(self, client: "httpx.Client") -> None:
        self._client = client

    def send(self, request: Outgoing) -> _Incoming:
        """See `Transport`."""
        errors = _errors_of(self._client)
        try:
            made = self._client.build_request(**_spelled(request))
            return _Incoming(self._client.send(made, stream=True, follow_redirects=False), errors)
        except errors as error:
            raise _failure(error) from error

    def close(self) -> None:
        """See `Transport`; the user closes it."""


class AsyncHttpxTransport:
    """A client of the user's own for coroutines; it is never closed here."""

    def __init__(self, client: "httpx.AsyncClient") -> None:
        self._client = client

    async def send(self, request: Outgoing) -> _AsyncIncoming:
        """See `AsyncTransport`."""
        errors = _errors_of(self._client)
        try:
            made = self._client.build_request(**_spelled(request))
            response = await self._client.send(made, stream=True, follow_redirects=False)
        except errors as error:
            raise _failure(error) from error
        return _AsyncIncoming(response, errors)

    async def close(self) -> None:
        """See `AsyncTransport`; the user closes it."""


def _spelled(request: Outgoing) -> dict[str, Any]:
    """The keywords of httpx's `build_request`."""
    return {
        "method": request.method,
        "url": request.url,
        "content": request.body,
        "headers": request.headers,
        "timeout": (request.connect, request.read, request.read, request.read),
    }


def _errors_of(client: object) -> Errors:
    """The errors of the library that a client's class is from: httpx, or one with its API."""
    aiohttp = sys.modules.get("aiohttp")
    # Those that httpx-aiohttp forgets to translate.
    others: Errors = (OSError, aiohttp.ClientError) if aiohttp else (OSError,)
    for base in type(client).__mro__:
        module = sys.modules.get(base.__module__.partition(".")[0])
        found = [getattr(module, name, None) for name in ("HTTPError", "InvalidURL", "StreamError")]
        if None not in found:
            return (*found, *others)  # type: ignore[arg-type] # no None among them
    return others


def _failure(error: Exception) -> TransportError:
    """Read a failure: httpx's own, or aiohttp's in httpx's clothes."""
    cause = error.__cause__
    kinds = {kind.__name__ for kind in type(error).__mro__}
    timed_out = "TimeoutException" in kinds or isinstance(error, TimeoutError)
    if cause is not None and type(cause).__module__.startswith("aiohttp"):
        # httpx-aiohttp reports every failed connection as a timeout.
        timed_out = isinstance(cause, TimeoutError)
    if not timed_out:
        return TransportError(said_by(error))
    connecting = "ConnectTimeout" in kinds
    return TransportError(said_by(error), "connect timeout" if connecting else "timeout")
