"""A prompt and its options as a URL, and when a URL would change the prompt."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump

LONGEST = 14_000
"""Characters of an encoded URL; the gateway's edge takes 16 kB with everything around it."""

# The gateway decodes a prompt twice, joins its path anew and drops what looks like an empty folder.
_CHANGED = re.compile(r"%|//|^/|/$|^\.{1,2}$")
_WIRE = {"aspect_ratio": "aspectRatio", "no_cache": "no-cache"}
_LINKS = frozenset({"image", "reference_images", "reference_videos", "reference_audios"})
_SEPARATORS = str.maketrans({"|": "%7C", ",": "%2C"})  # between links; encoded inside one


def path_of(folder: str, prompt: str) -> str:
    """Append a prompt to a path, percent-encoded.

    Args:
        folder: Such as `/image/`.
        prompt: Any characters.

    Raises:
        InvalidInputError: The prompt is empty, or holds a lone surrogate.

    Example:
        >>> path_of("/image/", 'a "cat"')
        '/image/a%20%22cat%22'
    """
    require_text(prompt, "prompt")
    try:
        return folder + quote(prompt, safe="")
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"The prompt holds a lone surrogate, half of a character, at {error.start}: remove it."
        ) from None


def require_text(value: object, name: str) -> None:
    """Refuse what is no text, or a blank one.

    Raises:
        InvalidInputError: The value is that.
    """
    if not isinstance(value, str):
        raise InvalidInputError(f"The {name} is a text, not {type(value).__name__}.")
    if not value.strip():
        raise InvalidInputError(f"The {name} is empty.")


def query_of(options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Write options as a query.

    Args:
        options: By the names of `TextOptions` or `VideoOptions`; None is not sent, nor False but
            for `audio`, which is on by default.

    Returns:
        Names and values of the API.

    Example:
        >>> query_of({"aspect_ratio": "16:9", "nologo": True, "safe": False, "image": ["x", "y"]})
        (('aspectRatio', '16:9'), ('nologo', 'true'), ('image', 'x|y'))
    """
    return tuple(
        (_WIRE.get(name, name), _text(name, value))
        for name, value in options.items()
        if value is not None and (value is not False or name == "audio")
    )


def url_problem(prompt: str, query: Sequence[tuple[str, str]]) -> str | None:
    """Say why a URL cannot carry a prompt unchanged; None if it can.

    Args:
        prompt: The prompt.
        query: The options.

    Example:
        >>> url_problem("100% wool", ())
        "a URL loses '%'"
    """
    lost = _CHANGED.search(prompt)
    if lost:
        return f"a URL loses {lost[0]!r}"
    length = len(urlencode([("", prompt), *query], errors="replace", quote_via=quote))
    if length > LONGEST:
        return f"a URL of {length:,} characters is too long, {LONGEST:,} are the limit"
    return None


def _text(name: str, value: object) -> str:
    if isinstance(value, list | tuple):
        if name in _LINKS:
            return "|".join(str(link).translate(_SEPARATORS) for link in value)
        return ",".join(str(item) for item in value)
    return dump(value).decode() if isinstance(value, bool | dict) else str(value)
