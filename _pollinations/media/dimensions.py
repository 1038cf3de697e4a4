"""How large a picture is, read from its own first bytes."""

import struct

_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_LONELY = frozenset({0x01, *range(0xD0, 0xD9)})
_MARK = 0xFF


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
    """Walk from marker to marker until one tells the size."""
    place = 2
    while data[place] == _MARK:
        marker = data[place + 1]
        if marker == _MARK:  # padding
            place += 1
        elif marker in _JPEG_LONELY:
            place += 2
        elif marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        else:
            place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    return None
