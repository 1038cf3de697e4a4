"""Local files as content blocks of messages."""

from base64 import b64encode
from pathlib import Path

from _pollinations.chat.media_blocks import type_by_ending
from _pollinations.http.errors import InvalidInputError
from _pollinations.media.media import sniff

MAX_BYTES = 15_000_000
"""A request could be 20 MB long in January 2026, and base64 makes four bytes of three."""

_MEDIA = frozenset({"image", "audio", "video"})


def file(
    path: str | Path, *, mime_type: str | None = None, max_bytes: int = MAX_BYTES
) -> dict[str, str]:
    """Read a local file as a content block of a message, for `complete` and for LangChain.

    It is read here, so that a message holds all that is sent: a path that somebody else wrote into
    a message is never opened. LlamaIndex has blocks of its own for that, such as
    `ImageBlock(path="bee.png")`.

    Args:
        path: An image, a sound, a video or a document; `~` is your home.
        mime_type: Its media type; by default told from its first bytes, else from its ending.
        max_bytes: A larger file is not read.

    Returns:
        A block of type `image`, `audio` or `video`, or of type `file` with the file's name.

    Raises:
        InvalidInputError: There is no such file, it cannot be read, is empty or too large, or its
            type is unknown.

    Example:
        >>> from langchain_core.messages import HumanMessage
        >>> HumanMessage(["What is this?", file("bee.png")])  # doctest: +SKIP
    """
    path = Path(path)
    data = _read(path, max_bytes)
    mime_type = mime_type or sniff(data) or _by_ending(path)
    kind = mime_type.partition("/")[0]
    block = {"type": kind, "base64": b64encode(data).decode(), "mime_type": mime_type}
    return block if kind in _MEDIA else {**block, "type": "file", "filename": path.name}


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        path = path.expanduser().absolute()
        size = path.stat().st_size
        data = path.read_bytes() if size <= max_bytes else b""
    except FileNotFoundError:
        raise InvalidInputError(f"There is no file {str(path)!r}.") from None
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise InvalidInputError(f"{str(path)!r} cannot be read: {why}.") from None
    if size > max_bytes:
        raise InvalidInputError(
            f"{str(path)!r} has {size:,} bytes, more than max_bytes={max_bytes:,}. Send a smaller "
            "file, or a link to it."
        )
    if not data:
        raise InvalidInputError(f"{str(path)!r} is empty.")
    return data


def _by_ending(path: Path) -> str:
    known = type_by_ending(path.name)
    if known is None:
        raise InvalidInputError(
            f"The type of {str(path)!r} is unknown; pass it, such as mime_type='text/plain'."
        )
    return known
