"""The words of a PDF, roughly: pages counted, and the text that stands in plain letters."""

import re
import zlib

_MOST_STREAMS = 200
_LARGEST = 2_000_000
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_SHOWN = re.compile(
    rb"\[((?:[^\[\]\\]|\\.){0,20000})\]\s*TJ|\(((?:[^()\\]|\\.){0,5000})\)\s*(?:Tj|'|\")"
)
_STRING = re.compile(rb"\(((?:[^()\\]|\\.){0,5000})\)")
_HEX_SHOWN = re.compile(rb"<([0-9A-Fa-f]{2,10000})>\s*Tj")
_ESCAPE = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3})")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"", b"f": b""}


def page_count(data: bytes) -> int:
    """How many pages the document has; at least one."""
    written = len(re.findall(rb"/Type\s{0,4}/Page(?![a-zA-Z])", data))
    if written:
        return written
    counts = re.findall(rb"/Count\s{1,4}(\d{1,6})", data)
    return max(map(int, counts), default=1)


def visible_text(data: bytes) -> str:
    """The text shown by the streams that need no font table to be read."""
    lines = []
    for match in list(_STREAM.finditer(data))[:_MOST_STREAMS]:
        end = data.find(b"endstream", match.end())
        content = _inflated(data[match.end() : end if end >= 0 else len(data)])
        if b"BT" in content:
            lines.extend(_shown(content))
    return re.sub(r"\s+", " ", " ".join(lines)).strip()[:20_000]


def _inflated(stream: bytes) -> bytes:
    if stream[:1] != b"x":
        return stream[:_LARGEST]
    try:
        return zlib.decompressobj().decompress(stream, _LARGEST)
    except zlib.error:
        return b""


def _shown(content: bytes) -> list[str]:
    found = []
    for match in _SHOWN.finditer(content):
        pieces = _STRING.findall(match[1]) if match[1] is not None else [match[2]]
        found.append(b"".join(_ESCAPE.sub(_unescaped, piece) for piece in pieces).decode("latin-1"))
    found.extend(
        bytes.fromhex(match[1].decode()[: len(match[1]) // 2 * 2]).decode("latin-1")
        for match in _HEX_SHOWN.finditer(content)
    )
    return [text for text in found if text.strip() and text.isprintable()]


def _unescaped(match: re.Match[bytes]) -> bytes:
    said = match[1]
    if said.isdigit():
        return bytes([int(said, 8) & 0xFF])
    return _ESCAPES.get(said, said)
