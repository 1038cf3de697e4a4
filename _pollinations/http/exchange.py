"""One request and its answer, as httpx's values: how long to wait, how much to take, what failed.

A default client and one of the user's own differ in who sends the request; from then on both are
read by the lines below.
"""

import zlib
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from _pollinations import __version__
from _pollinations.http.call import Request, Response
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    PollinationsError,
    UnreadableAnswerError,
)
from _pollinations.http.failures import reason, root_cause
from _pollinations.http.masking import forget_frames
from _pollinations.http.settings import Settings

if TYPE_CHECKING:
    import httpx

PATIENCE = 4
"""How many times its timeout a wait may last, if bytes come that complete nothing."""

_GZIP = b"\x1f\x8b"
_PACKED = "gzip, deflate"  # what can be unpacked within bounds
_CONNECTION_FAILED = frozenset({"TransportError", "StreamError", "InvalidURL", "OSError"})


class Exchange:
    """One request and what is known of its answer. It waits for nothing itself.

    Args:
        settings: The client's.
        request: What to send.
        streamed: Whether the answer is read as it comes.
    """

    def __init__(self, settings: Settings, request: Request, *, streamed: bool) -> None:
        waits = settings.timeouts
        self.full = False
        """Whether more came than is taken."""
        self.refused = False
        """Whether the answer is an error, or a redirect."""
        self._settings = settings
        self._request = request
        self._streamed = streamed
        self._unpack: _Unpacker | None = None
        self._silence = silence = request.read_timeout or waits.read
        self._timeout: dict[str, float | None] = {
            "connect": waits.connect,
            "read": silence,
            "write": silence,
            "pool": silence,
        }
        patience = PATIENCE * silence
        self._extensions: dict[str, Any] = {
            "timeout": self._timeout,
            "patience": patience,
            "deadline": monotonic() + waits.connect + patience,
        }
        # Bytes that may still come: in all, when counted last, and until an event is complete.
        self._left = settings.size_limits.answer
        self._granted = self._room = 0
        self._grant()

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
        if not 200 <= head.status < 300:  # noqa: PLR2004 - HTTP's own numbers
            self.refused = True
            self._room = limits.error
        elif _number(head.headers.get("content-length", "")) > limits.answer:
            raise self._too_large("The answer is", limits.answer, "answer")
        packing = head.headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"identity", ""}:
            self._unpack = _Unpacker(packing)
        return head

    def take(self, data: bytes) -> bytes:
        """Count the next bytes of the body, and unpack them if they are packed.

        Returns:
            As many of them as may come; `full` is set if that is not all.

        Raises:
            UnreadableAnswerError: They are not packed as the headers say.
        """
        if self._unpack is not None:
            data = self._unpack.feed(data, self._room + 1)
        self._room -= len(data)
        if self._room < 0:
            self.full = True
            return data[: self._room]
        return data

    def end(self) -> None:
        """Take note that the body ended.

        Raises:
            UnreadableAnswerError: It is packed, and ended too early.
        """
        if self._unpack is not None and not self._unpack.is_complete and not self.refused:
            raise UnreadableAnswerError("The answer cannot be unpacked: it ends too early.")

    def overflow(self) -> None:
        """Take note that no more is read.

        Raises:
            UnreadableAnswerError: It would have been needed; of an error the beginning is enough.
        """
        limits = self._settings.size_limits
        if self.refused:
            return
        if self._granted < self._left:
            raise self._too_large("An event is", limits.event, "event")
        raise self._too_large("The answer is", limits.answer, "answer")

    def expect(self, silence: float, patience: float = PATIENCE) -> bool:
        """Begin to wait anew, since an event is complete.

        Args:
            silence: Seconds without any bytes.
            patience: How many times that the whole wait may last.

        Returns:
            Whether `silence` is another than before.
        """
        self._extensions["deadline"] = monotonic() + patience * silence
        self._grant()
        if silence == self._silence:
            return False
        self._silence = silence
        if self._timeout["read"] is not None:
            self._timeout["read"] = silence
        return True

    def _grant(self) -> None:
        self._left -= self._granted - self._room
        limits = self._settings.size_limits
        most = min(self._left, limits.event) if self._streamed else self._left
        self._granted = self._room = most

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

        What it is not, such as a cancellation, loses its frames: those of the libraries below hold
        the request's headers.
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
                return APITimeoutError(
                    f"{url} sent no whole {what} in {PATIENCE} times the timeout of "
                    f"{self._silence:g} s.",
                    retryable=again,
                )
            return APITimeoutError(f"{url} was silent for {self._silence:g} s.", retryable=again)
        # Those that httpx-aiohttp forgets to translate come from aiohttp itself.
        if kinds & _CONNECTION_FAILED or type(error).__module__.startswith("aiohttp"):
            proxy = " through the proxy" if self._settings.pool.proxy else ""
            return APIConnectionError(f"Connection to {url}{proxy} failed: {reason(error)}.")
        return None


class _Unpacker:
    """Unpacks a body, no further than it is allowed to."""

    def __init__(self, packing: str) -> None:
        if packing not in {"gzip", "x-gzip", "deflate"}:
            raise UnreadableAnswerError(
                f"The answer is packed with {packing!r}; only {_PACKED} was accepted."
            )
        self._object: Any = None
        self._start = b""
        self._ended = False

    def feed(self, data: bytes, most: int) -> bytes:
        """Unpack the next bytes, to `most` bytes at most; what follows is left out."""
        data, self._start, made = self._start + data, b"", b""
        try:
            while data and len(made) < most:
                if self._object is None:
                    if len(data) < len(_GZIP):
                        self._start = data
                        break
                    if self._ended and not data.startswith(_GZIP):
                        break  # what servers put behind the end
                    self._object = _decompressor(data)
                made += self._object.decompress(data, most - len(made))
                data = self._object.unused_data
                if self._object.eof:
                    # A body may be several packed ones, one after another.
                    self._object, self._ended = None, True
        except zlib.error as error:
            raise UnreadableAnswerError(f"The answer cannot be unpacked: {error}.") from None
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
    """Make a request; httpx would spend five times as long on finding its headers out."""
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
