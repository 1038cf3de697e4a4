"""The settings of a client, checked: base URL, key, timeouts. Nothing is opened here.

A key is sent to the host of `base_url` only. So an address that HTTP libraries could read as
different hosts is refused here, and a path that would change the host in `call.Request`.
"""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import SecretStr
from pydantic_core import Url

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.proxies import environment_proxy, proxy_url
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
LONGEST_TIMEOUT = 1_000_000_000
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


def settings(
    *,
    api_key: str | SecretStr | None = None,
    base_url: str | None = None,
    timeout: float | tuple[float, float] | None = None,
    idle_timeout: float | None = None,
    max_retries: int | None = None,
    retry: Retry | None = None,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    rate_limiter: "Limit | None" = None,
    budget: "Limit | None" = None,
    size_limits: SizeLimits | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Make settings from what a user says, checked.

    Args:
        api_key: The key; else `POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`.
        base_url: The gateway; `/`, `/v1` and an endpoint's path at its end are left out; else
            `POLLINATIONS_BASE_URL`, else https://gen.pollinations.ai.
        timeout: Seconds to wait for an answer, or a pair (connect, read); 10 and 300 by default.
        idle_timeout: Seconds between two events of a stream; 120 by default, or `timeout` if that
            is less.
        max_retries: Further attempts after the first; 2 by default.
        retry: The whole policy, instead of `max_retries`.
        headers: Sent with every request.
        proxy: Address of an HTTP proxy, with or without `http://`; else the environment's.
        rate_limiter: Lets each attempt wait for its turn; it may be shared.
        budget: A limit of pollen; it may be shared.
        size_limits: How much of an answer is taken.
        environment: Where to look the variables up.

    Returns:
        The settings.

    Raises:
        InvalidInputError: The key, the URL, a timeout, the proxy or the limiter is not valid.

    Example:
        >>> settings(base_url="https://gen.pollinations.ai/v1/").base_url
        'https://gen.pollinations.ai'
    """
    if rate_limiter is not None and not hasattr(rate_limiter, "aenter"):
        raise InvalidInputError(
            f"rate_limiter is a RateLimiter of this package, not {type(rate_limiter).__name__}."
        )
    if budget is not None and not hasattr(budget, "aenter"):
        number = isinstance(budget, int | float | Decimal)
        raise InvalidInputError(
            f"budget is a PollenBudget, not {type(budget).__name__}"
            f"{f': write budget=PollenBudget({budget}).' if number else '.'}"
        )
    env = environment or {}
    connect, read = timeout if isinstance(timeout, tuple) else (None, timeout)
    standard = Timeouts()
    if idle_timeout is None and read is not None:
        idle_timeout = min(read, standard.idle)
    for seconds in (connect, read, idle_timeout):
        if seconds is not None and not 0 < seconds <= LONGEST_TIMEOUT:
            raise InvalidInputError(
                f"A timeout is a number of seconds above 0 and up to {LONGEST_TIMEOUT:,}, "
                f"not {seconds}."
            )
    url = _base_url(base_url or env.get("POLLINATIONS_BASE_URL") or BASE_URL)
    return Settings(
        api_key=_key(api_key or env.get("POLLINATIONS_API_KEY") or env.get("POLLINATIONS_TOKEN")),
        timeouts=Timeouts(
            connect=standard.connect if connect is None else connect,
            read=standard.read if read is None else read,
            idle=standard.idle if idle_timeout is None else idle_timeout,
        ),
        retry=retry or (Retry() if max_retries is None else Retry(max_retries=max_retries)),
        headers=tuple(_header(name, value) for name, value in (headers or {}).items()),
        pool=PoolSettings(
            base_url=url, proxy=proxy_url(proxy, "proxy") or environment_proxy(url, env)
        ),
        rate_limiter=rate_limiter,
        budgets=() if budget is None else (budget,),
        size_limits=size_limits or SizeLimits(),
    )


def is_loopback(url: str) -> bool:
    """Whether a gateway is on this machine.

    Example:
        >>> is_loopback("http://127.0.0.1:8080"), is_loopback("https://127.0.0.1.example")
        (True, False)
    """
    return _LOOPBACK.fullmatch(Url(url).host or "") is not None


def _header(name: str, value: str) -> tuple[str, str]:
    """Check a header of the user's: each library would refuse or spell it in its own way."""
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidInputError(f"{name!r} is not a valid name of a header.")
    if not value.isascii() or _CONTROL.search(value):
        raise InvalidInputError(
            f"The header {name!r} holds line breaks or characters beyond ASCII; percent-encode it."
        )
    return name.lower(), value


def _key(key: str | SecretStr | None) -> SecretStr | None:
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


def _base_url(text: str) -> str:
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
