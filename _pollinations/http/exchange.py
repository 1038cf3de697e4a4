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

_GZIP = b"\x1f"
"""The first byte of each compressed member."""

_CONNECTION_FAILED = frozenset({"TransportError", "StreamError", "InvalidURL", "OSError"})


class Exchange:
    """One request and the state of its answer; nothing here waits.

    As a context manager around what sends or reads, it raises the errors of this package in place
    of the connection's.

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
        self._gzip: _Gzip | None = None
        self._silence = silence = request.read_timeout or waits.read
        self._timeout: dict[str, float | None] = {
            "connect": waits.connect,
            "read": silence,
            "write": silence,
            "pool": silence,
        }
        self._began = monotonic()
        """When the wait for an answer or for its next event began."""
        self._extensions: dict[str, Any] = {
            "timeout": self._timeout,
            "deadline": self._began + waits.connect + MAX_WAIT_FACTOR * silence,
        }
        limits = settings.size_limits
        # Bytes that may still come: of the answer, and until the next event is complete.
        self._left = limits.answer
        self._largest_event = limits.event if streamed else limits.answer
        self._left_of_event = self._largest_event

    def httpx_request(self, client: Any) -> "httpx.Request":  # noqa: ANN401 - httpx's, or one with its API
        """Build the request as httpx's value.

        Args:
            client: The user's own, which adds what it likes; None for a default one.
        """
        settings, request = self._settings, self._request
        query = f"?{urlencode(request.query)}" if request.query else ""
        url = settings.base_url + request.path + query
        build = _ready_request if client is None else client.build_request
        built = build(request.method, url, headers=self._headers(), content=request.body)
        built.extensions.update(self._extensions)
        self._extensions = built.extensions
        return cast("httpx.Request", built)

    def _headers(self) -> dict[str, str]:
        settings = self._settings
        headers = {
            "accept": "text/event-stream" if self._streamed else "*/*",
            "accept-encoding": "identity" if self._streamed else "gzip",
            "user-agent": f"pollinations-adapters/{__version__}",
            **dict(settings.headers),
        }
        if settings.api_key is not None:
            headers["authorization"] = f"Bearer {settings.api_key.get_secret_value()}"
        headers.update(self._request.headers)
        return headers

    def begin(self, response: "httpx.Response") -> Response:
        """Take note of an answer's status and headers.

        Raises:
            UnreadableAnswerError: They are too large, or announce what cannot be read.
        """
        limits = self._settings.size_limits
        head = Response(response.status_code, dict(response.headers.items()))
        # Nothing has to be connected any more.
        longest = monotonic() + MAX_WAIT_FACTOR * self._silence
        self._extensions["deadline"] = min(self._extensions["deadline"], longest)
        size = sum(map(len, chain.from_iterable(response.headers.raw)))
        if size > limits.headers:
            raise self._too_large("The headers are", limits.headers, "headers")
        if not 200 <= head.status < 300:  # noqa: PLR2004 - HTTP's own numbers
            self.refused = True
            self._left = limits.error
        elif _number(head.headers.get("content-length", "")) > limits.answer:
            raise self._too_large("The answer is", limits.answer, "answer")
        encoding = head.headers.get("content-encoding", "identity").strip().lower()
        if encoding in {"gzip", "x-gzip"}:
            self._gzip = _Gzip()
        elif encoding not in {"identity", ""}:
            raise UnreadableAnswerError(
                f"The answer has the content-encoding {encoding!r}; only gzip was accepted."
            )
        return head

    def take(self, data: bytes | None) -> bytes | None:
        """Count the next bytes of the body, and decompress them if they are compressed.

        Args:
            data: The bytes; None at the end.

        Returns:
            As many of them as the limit allows; `exceeded` is set if that is not all. None at the
            end.

        Raises:
            APITimeoutError: They come too late.
            UnreadableAnswerError: They are not compressed as the headers say, or end too early.
        """
        if data is None:
            if self._gzip and not self._gzip.is_complete and not self.refused:
                raise UnreadableAnswerError("The answer cannot be decompressed: it ends too early.")
            return None
        if monotonic() > self._extensions["deadline"]:
            # Transports without a deadline return each byte that arrives.
            with self:
                raise TimeoutError
        most = min(self._left, self._left_of_event)
        if self._gzip is not None:
            data = self._gzip.feed(data, most + 1)
        self.exceeded = len(data) > most
        data = data[:most]
        size = len(data)
        self._left -= size
        self._left_of_event -= size
        return data

    def overflow(self) -> None:
        """End a body that exceeds its limit.

        Raises:
            UnreadableAnswerError: It would have been needed; of an error the beginning is enough.
        """
        if self.refused:
            return
        limits = self._settings.size_limits
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
        self._began = monotonic()
        self._extensions["deadline"] = self._began + factor * silence
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

    def seconds_to_wait(self) -> float:
        """How many seconds the next bytes may take."""
        return min(self._silence, self.left())

    def _too_large(self, what: str, limit: int, name: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"{what} larger than {limit:,} bytes (size_limits.{name}); the connection was closed.",
            hint=f"If that is expected, set size_limits=SizeLimits({name}=...).",
        )

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise the error of this package that a failure of the connection means.

        Other exceptions, such as a cancellation, are not converted. Their traceback is removed,
        since its frames contain the request's headers.
        """
        if error is None:
            return
        forget_frames(error)
        failure = self._failure(error)
        if failure is not None:
            raise failure from root_cause(error)

    def _failure(self, error: BaseException) -> PollinationsError | None:
        """The error for a failure of the connection, in httpx's words or the system's."""
        url = self._settings.base_url
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "ConnectTimeout" in kinds:
            waited = self._settings.timeouts.connect
            return APITimeoutError(f"No connection to {url} within {waited:g} s.")
        if "PoolTimeout" in kinds:
            return APITimeoutError(
                f"No connection to {url} was free.",
                hint="Send fewer requests at a time, or set a longer timeout.",
            )
        if not kinds.isdisjoint({"TimeoutException", "TimeoutError"}):
            message = f"{url} sent nothing for {self._silence:g} s."
            if self.left() == 0:
                waited = monotonic() - self._began
                message = (
                    f"{url} completed no {'event' if self._streamed else 'answer'} in "
                    f"{waited:.3g} s: what it sends extends a wait to {MAX_WAIT_FACTOR} times the "
                    "timeout at most."
                )
            return APITimeoutError(message, retryable=self._request.repeatable)
        if kinds & _CONNECTION_FAILED:
            proxy = " through the proxy" if self._settings.pool.proxy else ""
            no_key = ", and no key is set" if self._settings.key_kind == "none" else ""
            return APIConnectionError(
                f"Connection to {url}{proxy} failed: {reason(error)}{no_key}."
            )
        return None


