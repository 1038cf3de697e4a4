"""Where the gateway is, who asks, and how long to wait: values, with nothing opened."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.retry import Retry

if TYPE_CHECKING:
    from _pollinations.http.attempt import Budget, Limiter

BASE_URL = "https://gen.pollinations.ai"
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1)$")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_KINDS = {"sk_": "secret", "pk_": "publishable"}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Attributes:
        connect: For a connection.
        read: For the first byte of an answer; slow models take minutes.
        idle: Between two pieces of a stream.
    """

    connect: float = 10.0
    read: float = 300.0
    idle: float = 120.0


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What clients must agree on to share connections."""

    base_url: str = BASE_URL
    proxy: str | None = field(default=None, repr=False)
    max_connections: int = 1000
    keepalive: float = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a client needs to know.

    Attributes:
        base_url: Scheme, host and perhaps a path, without `/` or `/v1` at its end.
        api_key: The key, if there is one.
        timeouts: How long to wait.
        retry: When to try again.
        headers: Sent with every request.
        pool: What clients must agree on to share connections.
        rate_limiter: Lets each attempt wait for its turn.
        budgets: Limits of pollen that each attempt reserves from.
    """

    base_url: str = BASE_URL
    api_key: SecretStr | None = None
    timeouts: Timeouts = Timeouts()
    retry: Retry = field(default_factory=Retry)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    pool: PoolSettings = PoolSettings()
    rate_limiter: "Limiter | None" = field(default=None, repr=False)
    budgets: "tuple[Budget, ...]" = field(default=(), repr=False)

    @property
    def key_kind(self) -> str:
        """`secret`, `publishable` or `unknown`, by the key's first three characters."""
        key = self.api_key.get_secret_value() if self.api_key else ""
        return _KINDS.get(key[:3], "unknown")


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
    rate_limiter: "Limiter | None" = None,
    budget: "Budget | None" = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Make settings from what a user says, checked.

    Args:
        api_key: The key; else `POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`.
        base_url: The gateway, with or without `/` or `/v1` at its end; else
            `POLLINATIONS_BASE_URL`, else https://gen.pollinations.ai.
        timeout: Seconds to wait for an answer, or a pair (connect, read); 10 and 300 by default.
        idle_timeout: Seconds between two pieces of a stream; 120 by default.
        max_retries: Further attempts after the first; 2 by default.
        retry: The whole policy, instead of `max_retries`.
        headers: Sent with every request.
        proxy: URL of an HTTP proxy; the environment's proxies are used anyway.
        rate_limiter: Lets each attempt wait for its turn; it may be shared.
        budget: A limit of pollen; it may be shared.
        environment: Where to look the variables up.

    Returns:
        The settings.

    Raises:
        InvalidInputError: The key, the URL or the limiter cannot be one.

    Example:
        >>> settings(base_url="https://gen.pollinations.ai/v1/").base_url
        'https://gen.pollinations.ai'
    """
    if rate_limiter is not None and not hasattr(rate_limiter, "turn"):
        raise InvalidInputError(
            f"rate_limiter is a RateLimiter of this package, not {type(rate_limiter).__name__}."
        )
    if budget is not None and not hasattr(budget, "aenter"):
        raise InvalidInputError(f"budget is a PollenBudget, not {type(budget).__name__}.")
    env = environment or {}
    connect, read = timeout if isinstance(timeout, tuple) else (None, timeout)
    standard = Timeouts()
    url = _base_url(base_url or env.get("POLLINATIONS_BASE_URL") or BASE_URL)
    return Settings(
        base_url=url,
        api_key=_key(api_key or env.get("POLLINATIONS_API_KEY") or env.get("POLLINATIONS_TOKEN")),
        timeouts=Timeouts(
            connect=standard.connect if connect is None else connect,
            read=standard.read if read is None else read,
            idle=standard.idle if idle_timeout is None else idle_timeout,
        ),
        retry=retry or (Retry() if max_retries is None else Retry(max_retries=max_retries)),
        headers=tuple(_header(name, value) for name, value in (headers or {}).items()),
        pool=PoolSettings(base_url=url, proxy=proxy or _environment_proxy(url, env)),
        rate_limiter=rate_limiter,
        budgets=() if budget is None else (budget,),
    )


def _header(name: str, value: str) -> tuple[str, str]:
    """Check a header of the user's: each library would refuse or spell it in its own way."""
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidInputError(f"{name!r} is no name of a header.")
    if not value.isascii() or _CONTROL.search(value):
        raise InvalidInputError(
            f"The header {name!r} holds line breaks or characters beyond ASCII; percent-encode it."
        )
    return name.lower(), value


def _key(given: str | SecretStr | None) -> SecretStr | None:
    text = given.get_secret_value() if isinstance(given, SecretStr) else given
    text = (text or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInputError("The API key holds characters that no key has; copy it anew.")
    return SecretStr(text)


def _base_url(given: str) -> str:
    url = given.strip().rstrip("/")
    url = url.removesuffix("/v1").rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise InvalidInputError(f"base_url must look like {BASE_URL}, not {given!r}.")
    if parts.query or parts.fragment or parts.username:
        raise InvalidInputError(
            "base_url holds a query, fragment or user name; give only scheme, host and path."
        )
    if parts.scheme == "http" and not _LOOPBACK.match(host):
        warnings.warn(
            f"base_url {url} has no TLS: the key travels readable to {host}. Use https.",
            UserWarning,
            stacklevel=3,
        )
    return url


def _environment_proxy(url: str, env: Mapping[str, str]) -> str | None:
    """Look the proxy up once: a client asks one host only, and aiohttp would look at each call."""
    parts = urlsplit(url)
    names = (f"{parts.scheme}_proxy", "all_proxy")
    proxy = next(
        (env[spelled] for name in names for spelled in (name, name.upper()) if env.get(spelled)),
        None,
    )
    said = env.get("no_proxy") or env.get("NO_PROXY") or ""
    exempt = [name.strip().lstrip(".").lower() for name in said.split(",") if name.strip()]
    hosts = (str(parts.hostname), parts.netloc.lower())
    direct = "*" in exempt or any(
        host == name or host.endswith("." + name) for name in exempt for host in hosts
    )
    return None if direct else proxy
