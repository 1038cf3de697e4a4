"""A prompt and its options as an address, and when an address would change the prompt."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from _pollinations.http.errors import InvalidInputError

LONGEST = 14_000
"""Characters of an encoded address; the gateway's edge takes 16 kB with everything around it."""

# The gateway decodes a prompt twice, joins its path anew and drops what looks like an empty folder.
_CHANGED = re.compile(r"%|//|^/|/$|^\.{1,2}$")
_WIRE = {"aspect_ratio": "aspectRatio", "no_cache": "no-cache"}
_LINKS = frozenset({"image", "reference_images", "reference_videos", "reference_audios"})
_PARTING = str.maketrans({"|": "%7C", ",": "%2C"})  # inside a link they would part it


def path_of(folder: str, prompt: str) -> str:
    """Write a prompt behind a folder, percent-encoded.

    Args:
        folder: Such as `/image/`.
        prompt: Any characters.

    Raises:
        InvalidInputError: The prompt is empty, or holds a lone surrogate.

    Example:
        >>> path_of("/image/", 'a "cat"')
        '/image/a%20%22cat%22'
    """
    if not prompt.strip():
        raise InvalidInputError("The prompt is empty.")
    return folder + quote(_encodable("prompt", prompt), safe="")


def query_of(options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Spell options as a query.

    Args:
        options: By our names; None is not said, and of a False only that of `audio`, since the
            gateway plays sound unless it is told not to.

    Returns:
        Names and values as the wire spells them.

    Raises:
        InvalidInputError: A value holds a lone surrogate.

    Example:
        >>> query_of({"aspect_ratio": "16:9", "nologo": True, "safe": False, "image": ["x", "y"]})
        (('aspectRatio', '16:9'), ('nologo', 'true'), ('image', 'x|y'))
    """
    return tuple(
        (_WIRE.get(name, name), _encodable(name, _spelled(name, value)))
        for name, value in options.items()
        if value is not None and (value is not False or name == "audio")
    )


def why_not(prompt: str, query: Sequence[tuple[str, str]]) -> str | None:
    """Say why an address cannot carry a prompt unchanged; None if it can.

    Args:
        prompt: The prompt.
        query: What stands beside it.

    Example:
        >>> why_not("100% wool", ())
        "an address loses '%'"
    """
    lost = _CHANGED.search(_encodable("prompt", prompt))
    if lost:
        return f"an address loses {lost[0]!r}"
    length = len(quote(prompt, safe="")) + len(urlencode(query))
    if length > LONGEST:
        return f"an address of {length:,} characters is too long, {LONGEST:,} are the limit"
    return None


def _encodable(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"{name} holds a lone surrogate, half of a character, at {error.start}: remove it."
        ) from None
    return text


def _spelled(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        if name in _LINKS:
            return "|".join(str(link).translate(_PARTING) for link in value)
        return ",".join(str(item) for item in value)
    return str(value)
