"""HTTP headers as a value, and which of them describe an answer."""

from collections.abc import Mapping

Headers = Mapping[str, str]
"""Header names in lower case and their values."""

_KEPT = frozenset({"x-request-id", "x-model-used", "x-cache", "x-cache-type", "x-fallback-target"})
_KEPT_PREFIXES = ("x-usage-", "x-moderation-", "x-safety-")


def is_cached(headers: Headers) -> bool:
    """Whether an answer came from the gateway's cache, so that it was free."""
    return headers.get("x-cache", "").upper() == "HIT"


def media_type(headers: Headers) -> str:
    """The content type without its parameters, in lower case; empty if there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def answer_headers(headers: Headers) -> dict[str, str]:
    """Pick the headers that describe the answer.

    Args:
        headers: All headers of the answer.

    Returns:
        `x-request-id`, `x-model-used`, `x-cache`, `x-usage-*`, `x-moderation-*` and their like.

    Example:
        >>> answer_headers({"x-cache": "HIT", "server": "cloudflare"})
        {'x-cache': 'HIT'}
    """
    return {
        name: value
        for name, value in headers.items()
        if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
