"""Reference images: links for the gateway to fetch, or data to send along."""

import base64
from collections.abc import Sequence
from pathlib import Path

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.media import Media, sniff

Reference = str | bytes | Media
"""A link, a `data:` URI, or the image itself."""


def references(
    value: Reference | Sequence[Reference] | None, option: str = "image"
) -> tuple[str | Media, ...]:
    """Check reference images.

    Args:
        value: One or several.
        option: Its name, for the error.

    Returns:
        Links and images.

    Raises:
        InvalidInputError: One of them is the name of a file, or no image.

    Example:
        >>> references("https://example.com/cat.png")
        ('https://example.com/cat.png',)
    """
    if value is None:
        return ()
    several = value if isinstance(value, list | tuple) else (value,)
    return tuple(
        _checked(reference, f"{option}[{place}]") for place, reference in enumerate(several)
    )


def links(value: Reference | Sequence[Reference] | None, option: str) -> list[str] | None:
    """Check references that must be links, such as the frames of a video.

    Args:
        value: One or several.
        option: Its name, for the error.

    Returns:
        The links; None if there are none.

    Raises:
        InvalidInputError: One of them is no link.
    """
    checked = references(value, option)
    urls = [reference for reference in checked if isinstance(reference, str)]
    if len(urls) < len(checked):
        raise InvalidInputError(
            f"{option} takes links only, since it is sent in a URL. Put the image on the web, "
            "for example on media.pollinations.ai, and pass its https:// link."
        )
    return urls or None


def _checked(reference: object, where: str) -> str | Media:
    if isinstance(reference, str) and reference.startswith(("http://", "https://")):
        return reference
    if isinstance(reference, str) and reference.startswith("data:"):
        reference = _decoded(reference, where)
    if isinstance(reference, bytes):
        reference = Media(reference, sniff(reference) or "unknown")
    if isinstance(reference, Media):
        if reference.kind != "image":
            raise InvalidInputError(f"{where}: these bytes are no image ({reference.mime}).")
        return reference
    kind = "file" if isinstance(reference, str | Path) else type(reference).__name__
    raise InvalidInputError(
        f"{where} is a {kind}, not a link (https): no picture is read from the disk here. Put it "
        "on the web, or pass its bytes: gateway.image(prompt, image=Path(...).read_bytes())."
    )


def _decoded(uri: str, where: str) -> bytes:
    try:
        return base64.b64decode(uri.partition(";base64,")[2], validate=True)
    except ValueError:
        raise InvalidInputError(f"{where}: the data: URI holds no base64.") from None
