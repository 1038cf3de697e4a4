"""What is in a part that is not text: kind, size and measures, read from its own first bytes."""

import base64
import binascii
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pollinations_sandbox.author.carrying import described_in, spoken_in
from pollinations_sandbox.author.paper import page_count, visible_text


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts about one part.

    Attributes:
        kind: `image`, `audio`, `video` or `file`.
        mime: Its media type, if known.
        size: Bytes; 0 for a link.
        width: Pixels.
        height: Pixels.
        seconds: How long it plays.
        pages: Pages of a document.
        text: Words that stand in a document, are said, or describe a picture.
        name: A file name or the link's host and path.
    """

    kind: str
    mime: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    pages: int = 0
    text: str = ""
    name: str = ""


def look(part: Mapping[str, Any]) -> Seen:
    """The facts about an `image_url`, `video_url`, `input_audio` or `file` part."""
    kind = str(part.get("type", ""))
    inner = part.get(kind)
    inner = inner if isinstance(inner, Mapping) else {}
    if kind == "input_audio":
        return _sound(_decoded(str(inner.get("data", ""))), str(inner.get("format") or "wav"))
    mime = str(inner.get("mime_type") or "")
    if kind == "file":
        name = str(inner.get("file_name") or inner.get("filename") or "")
        source = inner.get("file_data") or inner.get("file_url") or inner.get("file_id") or ""
        return _document(str(source), mime, name)
    return _linked(str(inner.get("url", "")), mime, kind.removesuffix("_url"))


def describe(seen: Seen) -> str:
    """The facts as a phrase."""
    facts = []
    if seen.width:
        facts.append(f"{seen.width}x{seen.height} pixels")
    if seen.seconds:
        facts.append(f"{seen.seconds:.1f} seconds")
    if seen.pages:
        facts.append(f"{seen.pages} page{'s' * (seen.pages > 1)}")
    if seen.size:
        facts.append(f"{seen.size} bytes")
    article = "an" if seen.kind[:1] in "aio" else "a"
    phrase = f"{article} {seen.kind}"
    if seen.mime:
        phrase += f" ({seen.mime})"
    if facts:
        phrase += f" of {', '.join(facts)}"
    if seen.name:
        phrase += f", {'from' if '/' in seen.name else 'named'} {seen.name}"
    return phrase + (f'; it says: "{seen.text[:400]}"' if seen.text else "")


def words_of(parts: Iterable[Mapping[str, Any]]) -> str:
    """All words that stand in the parts, are said in them, or describe them."""
    return "\n".join(text for part in parts if (text := look(part).text))


def _linked(url: str, mime: str, kind: str) -> Seen:
    if url.startswith("data:"):
        mime, data = _from_uri(url, mime)
        if mime.startswith("audio/"):
            return _sound(data, mime.removeprefix("audio/"))
        return _picture(data, kind, _sniffed(data) or mime)
    return Seen(kind, mime, name=_address(url))


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}" if parts.netloc else url[:200]


def _document(source: str, mime: str, name: str) -> Seen:
    if source.startswith(("http:", "https:", "gs:")):
        return Seen("file", mime, name=name or _address(source))
    if source.startswith("data:"):
        mime, data = _from_uri(source, mime)
    else:
        data = _decoded(source)
    mime = mime or _sniffed(data)
    kind = mime.partition("/")[0]
    if kind in {"image", "video"}:
        return _picture(data, kind, mime, name)
    if kind == "audio":
        return _sound(data, mime.removeprefix("audio/"))
    if data.startswith(b"%PDF"):
        return Seen(
            "file",
            "application/pdf",
            len(data),
            pages=page_count(data),
            text=visible_text(data),
            name=name,
        )
    if kind == "text" or mime == "application/json":
        return Seen(
            "file", mime, len(data), text=data.decode("utf-8", "replace")[:20_000], name=name
        )
    return Seen("file", mime, len(data), name=name or ("" if data else source[:100]))


def _picture(data: bytes, kind: str, mime: str, name: str = "") -> Seen:
    if kind != "image":
        return Seen(kind, mime, len(data), name=name)
    width, height = _pixels(data)
    return Seen(kind, mime, len(data), width, height, text=described_in(data) or "", name=name)


def _from_uri(uri: str, mime: str) -> tuple[str, bytes]:
    head, _, payload = uri.partition(",")
    named = head.removeprefix("data:").partition(";")[0]
    return mime or named, _decoded(payload)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text)
    except (binascii.Error, ValueError):
        return b""


def _sniffed(data: bytes) -> str:
    for magic, mime in (
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"%PDF", "application/pdf"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"ID3", "audio/mpeg"),
    ):
        if data.startswith(magic):
            return mime
    if data[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(data[8:12], "")
    return "video/mp4" if data[4:8] == b"ftyp" else ""


def _pixels(data: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG, GIF, JPEG or WebP."""
    try:
        if data.startswith(b"\x89PNG"):
            width, height = struct.unpack(">II", data[16:24])
        elif data.startswith(b"GIF8"):
            width, height = struct.unpack("<HH", data[6:10])
        elif data.startswith(b"\xff\xd8"):
            width, height = _jpeg_pixels(data)
        elif data[8:16] == b"WEBPVP8X":
            width = int.from_bytes(data[24:27], "little") + 1
            height = int.from_bytes(data[27:30], "little") + 1
        else:
            return 0, 0
    except struct.error:
        return 0, 0
    return width, height


def _jpeg_pixels(data: bytes) -> tuple[int, int]:
    """Walk the segments of a JPEG to its frame header."""
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:  # noqa: PLR2004 - the marker byte
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004 - frame headers
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return 0, 0


def _sound(data: bytes, form: str) -> Seen:
    form = form.removeprefix("x-")
    seconds = _wav_seconds(data)
    if not seconds:
        rate = 48_000 if form == "pcm16" else 8_000  # PCM is exact; the rest as if at 64 kbit/s
        seconds = len(data) / rate
    said = spoken_in(data) or ""
    return Seen("audio", _sniffed(data) or f"audio/{form}", len(data), seconds=seconds, text=said)


def _wav_seconds(data: bytes) -> float:
    """Duration of a WAV: the bytes of its `data` chunk by the bytes of a second."""
    place, per_second = 12, 0
    while data[:4] == b"RIFF" and place + 8 <= len(data):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if name == b"fmt ":
            per_second = int.from_bytes(data[place + 16 : place + 20], "little")
        if name == b"data":
            held = min(size, len(data) - place - 8)
            return held / per_second if per_second else 0.0
        place += 8 + size + size % 2
    return 0.0
