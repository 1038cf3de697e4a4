"""Which proxy a host is reached by: read from what a user or the environment says."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from pydantic_core import Url

from _pollinations.http.errors import InvalidInputError


def proxy_url(text: str | None, source: str) -> str | None:
    """Read the address of a proxy as people write it, with or without a scheme.

    Args:
        text: The address.
        source: Where it comes from, for the error.

    Returns:
        A URL, or None if the text is empty.

    Raises:
        InvalidInputError: It is not a valid address.

    Example:
        >>> proxy_url(" localhost:3128 ", "HTTPS_PROXY")
        'http://localhost:3128'
    """
    address = (text or "").strip()
    if not address:
        return None
    try:
        url = Url(address if "://" in address else f"http://{address}")
    except ValueError:
        url = None
    if url is None or not url.host:
        # Not shown: it may hold a password.
        raise InvalidInputError(
            f"{source} is not a valid address of a proxy, such as http://localhost:3128."
        )
    return str(url).rstrip("/")


def environment_proxy(url: str, env: Mapping[str, str]) -> str | None:
    """Find the proxy that the environment names for a URL.

    Args:
        url: Where requests go.
        env: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case.

    Returns:
        Its URL, or None.

    Raises:
        InvalidInputError: A variable holds something else.
    """
    parts = Url(url)
    host = parts.host or ""
    exempt = (env.get("no_proxy") or env.get("NO_PROXY") or "").replace(",", " ").split()
    if any(_covers(name.lower(), host, f"{host}:{parts.port}") for name in exempt):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for spelled in (name, name.upper()):
            if found := proxy_url(env.get(spelled), spelled):
                return found
    return None


def _covers(name: str, host: str, netloc: str) -> bool:
    """Whether an entry of `NO_PROXY` (a host, a domain, a network or `*`) means this host."""
    if name in {"*", host, netloc}:
        return True
    try:
        return ip_address(host.strip("[]")) in ip_network(name, strict=False)
    except ValueError:
        domain = "." + name.removeprefix("*").lstrip(".")
        return host.endswith(domain) or netloc.endswith(domain)
