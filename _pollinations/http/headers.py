"""HTTP headers as a value, and which of them tell a user something."""

from collections.abc import Mapping

Headers = Mapping[str, str]
"""Header names in lower case and their values."""

_TOLD = frozenset({"x-request-id", "x-model-used", "x-cache", "x-cache-type", "x-fallback-target"})
_TOLD_FAMILIES = ("x-usage-", "x-moderation-", "x-safety-")


def told(headers: Headers) -> dict[str, str]:
    """Pick the headers that say something about the answer.

    Args:
        headers: All headers of the answer.

    Returns:
        `x-request-id`, `x-model-used`, `x-cache`, `x-usage-*`, `x-moderation-*` and their like.

    Example:
        >>> told({"x-cache": "HIT", "server": "cloudflare"})
        {'x-cache': 'HIT'}
    """
    return {
        name: value
        for name, value in headers.items()
        if name in _TOLD or name.startswith(_TOLD_FAMILIES)
    }
