"""What a client wants of whoever carries its bytes; each library that does has its own room."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

from _pollinations.http.errors import InvalidInputError

DRAIN_SECONDS = 1.0
"""How long the rest of an answer that is complete may take to be read away."""
DRAIN_PIECES = 16
PIECE = 65_536
"""The most bytes of one piece."""

Trouble = Literal["connection", "connect timeout", "timeout"]


class TransportError(Exception):
    """A request that got no answer, or not all of it.

    Args:
        words: What the library says of it.
        trouble: Whether the connection failed, could not be made in time, or fell silent.
    """

    def __init__(self, words: str, trouble: Trouble = "connection") -> None:
        super().__init__(words)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One HTTP request as it goes out.

    Attributes:
        method: `GET` or `POST`.
        url: The whole address, percent-encoded.
        headers: Names in lower case, the key among them.
        body: The whole body, or None.
        connect: Seconds for the connection.
        read: Seconds until the first byte, and between the pieces of a whole answer.
    """

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    connect: float
    read: float


class Incoming(Protocol):
    """An answer whose body is still to come. What fails raises `TransportError`."""

    status: int
    headers: dict[str, str]

    def read(self) -> bytes:
        """Read the whole body."""
        ...

    def pieces(self, idle: float) -> Iterator[bytes]:
        """Read the body as it comes, `idle` seconds at most between two pieces."""
        ...

    def drain(self) -> None:
        """Read away what is left, if that is quick, so that the connection can serve again."""
        ...

    def close(self) -> None:
        """Give the connection back, or close it if there is more to come on it."""
        ...


class AsyncIncoming(Protocol):
    """The same for coroutines."""

    status: int
    headers: dict[str, str]

    async def read(self) -> bytes:
        """Read the whole body."""
        ...

    def pieces(self, idle: float) -> AsyncIterator[bytes]:
        """Read the body as it comes, `idle` seconds at most between two pieces."""
        ...

    async def drain(self) -> None:
        """Read away what is left, if that is quick, so that the connection can serve again."""
        ...

    async def close(self) -> None:
        """Give the connection back, or close it if there is more to come on it."""
        ...


class Transport(Protocol):
    """Carries requests for code that may block."""

    def send(self, request: Outgoing) -> Incoming:
        """Send a request, follow no redirect, and return when the headers are there."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class AsyncTransport(Protocol):
    """Carries requests for coroutines."""

    async def send(self, request: Outgoing) -> AsyncIncoming:
        """Send a request, follow no redirect, and return when the headers are there."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


def headers_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Make a mapping of header lines.

    Args:
        pairs: Names in any case and their values, a name perhaps more than once.

    Returns:
        Names in lower case; the values of lines with the same name joined by commas.

    Example:
        >>> headers_of([("X-Cache", "HIT"), ("Vary", "a"), ("vary", "b")])
        {'x-cache': 'HIT', 'vary': 'a, b'}
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        lower = name.lower()
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found


def http_proxy(url: str) -> str:
    """Make sure that a proxy is of the kind that both libraries know.

    Args:
        url: The proxy's address.

    Returns:
        The same.

    Raises:
        InvalidInputError: It is none by HTTP.
    """
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https"}:
        raise InvalidInputError(
            f"A proxy by {scheme or 'no scheme'} is not supported; name an http:// one, or give "
            "an httpx client of your own (http_client, http_async_client)."
        )
    return url


def said_by(error: BaseException) -> str:
    """The words of a library's error, which are sometimes in its cause alone."""
    words = [str(one) for one in (error, error.__cause__) if one is not None]
    return next((text for text in words if text), type(error).__name__)


def is_plain(headers: Mapping[str, str]) -> bool:
    """Whether a body comes as it is, and not packed."""
    return headers.get("content-encoding", "identity") == "identity"
