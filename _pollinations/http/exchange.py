"""One request and its answer, as httpx's values: how long to wait, how much to take, what failed.

The request is sent by a transport of this package or by the user's own client; the answer of either
is handled here.
"""

import zlib
from functools import lru_cache
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from _pollinations import __version__
from _pollinations.http.call import Request, Response
from _pollinations.http.connection_errors import reason, root_cause
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    PollinationsError,
    UnreadableAnswerError,
)
from _pollinations.http.masking import forget_frames
from _pollinations.http.settings import Settings

if TYPE_CHECKING:
    import httpx

MAX_WAIT_FACTOR = 4
"""How many timeouts a wait may last if bytes arrive but no complete event does."""

_GZIP = b"\x1f\x8b"
_ENCODINGS = "gzip, deflate"  # what can be decompressed within bounds
_CONNECTION_FAILED = frozenset({"TransportError", "StreamError", "InvalidURL", "OSError"})


class Exchange:
    """One request and the state of its answer; nothing here waits.

    Args:
        settings: The client's.
        request: What to send.
        streamed: Whether the answer is read as it comes.
    """

    def __init__(self, settings: Settings, request: Request, *, streamed: bool) -> None:
        waits = settings.timeouts
        self.exceeded = False
        """Whether the body exceeds its size limit."""
        self.refused = False
        """Whether the answer is an error, or a redirect."""
        self._settings = settings
        self._request = request
        self._streamed = streamed
        self._decompressor: _Decompressor | None = None
        self._silence = silence = request.read_timeout or waits.read
        self._timeout: dict[str, float | None] = {
            "connect": waits.connect,
            "read": silence,
            "write": silence,
            "pool": silence,
        }
        longest = MAX_WAIT_FACTOR * silence
        self._extensions: dict[str, Any] = {
            "timeout": self._timeout,
            "longest_wait": longest,
            "deadline": monotonic() + waits.connect + longest,
        }
        limits = settings.size_limits
        # Bytes that may still come: of the answer, and until the next event is complete.
        self._left = limits.answer
        self._largest_event = limits.event if streamed else limits.answer
        self._left_of_event = self._largest_event

    def made_by(self, client: Any) -> "httpx.Request":  # noqa: ANN401 - httpx's, or one with its API
        """Make the request as httpx's value.

        Args:
            client: The user's own, which adds what it likes; None for a default one.
        """
        settings, request = self._settings, self._request
        query = f"?{urlencode(request.query)}" if request.query else ""
        url = settings.base_url + request.path + query
        made = (
            _ready(request.method, url, self._headers(), request.body)
            if client is None
            else client.build_request(
                request.method, url, headers=self._headers(), content=request.body
            )
        )
        made.extensions.update(self._extensions)
        self._extensions = made.extensions
        return cast("httpx.Request", made)

    def _headers(self) -> dict[str, str]:
        settings = self._settings
        headers = {
            "accept": "text/event-stream" if self._streamed else "*/*",
            "accept-encoding": "identity" if self._streamed else _ENCODINGS,
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
        size = sum(map(len, chain.from_iterable(answer.headers.raw)))
        if size > limits.headers:
            raise self._too_large("The headers are", limits.headers, "headers")
        if not 200 <= head.status < 300:  # noqa: PLR2004 - HTTP's own numbers
            self.refused = True
            self._left = limits.error
        elif _number(head.headers.get("content-length", "")) > limits.answer:
            raise self._too_large("The answer is", limits.answer, "answer")
        encoding = head.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", ""}:
            self._decompressor = _Decompressor(encoding)
        return head

    def take(self, data: bytes) -> bytes:
        """Count the next bytes of the body, and decompress them if they are compressed.

        Returns:
            As many of them as the limit allows; `exceeded` is set if that is not all.

        Raises:
            APITimeoutError: They come too late.
            UnreadableAnswerError: They are not compressed as the headers say.
        """
        if monotonic() > self._extensions["deadline"]:
            # Transports without a deadline return each byte that arrives.
            self.failed(TimeoutError())
        most = min(self._left, self._left_of_event)
        if self._decompressor is not None:
            data = self._decompressor.feed(data, most + 1)
        if len(data) > most:
            self.exceeded = True
            data = data[:most]
        self._left -= len(data)
        self._left_of_event -= len(data)
        return data

    def end(self) -> None:
        """Take note that the body ended.

        Raises:
            UnreadableAnswerError: It is compressed, and ended too early.
        """
        if (
            self._decompressor is not None
            and not self._decompressor.is_complete
            and not self.refused
        ):
            raise UnreadableAnswerError("The answer cannot be decompressed: it ends too early.")

    def overflow(self) -> None:
        """Take note that no more is read.

        Raises:
            UnreadableAnswerError: It would have been needed; of an error the beginning is enough.
        """
        limits = self._settings.size_limits
        if self.refused:
            return
        if self._left:
            raise self._too_large("An event is", limits.event, "event")
        raise self._too_large("The answer is", limits.answer, "answer")

    def restart_timeout(self, silence: float, factor: float = MAX_WAIT_FACTOR) -> bool:
        """Begin to wait for the next event.

        Args:
            silence: Seconds without any bytes.
            factor: How many times that the whole wait may last.

        Returns:
            Whether `silence` changed.
        """
        self._extensions["deadline"] = monotonic() + factor * silence
        self._left_of_event = self._largest_event
        if silence == self._silence:
            return False
        self._silence = silence
        if self._timeout["read"] is not None:
            self._timeout["read"] = silence
        return True

    def leave_waiting_to_the_loop(self) -> None:
        """Let transports wait without a limit of their own, since coroutines can be timed out."""
        self._timeout["read"] = None

    def left(self) -> float:
        """How many seconds there are until the deadline."""
        deadline: float = self._extensions["deadline"]
        return max(0.0, deadline - monotonic())

    def wait(self) -> float:
        """How many seconds the next bytes may take."""
        return min(self._silence, self.left())

    def _too_large(self, what: str, limit: int, name: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"{what} larger than {limit:,} bytes (size_limits.{name}); the connection was closed.",
            hint=f"If that is expected, set size_limits=SizeLimits({name}=...).",
        )

    def failed(self, error: BaseException) -> None:
        """Raise the error of this package that a failure means, if it is one of the connection's.

        Other exceptions, such as a cancellation, are not converted. Their traceback is removed,
        since its frames contain the request's headers.
        """
        if isinstance(error, PollinationsError):
            return
        forget_frames(error)
        failure = self._failure(error)
        if failure is not None:
            raise failure from root_cause(error)

    def _failure(self, error: BaseException) -> PollinationsError | None:
        """The error for a failure of the connection, in httpx's words or the system's."""
        url = self._settings.base_url
        cause = error.__cause__
        kinds = {kind.__name__ for kind in type(error).__mro__}
        timed_out = not kinds.isdisjoint({"TimeoutException", "TimeoutError"})
        if cause is not None and type(cause).__module__.startswith("aiohttp"):
            # httpx-aiohttp reports every failed connection as a timeout.
            timed_out = isinstance(cause, TimeoutError)
        if timed_out:
            if "ConnectTimeout" in kinds:
                waited = self._settings.timeouts.connect
                return APITimeoutError(f"No connection to {url} within {waited:g} s.")
            if "PoolTimeout" in kinds:
                return APITimeoutError(
                    f"No connection to {url} was free.",
                    hint="Send fewer requests at a time, or set a longer timeout.",
                )
            again = self._request.repeatable
            if self.left() == 0:
                what = "event" if self._streamed else "answer"
                longest = MAX_WAIT_FACTOR * self._silence
                return APITimeoutError(
                    f"{url} did not complete an {what} within {longest:g} s, "
                    f"{MAX_WAIT_FACTOR} times the timeout.",
                    retryable=again,
                )
            return APITimeoutError(f"{url} sent nothing for {self._silence:g} s.", retryable=again)
        # Errors that httpx-aiohttp does not convert come from aiohttp itself.
        if kinds & _CONNECTION_FAILED or type(error).__module__.startswith("aiohttp"):
            proxy = " through the proxy" if self._settings.pool.proxy else ""
            return APIConnectionError(f"Connection to {url}{proxy} failed: {reason(error)}.")
        return None


class _Decompressor:
    """Decompresses a body up to a limit."""

    def __init__(self, encoding: str) -> None:
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            raise UnreadableAnswerError(
                f"The answer has the content-encoding {encoding!r}; only {_ENCODINGS} was accepted."
            )
        self._object: Any = None
        self._start = b""
        self._ended = False

    def feed(self, data: bytes, most: int) -> bytes:
        """Decompress the next bytes, to `most` bytes at most; what follows is left out."""
        data, self._start, made = self._start + data, b"", b""
        try:
            while data and len(made) < most:
                if self._object is None:
                    if len(data) < len(_GZIP):
                        self._start = data
                        break
                    if self._ended and not data.startswith(_GZIP):
                        break  # padding that servers add
                    self._object = _decompressor(data)
                made += self._object.decompress(data, most - len(made))
                data = self._object.unused_data
                if self._object.eof:
                    # A body may consist of several compressed members.
                    self._object, self._ended = None, True
        except zlib.error as error:
            raise UnreadableAnswerError(f"The answer cannot be decompressed: {error}.") from None
        return made

    @property
    def is_complete(self) -> bool:
        """Whether the end may come now."""
        return self._object is None and (self._ended or not self._start)


def _decompressor(data: bytes) -> Any:  # noqa: ANN401 - zlib does not export its class
    """For gzip or zlib, by their first bytes; some servers mean the bare format by "deflate"."""
    is_zlib = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
    return zlib.decompressobj(47 if is_zlib or data.startswith(_GZIP) else -zlib.MAX_WBITS)


def _ready(method: str, url: str, headers: dict[str, str], body: bytes | None) -> "httpx.Request":
    """Make a request with ready headers; httpx takes five times as long to make them itself."""
    import httpx  # noqa: PLC0415 - only a first call needs it

    parsed = _parsed(url)
    lines = [(b"host", parsed.netloc)]
    if body is not None or method == "POST":
        lines.append((b"content-length", b"%d" % len(body or b"")))
    lines += [(name.encode(), value.encode()) for name, value in headers.items()]
    return httpx.Request(method, parsed, headers=lines, stream=httpx.ByteStream(body or b""))


def _number(text: str) -> int:
    return int(text[:20]) if text.isdecimal() else 0


@lru_cache(maxsize=16)
def _parsed(url: str) -> "httpx.URL":
    import httpx  # noqa: PLC0415 - only a first call needs it

    return httpx.URL(url)
