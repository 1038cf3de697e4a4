"""Which proxy a host is reached by."""

import os
import sys
from contextlib import suppress
from ipaddress import ip_address, ip_network

from pydantic_core import Url

from _pollinations.http.errors import InvalidInputError

_WITH_SETTINGS = ("darwin", "win32")
"""Systems that have settings of their own for proxies."""
_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


def proxy_for(base_url: str, proxy: str | None) -> str | None:
    """Find the proxy for an address: the user's, else that of the environment or the system.

    Args:
        base_url: Where requests go.
        proxy: What the user names, with or without a scheme.

    Returns:
        Its URL, or None.

    Raises:
        InvalidInputError: It is not a valid address.

    Example:
        >>> proxy_for("https://gen.example", " localhost:3128 ")
        'http://localhost:3128'
    """
    address, source = (proxy or "").strip(), "proxy"
    if not address:
        if sys.platform not in _WITH_SETTINGS and not any(map(os.environ.get, _VARIABLES)):
            return None
        import urllib.request as system  # noqa: PLC0415 - few programs have a proxy

        target = Url(base_url)
        found = system.getproxies()
        source = f"{target.scheme}_proxy" if target.scheme in found else "all_proxy"
        address = found.get(source.removesuffix("_proxy"), "").strip()
        if not address or system.proxy_bypass(f"{target.host}:{target.port}"):
            return None
        if _is_in_network(target.host or "", found.get("no", "")):
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


def _is_in_network(host: str, names: str) -> bool:
    """Whether a host is an address in a network of `NO_PROXY`, which Python does not look for."""
    for name in names.replace(",", " ").split():
        with suppress(ValueError):  # one of them is a name
            if ip_address(host.strip("[]")) in ip_network(name, strict=False):
                return True
    return False
