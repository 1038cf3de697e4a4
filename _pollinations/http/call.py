"""A call as a value: the request, and how its answer is read. Nothing here waits.

The path of a request cannot change the host: it is checked here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from _pollinations.http.errors import InvalidInputError, PollinationsError
from _pollinations.http.headers import Headers, is_cached
from _pollinations.http.json import dump

_COUNTED = re.compile(r"x-usage-(prompt|completion)-[a-z-]{1,40}-tokens")
_PATH = re.compile(
    r"/(?!/)[!$-\[\]-~]*"
)  # no blanks, quotes, `#`, backslashes, nothing beyond ASCII

_HALF = re.compile("[\ud800-\udfff]")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, before a client adds the host and the key.

    Attributes:
        method: `GET` or `POST`.
        path: Begins with `/` and is already percent-encoded.
        query: Names and values, not yet encoded.
        body: The whole body, or None.
        headers: What this request needs beyond the client's own headers.
        read_timeout: Seconds to wait for the first byte; None leaves it to the client.
        repeatable: Whether it may be sent again when no answer came in time; False where each
            attempt takes minutes and may be paid for.

    Raises:
        InvalidInputError: The path would change the host, or is not percent-encoded; or the query
            holds half of a character.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    read_timeout: float | None = None
    repeatable: bool = True

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise InvalidInputError(
                f"The path {self.path!r} must begin with a single '/' and be percent-encoded."
            )
        for name, value in self.query:
            if _HALF.search(value):
                raise InvalidInputError(f"{name} holds a lone surrogate, half of a character.")


def json_request(path: str, body: object, query: tuple[tuple[str, str], ...] = ()) -> Request:
    """Make a POST request with a JSON body.

    Raises:
        InvalidInputError: The body holds something that JSON cannot say.
    """
    try:
        data = dump(body)
    except ValueError as error:
        raise InvalidInputError(f"The request cannot be written as JSON: {error}") from None
    return Request("POST", path, query, data, (("content-type", "application/json"),))


@dataclass(frozen=True, slots=True)
class Response:
    """A whole HTTP answer.

    Attributes:
        status: The HTTP status; a client hands over only 2xx.
        headers: Names in lower case.
        body: The decoded body; empty when a stream begins.
    """

    status: int
    headers: Headers
    body: bytes = field(default=b"", repr=False)


class Reader(Protocol[T_co]):
    """Turns the bytes of one stream into items; made anew for each attempt."""

    @property
    def done(self) -> bool:
        """Whether the answer is complete, so that what follows may be thrown away."""
        ...

    def feed(self, data: bytes) -> Iterable[T_co]:
        """Take the next bytes and give the items that they complete."""
        ...

    def close(self) -> Iterable[T_co]:
        """Take note of the end and give what is left; raises if the end came too early."""
        ...

    def fail(self, error: PollinationsError) -> Iterable[T_co]:
        """Take note that the connection broke; raises unless the answer was complete."""
        ...


def tokens_used(answer: object) -> int | None:
    """Count the tokens that an answer used.

    Args:
        answer: Whatever a call reads, or an item of a stream.

    Returns:
        Tokens read and written; 0 for what came from the gateway's cache, and for lists. None if
        that is unknown, as for the pieces of a stream before the last.

    Example:
        >>> from _pollinations.chat.reply import Reply, Usage
        >>> tokens_used(Reply(usage=Usage(prompt=3, completion=2, total=5)))
        5
    """
    answer = getattr(answer, "reply", answer)
    if answer is None:
        return None
    headers: Mapping[str, str] | None = getattr(answer, "headers", None)
    if headers is None or is_cached(headers):
        return 0
    total = getattr(getattr(answer, "usage", None), "total", None)
    if isinstance(total, int):
        return total
    counts = [
        int(count)
        for name, count in headers.items()
        if _COUNTED.fullmatch(name) and count.isdecimal()
    ]
    return sum(counts) if counts else None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a call may use at most, for a budget to reserve before it is sent.

    Attributes:
        model: The model that is asked; None is the gateway's choice.
        units: Counts by the names of `Prices`, such as `prompt` for tokens that are read.
    """

    model: str | None
    units: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """A request and how to read its answer.

    Attributes:
        request: What is sent.
        read: Reads the answer.
        expected: Computes what the call may use; None for calls that cost nothing.
    """

    request: Request
    read: Callable[[Response], T_co]
    expected: Callable[[], Expected] | None = None


@dataclass(frozen=True, slots=True)
class Stream(Generic[T_co]):
    """A request and the factory of readers for its answer.

    The factory is given the answer's status and headers, with an empty body.
    """

    request: Request
    reader: Callable[[Response], Reader[T_co]]
    expected: Callable[[], Expected] | None = None


StepT_co = TypeVar("StepT_co", bound=Call[Any] | Stream[Any], covariant=True)


class Fallback(Protocol[StepT_co]):
    """Several calls of which one gives the answer, such as one for each of several models.

    It decides which call is next and never waits: a client's `send` or `stream` takes it in place
    of a call, sends what it returns, and reports how that ended. A call whose answer is not the
    result may come in between, such as one for a list of models.
    """

    def first(self) -> StepT_co | Call[Any]:
        """Make the first call; raises if there is none that can be sent."""
        ...

    def after(self, error: PollinationsError, *, begun: bool) -> StepT_co | Call[Any]:
        """Make the next call after one that failed and is not retried.

        Args:
            error: Why it failed.
            begun: Whether items of its stream have been handed out; then no other call follows.

        Raises:
            PollinationsError: There is no next call; this is what the caller gets.
        """
        ...

    def answered(self, answer: object) -> StepT_co | Call[Any] | None:
        """Take note of an answer, or of the end of a stream.

        Args:
            answer: What the call read; None for a stream.

        Returns:
            The next call; None if the answer was the result.
        """
        ...
