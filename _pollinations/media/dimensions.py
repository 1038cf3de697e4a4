"""How large a picture is, read from its own first bytes."""

import struct

_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_LONELY = frozenset({0x01, *range(0xD0, 0xD9)})
_MARK = 0xFF
_14_BITS = 0x3FFF


def dimensions(data: bytes) -> tuple[int, int] | None:
    r"""Tell a picture's width and height.

    Args:
        data: A PNG, JPEG, GIF or WebP, or as much of one as holds its head.

    Returns:
        Pixels; None for anything else.

    Example:
        >>> dimensions(b"GIF89a\x02\x00\x01\x00")
        (2, 1)
    """
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", data, 16)
            return width, height
        if data.startswith(b"GIF8"):
            width, height = struct.unpack_from("<HH", data, 6)
            return width, height
        if data.startswith(b"\xff\xd8"):
            return _of_jpeg(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _of_webp(data)
    except (struct.error, IndexError):  # it ends before it says
        return None
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


def _of_webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + _of_24_bits(data[24:27]), 1 + _of_24_bits(data[27:30])
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & _14_BITS), 1 + (bits >> 14 & _14_BITS)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & _14_BITS, height & _14_BITS
    return None


def _of_24_bits(data: bytes) -> int:
    if len(data) != 3:  # noqa: PLR2004 - 24 bits
        raise IndexError("The head of the picture is not all there.")
    return int.from_bytes(data, "little")
