"""How large a picture is, read from its own first bytes."""

import struct

_FRAME_HEADERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_MARKER = 0xFF


def dimensions(data: bytes) -> tuple[int, int] | None:
    r"""Tell a picture's width and height.

    Args:
        data: A PNG or JPEG, which are what the gateway draws, or as much of one as holds its head.

    Returns:
        Pixels; None for anything else.

    Example:
        >>> dimensions(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1")
        (2, 1)
    """
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", data, 16)
            return width, height
        return _of_jpeg(data) if data.startswith(b"\xff\xd8") else None
    except (struct.error, IndexError):  # it ends before it says
        return None


def _of_jpeg(data: bytes) -> tuple[int, int] | None:
    """Walk from segment to segment until one tells the size."""
    place = 2
    while data[place] == _MARKER:
        length, height, width = struct.unpack_from(">HxHH", data, place + 2)
        if data[place + 1] in _FRAME_HEADERS:
            return width, height
        place += 2 + length
    return None
