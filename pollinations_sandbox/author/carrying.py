"""The words that files of sounds and pictures carry where players and viewers do not look."""

import json
import struct
from collections.abc import Iterator
from typing import Final

MARK: Final = b"said"
"""The name of the chunk with the words of a sound; no reader of WAV knows it."""

_HEAD: Final = 8
_TAG: Final = 10
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_FIRST_SEGMENT: Final = 2
_COMMENT: Final = 0xFE
_SCAN: Final = 0xDA
_MARKER: Final = 0xFF
_NOTES: Final = ("Description", "Title", "Comment")


def chunk_of(text: str) -> bytes:
    """The chunk that holds the words of a sound, for the end of its file."""
    said = text.encode("utf-8", "replace")
    return MARK + struct.pack("<I", len(said)) + said + bytes(len(said) % 2)


def spoken_in(data: bytes) -> str | None:
    """The words that stand in such a chunk; None if there is none."""
    ends = {len(data), _tag_end(data)}
    at = data.rfind(MARK)
    while at >= 0:
        if at + _HEAD <= len(data):
            (size,) = struct.unpack_from("<I", data, at + len(MARK))
            if at + _HEAD + size + size % 2 in ends:
                return data[at + _HEAD : at + _HEAD + size].decode("utf-8", "replace")
        at = data.rfind(MARK, 0, at)
    return None


def described_in(data: bytes) -> str | None:
    """What a picture says of itself: a PNG's description, a JPEG's comment, our own's prompt."""
    if data.startswith(_PNG):
        notes = dict(_png_notes(data))
        found = [notes[name] for name in _NOTES if name in notes]
        return next(iter(found), None) or _prompt(notes.get("facts", ""))
    comment = _jpeg_comment(data) if data.startswith(b"\xff\xd8\xff") else None
    return None if comment is None else _prompt(comment) or comment


def _prompt(facts: str) -> str | None:
    try:
        read = json.loads(facts)
    except ValueError:
        return None
    return read.get("prompt") if isinstance(read, dict) else None


def _png_notes(data: bytes) -> Iterator[tuple[str, str]]:
    """Keyword and text of each chunk that holds a text which is not packed."""
    at = len(_PNG)
    while at + _HEAD <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, content = data[at + 4 : at + _HEAD], data[at + _HEAD : at + _HEAD + size]
        keyword, _, rest = content.partition(b"\0")
        if name == b"tEXt":
            yield keyword.decode("latin-1"), rest.decode("latin-1")
        elif name == b"iTXt" and rest[:1] == b"\0":
            text = rest[2:].split(b"\0", 2)[-1]  # behind the language and the translated keyword
            yield keyword.decode("latin-1"), text.decode("utf-8", "replace")
        at += _HEAD + size + 4


def _jpeg_comment(data: bytes) -> str | None:
    at = _FIRST_SEGMENT
    while at + 4 <= len(data) and data[at] == _MARKER and data[at + 1] != _SCAN:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == _COMMENT:
            return data[at + 4 : at + 2 + size].decode("utf-8", "replace")
        at += 2 + size
    return None


def _tag_end(data: bytes) -> int:
    """Where the ID3 tag of a file ends; 0 if it has none."""
    if not data.startswith(b"ID3"):
        return 0
    first, second, third, fourth = data[6:10].ljust(4, b"\0")
    return _TAG + (first << 21 | second << 14 | third << 7 | fourth)