class _Gzip:
    """Decompresses a body, which may consist of several compressed members, up to a limit."""

    def __init__(self) -> None:
        self._member: Any = None  # zlib does not export its class

    def feed(self, data: bytes, most: int) -> bytes:
        """Decompress the next bytes, to `most` bytes at most; what follows is left out."""
        decompressed = b""
        try:
            while data and len(decompressed) < most:
                if self.is_complete:
                    if self._member and not data.startswith(_GZIP):
                        break  # padding that servers add
                    self._member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
                decompressed += self._member.decompress(data, most - len(decompressed))
                data = self._member.unused_data
        except zlib.error as error:
            raise UnreadableAnswerError(f"The answer cannot be decompressed: {error}.") from None
        return decompressed

    @property
    def is_complete(self) -> bool:
        """Whether the end may come now."""
        return self._member is None or self._member.eof


def _ready_request(
    method: str, url: str, *, headers: dict[str, str], content: bytes | None
) -> "httpx.Request":
    """Build a request with ready headers; httpx takes five times as long to make them itself."""
    import httpx  # noqa: PLC0415 - only a first call needs it

    parsed = _parsed(url)
    lines = [(b"host", parsed.netloc)]
    if content is not None or method == "POST":
        lines.append((b"content-length", b"%d" % len(content or b"")))
    lines += [(name.encode(), value.encode()) for name, value in headers.items()]
    return httpx.Request(method, parsed, headers=lines, stream=httpx.ByteStream(content or b""))


def _number(text: str) -> int:
    return int(text[:20]) if text.isdecimal() else 0


@lru_cache(maxsize=16)
def _parsed(url: str) -> "httpx.URL":
    import httpx  # noqa: PLC0415 - only a first call needs it

    return httpx.URL(url)
