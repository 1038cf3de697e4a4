"""A client of each colour with the same settings, from what users of the adapters say."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from _pollinations.client import AsyncClient, Client
from _pollinations.retry import Retry

Clients = tuple[Client, AsyncClient]


def clients(
    *,
    api_key: str | SecretStr | None = None,
    base_url: str | None = None,
    timeout: float | tuple[float, float] | None = None,
    max_retries: int | None = None,
    retry_after_limit: float | None = None,
    default_headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    http_client: Any = None,  # noqa: ANN401 - httpx is not imported here
    http_async_client: Any = None,  # noqa: ANN401 - the same
) -> Clients:
    """Make both clients; nothing is opened.

    Args:
        api_key: The key; else `POLLINATIONS_API_KEY`, else `POLLINATIONS_TOKEN`.
        base_url: The gateway; else `POLLINATIONS_BASE_URL`, else https://gen.pollinations.ai.
        timeout: Seconds to wait for an answer (300), or a pair (connect, read).
        max_retries: Further attempts after the first (2).
        retry_after_limit: The longest wait in seconds that the gateway may ask for (60).
        default_headers: Sent with every request.
        proxy: URL of an HTTP proxy.
        http_client: An `httpx.Client` of your own.
        http_async_client: An `httpx.AsyncClient` of your own.

    Returns:
        The blocking client and the one for coroutines.

    Raises:
        InvalidInputError: The key or the URL cannot be one.

    Example:
        >>> blocking, coroutines = clients(base_url="https://gen.pollinations.ai/v1")
        >>> coroutines.settings.base_url
        'https://gen.pollinations.ai'
    """
    said = {"max_retries": max_retries, "retry_after_limit": retry_after_limit}
    patience: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    shared: dict[str, Any] = {
        "api_key": api_key,
        "base_url": base_url,
        "timeout": timeout,
        "retry": Retry(**patience),
        "headers": default_headers,
        "proxy": proxy,
    }
    return Client(**shared, http_client=http_client), AsyncClient(
        **shared, http_client=http_async_client
    )
