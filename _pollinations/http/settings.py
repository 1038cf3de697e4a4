"""The settings of a client, checked: base URL, key, and how long to wait (`Timeouts`).

That is for a connection, for an answer and for a stream's next event. Nothing is opened here.

A key is sent to the host of `base_url` only. So an address that HTTP libraries could read as
different hosts is refused here, and a path that would change the host in `call.Request`.
"""

import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr
from pydantic_core import Url

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.retry import Retry

if TYPE_CHECKING:
    from _pollinations.http.admission import Limit

BASE_URL = "https://gen.pollinations.ai"
_ENDPOINT = re.compile(
    r"(/+v1)?(/(chat/completions|embeddings|models|images/(generations|edits)|audio/\w+))?$"
)
"""What follows the gateway's address where somebody gives an endpoint's address instead."""

_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|\[::1\]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LONGEST_TIMEOUT = 1_000_000_000
"""Seconds; sockets refuse much longer ones."""
_KINDS = {"sk_": "secret", "pk_": "publishable"}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Bytes that complete nothing, such as keep-alives, extend `read` and `idle`, to four times their
    seconds at most. That also limits a whole answer.

    Attributes:
        connect: For a connection.
        read: For an answer, and for the first event of a stream; slow models take minutes.
        idle: Between two events of a stream.
    """

    connect: float = 10.0
    read: float = 300.0
    idle: float = 120.0

    @classmethod
    def of(cls, timeout: float | tuple[float, float] | None, idle_timeout: float | None) -> Self:
        """Read what a user says: the seconds for an answer, or a pair (connect, read)."""
        connect, read = timeout if isinstance(timeout, tuple) else (None, timeout)
        if idle_timeout is None and read is not None:
            idle_timeout = min(read, cls().idle)
        waits = {"connect": connect, "read": read, "idle": idle_timeout}
        return cls(**{name: wait for name, wait in waits.items() if wait is not None})

    def __post_init__(self) -> None:
        for seconds in (self.connect, self.read, self.idle):
            if not 0 < seconds <= _LONGEST_TIMEOUT:
                raise InvalidInputError(
                    "A timeout is a number of seconds above 0 and up to "
                    f"{_LONGEST_TIMEOUT:,}, not {seconds}."
                )


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """How much of an answer is taken, in bytes after unpacking.

    Beyond a limit `UnreadableAnswerError` is raised and the connection closed; an error's body is
    cut off instead.

    Attributes:
        answer: A whole answer, or all of a stream.
        event: What a stream sends until its next event is complete, so also a line of it.
        error: The body of an error.
        headers: All names and values together.
    """

    answer: int = 256_000_000
    event: int = 32_000_000
    error: int = 65_536
    headers: int = 65_536


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What clients must agree on to share connections."""

    base_url: str = BASE_URL
    proxy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a client needs to know.

    Attributes:
        api_key: The key, if there is one.
        timeouts: How long to wait.
        retry: When to try again.
        headers: Sent with every request.
        pool: What clients must agree on to share connections.
        rate_limiter: Lets each attempt wait for its turn.
        budgets: Limits of pollen that each attempt reserves from.
        size_limits: How much of an answer is taken.
    """

    api_key: SecretStr | None = None
    timeouts: Timeouts = Timeouts()
    retry: Retry = field(default_factory=Retry)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    pool: PoolSettings = PoolSettings()
    rate_limiter: "Limit | None" = field(default=None, repr=False)
    budgets: "tuple[Limit, ...]" = field(default=(), repr=False)
    size_limits: SizeLimits = SizeLimits()

    @property
    def base_url(self) -> str:
        """Scheme, host and perhaps a path, without `/` or `/v1` at its end."""
        return self.pool.base_url

    @property
    def key_kind(self) -> str:
        """`secret`, `publishable` or `unknown`, by the key's first three characters; or `none`."""
        if self.api_key is None:
            return "unknown" if "authorization" in dict(self.headers) else "none"
        return _KINDS.get(self.api_key.get_secret_value()[:3], "unknown")


def is_loopback(url: str) -> bool:
    """Whether a gateway is on this machine.

    Example:
        >>> is_loopback("http://127.0.0.1:8080"), is_loopback("https://127.0.0.1.example")
        (True, False)
    """
    return _LOOPBACK.fullmatch(Url(url).host or "") is not None


def checked_header(name: str, value: str) -> tuple[str, str]:
    """Check a header of the user's: each library would refuse or spell it in its own way."""
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidInputError(f"{name!r} is not a valid name of a header.")
    if not value.isascii() or _CONTROL.search(value):
        raise InvalidInputError(
            f"The header {name!r} holds line breaks or characters beyond ASCII; percent-encode it."
        )
    return name.lower(), value


def checked_key(key: str | SecretStr | None) -> SecretStr | None:
    """Strip a key, and check that a header can carry it."""
    text = key.get_secret_value() if isinstance(key, SecretStr) else key
    text = (text or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInputError(
            "The API key contains a space or an invalid character; pass only the key, without "
            "'Bearer '."
        )
    return SecretStr(text)


def checked_base_url(text: str) -> str:
    """Check the gateway's address, and spell it so that each HTTP library reads the same host."""
    url = _ENDPOINT.sub("", text.strip().rstrip("/")).rstrip("/")
    # Before anything else, so that no password is shown below.
    if "@" in url:
        raise InvalidInputError(
            "base_url holds a user name or password; give only scheme, host and path."
        )
    if "?" in url or "#" in url:
        raise InvalidInputError(
            "base_url holds a query or fragment; give only scheme, host and path."
        )
    try:
        parsed = Url(url)
        host = parsed.host or ""
        host.encode("idna")  # refuses labels that are empty or too long
    except ValueError:
        parsed = None
    if parsed is None or parsed.scheme not in {"http", "https"} or not parsed.port:
        raise InvalidInputError(f"base_url must look like {BASE_URL}, not {text!r}.")
    if parsed.scheme == "http" and not is_loopback(str(parsed)):
        warnings.warn(
            f"base_url {url} has no TLS: the key is sent unencrypted to {host}. Use https.",
            UserWarning,
            stacklevel=3,
        )
    return str(parsed).rstrip("/")
