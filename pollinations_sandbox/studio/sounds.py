"""Sound files that carry the words they say, in a place where players do not look.

WAV and PCM are tones, MP3 is silence of the same length; Opus, AAC and FLAC are only their first
bytes and the words.
"""

import base64
import struct
from collections.abc import Mapping
from typing import Final

from pollinations_sandbox.author import media
from pollinations_sandbox.author.carrying import chunk_of, spoken_in
from pollinations_sandbox.author.speaking import seconds, speak

TYPES: Final[Mapping[str, str]] = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_RATE: Final = 24_000
_OWNER: Final = b"pollinations_sandbox\0"
# MPEG-2 layer III, 8 kbit/s, 24 kHz, mono: a frame whose side information is zero is silent.
_SILENCE: Final = b"\xff\xf3\x14\xc0" + bytes(20)
_FRAME: Final = 576 / _RATE  # seconds
_MAGIC: Final[Mapping[str, bytes]] = {
    "opus": b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(9),
    "aac": b"\xff\xf1\x58\x40\x01\x1f\xfc" + bytes(8),
    "flac": b"fLaC\x80\x00\x00\x22" + bytes(34),
}


def sound(text: str, *, voice: str, form: str) -> bytes:
    """The text, spoken.

    Args:
        text: What is said.
        voice: Decides the pitch.
        form: One of `TYPES`; PCM is 16 bits, mono, 24 kHz, and carries no words.
    """
    if form == "mp3":
        frames = max(1, round(seconds(text) / _FRAME))
        return _tagged(chunk_of(text)) + _SILENCE * frames
    if form in _MAGIC:
        return _MAGIC[form] + chunk_of(text)
    tones = base64.b64decode(speak(text, {"voice": voice, "format": "pcm16"}).data)
    return _wav(tones, chunk_of(text)) if form == "wav" else tones


def length(data: bytes, form: str) -> float:
    """How many seconds a file of this ending plays; exact for WAV and our own."""
    said = spoken_in(data)
    if said is not None and not data.startswith(b"RIFF"):
        return seconds(said)
    held = {"data": base64.b64encode(data).decode(), "format": form}
    return media.look({"type": "input_audio", "input_audio": held}).seconds


def _tagged(words: bytes) -> bytes:
    """An ID3 tag with one private frame, as it stands in front of an MP3."""
    private = _OWNER + words
    frame = b"PRIV" + struct.pack(">I2x", len(private)) + private
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame


def _wav(tones: bytes, last: bytes) -> bytes:
    """A RIFF file of the tones, and one more chunk at its end."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, 2 * _RATE, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(tones)) + tones + last
    return b"RIFF" + struct.pack("<I", len(body)) + body
