"""One request and its answer, as httpx's values: how long to wait, how much to take, what failed.

A default client and one of the user's own differ in who sends the request; from then on both are
read by the lines below.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from functools import lru_cache
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from _pollinations import __version__
from _pollinations.http.call import Request, Response
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    PollinationsError,
    UnreadableAnswerError,
    forget_frames,
)
from _pollinations.http.settings import Settings

if TYPE_CHECKING:
    import httpx

PATIENCE = 4
"""How many times its timeout a wait may last, if bytes come that complete nothing."""

DRAIN_SECONDS = 1.0
"""How long the rest of an answer that is complete may take to be read away."""
DRAIN_BYTES = 1_000_000

_WAITS = ("read", "write", "pool")
_PACKED = "gzip, deflate"  # what can be unpacked within bounds
_CONNECTION_FAILED = frozenset({"TransportError", "StreamError", "InvalidURL", "OSError"})


class Exchange:
    """One request and what is known of its answer. It waits for nothing itself.

    Entered as a context, it turns what fails inside into errors of this package.

    Args:
        settings: The client's.
        request: What to send.
        streamed: Whether the answer is read as it comes.
    """

    def __init__(self, settings: Settings, request: Request, *, streamed: bool) -> None:
        waits = settings.timeouts
        self.full = False
        """Whether an error's body has been cut off."""
        self._settings = settings
        self._request = request
        self._streamed = streamed
        self._unpack: _Unpacker | None = None
        self._taken = 0
        self._since = 0
        self._silence = request.read_timeout or waits.read
        self._end = monotonic() + waits.connect + PATIENCE * self._silence
        self._timeout = {"connect": waits.connect, **dict.fromkeys(_WAITS, self._silence)}
        self._extensions: dict[str, Any] = {"timeout": self._timeout, "deadline": self._end}

    def made_by(self, client: Any) -> "httpx.Request":  # noqa: ANN401 - httpx's, or one with its API
        """Make the request as httpx's value.

        Args:
            client: The user's own, which adds what it likes; None for a default one.
        """
        settings, request = self._settings, self._request
        query = f"?{urlencode(request.query)}" if request.query else ""
        url = settings.base_url + request.path + query
        if client is None:
            import httpx  # noqa: PLC0415 - only a first call needs it

            return httpx.Request(
                request.method,
                _parsed(url),
                headers=self._headers(),
                content=request.body,
                extensions=self._extensions,
            )
        made: httpx.Request = client.build_request(
            request.method,
            url,
            headers=self._headers(),
            content=request.body,
            timeout=tuple(self._timeout.values()),
        )
        self._timeout = made.extensions["timeout"]
        return made

    def _headers(self) -> dict[str, str]:
        settings = self._settings
        headers = {
            "accept": "text/event-stream" if self._streamed else "*/*",
            "accept-encoding": "identity" if self._streamed else _PACKED,
            "user-agent": f"pollinations-adapters/{__version__}",
            **dict(settings.headers),
        }
        if settings.api_key is not None:
            headers["authorization"] = f"Bearer {settings.api_key.get_secret_value()}"
        headers.update(self._request.headers)
        return headers

    def begin(self, answer: "httpx.Response") -> Response:
        """Take note of an answer's status and headers.

        Raises:
            UnreadableAnswerError: They are too large, or announce what cannot be read.
        """
        limits = self._settings.size_limits
        head = Response(answer.status_code, dict(answer.headers.items()))
        size = sum(len(name) + len(value) for name, value in answer.headers.raw)
        if size > limits.headers:
            raise self._too_large("The headers are", limits.headers, "headers")
        self._refused = not 200 <= head.status < 300  # noqa: PLR2004 - HTTP's own numbers
        length = head.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > limits.answer and not self._refused:
            raise self._too_large("The answer is", limits.answer, "answer")
        packing = head.headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"identity", ""}:
            self._unpack = _Unpacker(packing)
        return head

    def take(self, data: bytes) -> bytes:
        """Count the next bytes of the body, and unpack them if they are packed.

        Raises:
            UnreadableAnswerError: They are more than may come.
        """
        limits = self._settings.size_limits
        limit = limits.error if self._refused else limits.answer
        if self._unpack is not None:
            data = self._unpack.feed(data, limit - self._taken + 1)
        self._taken += len(data)
        self._since += len(data)
        if self._taken > limit:
            if self._refused:
                self.full = True
                return data[: limit - self._taken]
            raise self._too_large("The answer is", limit, "answer")
        if self._streamed and self._since > limits.event:
            raise self._too_large("An event is", limits.event, "event")
        return data

    def expect(self, silence: float, patience: float = PATIENCE) -> bool:
        """Begin to wait anew, since something whole has come.

        Args:
            silence: Seconds without any bytes.
            patience: How many times that the whole wait may last.

        Returns:
            Whether `silence` is another than before.
        """
        changed = silence != self._silence
        self._silence = silence
        if self._timeout["read"] is not None:
            self._timeout["read"] = silence
        self._end = self._extensions["deadline"] = monotonic() + patience * silence
        self._since = 0
        return changed

    def leave_waiting_to_the_loop(self) -> None:
        """Let transports wait without a limit of their own, since coroutines can be timed out."""
        self._timeout["read"] = None

    def left(self) -> float:
        """How many seconds there are until the deadline."""
        return max(0.0, self._end - monotonic())

    def wait(self) -> float:
        """How many seconds the next bytes may take."""
        return min(self._silence, self.left())

    def _too_large(self, what: str, limit: int, name: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"{what} larger than {limit:,} bytes (size_limits.{name}); the connection was closed."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, PollinationsError):
            return
        # The frames of the libraries below hold the request's headers.
        forget_frames(error)
        if isinstance(error, zlib.error):
            raise UnreadableAnswerError(f"The answer cannot be unpacked: {error}") from error
        failure = self._failure(error)
        if failure is not None:
            raise failure from error

    def _failure(self, error: BaseException) -> PollinationsError | None:
        """The error for a failure of the connection, in httpx's words or the system's."""
        url = self._settings.base_url
        cause = error.__cause__
        kinds = {kind.__name__ for kind in type(error).__mro__}
        words = str(error) or str(cause or "") or type(error).__name__
        timed_out = not kinds.isdisjoint({"TimeoutException", "TimeoutError"})
        if cause is not None and type(cause).__module__.startswith("aiohttp"):
            # httpx-aiohttp reports every failed connection as a timeout.
            timed_out = isinstance(cause, TimeoutError)
        if timed_out:
            if "ConnectTimeout" in kinds:
                waited = self._settings.timeouts.connect
                return APITimeoutError(f"No connection to {url} within {waited:g} s.")
            if "PoolTimeout" in kinds:
                return APITimeoutError(f"No connection to {url} was free: {words}")
            if self._end <= monotonic():
                what = "event" if self._streamed else "answer"
                return APITimeoutError(
                    f"{url} sent no whole {what} in {PATIENCE} times the timeout of "
                    f"{self._silence:g} s."
                )
            return APITimeoutError(f"{url} was silent for {self._silence:g} s.")
        # Those that httpx-aiohttp forgets to translate come from aiohttp itself.
        if kinds & _CONNECTION_FAILED or type(error).__module__.startswith("aiohttp"):
            return APIConnectionError(f"No answer from {url}: {words}")
        return None


