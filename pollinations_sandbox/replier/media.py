"""Attachments: kind, media type, bytes, and the size of a picture or the length of a sound."""

import base64
import binascii
import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_COMPRESSED: Final = 8_000  # bytes of a second, as if at 64 kbit/s
_PCM: Final = 48_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """The facts about one part of a message that is not text.

    Attributes:
        kind: `image`, `audio`, `video` or `file`.
        name: The media type, else the file's name or link.
        data: The bytes; empty for a link.
    """

    kind: str
    name: str
    data: bytes

    @property
    def seconds(self) -> float:
        """How long a sound plays: exact for WAV and PCM, else guessed from its bytes."""
        rate = _PCM if self.name == "pcm16" else _COMPRESSED
        return wav_seconds(self.data) or len(self.data) / rate

    def __str__(self) -> str:
        size = f", {len(self.data)} bytes" if self.data else ""
        return f"{self.kind} ({self.name}{size}{self._measure()})"

    def _measure(self) -> str:
        if self.kind == "audio":
            return f", {self.seconds:.1f} seconds"
        if self.kind != "image" or not self.data:
            return ""
        from PIL import Image  # noqa: PLC0415 - chats need no Pillow

        try:
            width, height = Image.open(io.BytesIO(self.data)).size
        except (OSError, ValueError, Image.DecompressionBombError):
            return ""
        return f", {width}x{height} pixels"


def attachment(part: Mapping[str, Any]) -> Attachment:
    """The facts about an `image_url`, `video_url`, `input_audio` or `file` part."""
    kind = str(part.get("type", ""))
    inner = part.get(kind)
    inner = inner if isinstance(inner, Mapping) else {}
    sources = ("url", "data", "file_data", "file_url", "file_id")
    source = next((str(inner[key]) for key in sources if inner.get(key)), "")
    kind = {"input_audio": "audio"}.get(kind, kind.removesuffix("_url"))
    names = ("mime_type", "file_name", "filename", "format")
    name = next((str(inner[key]) for key in names if inner.get(key)), kind)
    if source.startswith("data:"):
        head, _, source = source.partition(",")
        name = head.removeprefix("data:").partition(";")[0] or name
    elif ":" in source or kind == "video":
        return Attachment(kind, source[:200], b"")
    return Attachment(kind, name, _decoded(source))


def wav_seconds(data: bytes) -> float:
    """How long a WAV file plays; 0 for anything else."""
    try:
        with wave.open(io.BytesIO(data)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return 0.0


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