class Answer:
    """An answer whose body is read piece by piece, by code that may block.

    Args:
        exchange: What it answers.
        response: httpx's, or one with its API.
    """

    def __init__(self, exchange: Exchange, response: "httpx.Response") -> None:
        self.head = exchange.begin(response)
        self._exchange = exchange
        self._response = response
        self._data = [self._body()]

    def piece(self) -> bytes | None:
        """Read the next bytes; None at the end."""
        with self._exchange:
            data = next(self._data[-1], None)
            return None if data is None else self._exchange.take(data)

    def whole(self) -> bytes:
        """Read the body to its end, or as much of an error's as is kept."""
        pieces = []
        while not self._exchange.full and (data := self.piece()) is not None:
            pieces.append(data)
        return b"".join(pieces)

    def expect(self, silence: float, patience: float = PATIENCE) -> None:
        """Wait anew for the next event; see `Exchange.expect`."""
        if self._exchange.expect(silence, patience):
            # httpx's own transport looks at the timeout when it begins to read, and closes the
            # connection when an iterator is let go.
            self._data.append(self._body())

    def drain(self) -> None:
        """Read away what is left, if that is quick, so that the connection can serve again."""
        self.expect(DRAIN_SECONDS, 1)
        left = DRAIN_BYTES
        with suppress(PollinationsError):
            while left > 0 and (data := self.piece()) is not None:
                left -= len(data)

    def _body(self) -> Iterator[bytes]:
        return iter(self._response.stream)  # type: ignore[arg-type] # a sync client gives a sync stream


class AsyncAnswer:
    """The same for coroutines."""

    def __init__(self, exchange: Exchange, response: "httpx.Response") -> None:
        self.head = exchange.begin(response)
        self._exchange = exchange
        self._response = response
        exchange.leave_waiting_to_the_loop()
        self._data: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type] # an async client gives an async stream

    async def piece(self) -> bytes | None:
        """Read the next bytes; None at the end."""
        exchange = self._exchange
        with exchange:
            async with asyncio.timeout(exchange.wait()):
                data = await anext(self._data, None)
            return None if data is None else exchange.take(data)

    async def whole(self) -> bytes:
        """Read the body to its end, or as much of an error's as is kept."""
        pieces = []
        while not self._exchange.full and (data := await self.piece()) is not None:
            pieces.append(data)
        return b"".join(pieces)

    def expect(self, silence: float, patience: float = PATIENCE) -> None:
        """Wait anew for the next event; see `Exchange.expect`."""
        self._exchange.expect(silence, patience)

    async def drain(self) -> None:
        """Read away what is left, if that is quick, so that the connection can serve again."""
        self.expect(DRAIN_SECONDS, 1)
        left = DRAIN_BYTES
        with suppress(PollinationsError):
            while left > 0 and (data := await self.piece()) is not None:
                left -= len(data)


class _Unpacker:
    """Unpacks a body, no further than it is allowed to."""

    def __init__(self, packing: str) -> None:
        if packing not in {"gzip", "x-gzip", "deflate"}:
            raise UnreadableAnswerError(
                f"The answer is packed with {packing!r}; only {_PACKED} was accepted."
            )
        self._object = zlib.decompressobj(47)  # gzip or zlib, by their first bytes
        self._begun = False

    def feed(self, data: bytes, most: int) -> bytes:
        try:
            made = self._object.decompress(data, most)
        except zlib.error:
            if self._begun:
                raise
            # Some servers mean the bare format by "deflate".
            self._object = zlib.decompressobj(-zlib.MAX_WBITS)
            made = self._object.decompress(data, most)
        self._begun = True
        return made


@lru_cache(maxsize=16)
def _parsed(url: str) -> "httpx.URL":
    import httpx  # noqa: PLC0415 - only a first call needs it

    return httpx.URL(url)

