"""Speech: a real sound whose length follows the words, one short tone for every word."""

import base64
import hashlib
import math
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pollinations_sandbox.answer import Audio

_RATE = 24_000
_TONE = 1_920  # samples of a word: 0.08 s
_LONGEST = 50
_EXPIRES = 1_800_000_000
_MAGIC = {
    "mp3": b"\xff\xf3\x44\xc4",
    "flac": b"fLaC\x80\x00\x00\x22",
    "opus": b"OggS\x00\x02",
    "aac": b"\xff\xf1\x50\x80",
}
_PITCH = {
    "alloy": 220, "ash": 196, "ballad": 208, "coral": 277, "echo": 165, "fable": 233, "nova": 294,
    "onyx": 131, "sage": 247, "shimmer": 311, "verse": 185, "amuch": 262, "dan": 147,
}  # fmt: skip


def wants_speech(body: Mapping[str, Any]) -> bool:
    """Whether the answer is to be spoken."""
    return "audio" in (body.get("modalities") or ()) and isinstance(body.get("audio"), Mapping)


def speak(text: str, settings: Mapping[str, Any]) -> Audio:
    """The text as sound.

    Args:
        text: What is said; it is also the transcript.
        settings: `voice` and `format` of the request.
    """
    form = str(settings.get("format") or "wav")
    samples = _tones(
        min(max(1, len(text.split())), _LONGEST), str(settings.get("voice") or "alloy")
    )
    if form == "pcm16":
        data = samples
    elif form == "wav":
        data = _wav(samples)
    else:
        data = _MAGIC.get(form, b"") + samples[: len(samples) // 8]
    digest = hashlib.sha256(f"{form} {text}".encode()).hexdigest()
    return Audio(f"audio_{digest[:24]}", base64.b64encode(data).decode(), text, _EXPIRES)


def seconds(text: str) -> float:
    """How long the sound of `text` is."""
    return min(max(1, len(text.split())), _LONGEST) * _TONE / _RATE


@lru_cache(maxsize=16)
def _tone(pitch: int) -> bytes:
    """One word: a tone that fades, and a breath of silence."""
    loud = _TONE * 3 // 4
    wave = (
        round(6_000 * (1 - at / loud) * math.sin(math.tau * pitch * at / _RATE))
        for at in range(loud)
    )
    return struct.pack(f"<{loud}h", *wave) + bytes(2 * (_TONE - loud))


def _tones(number: int, voice: str) -> bytes:
    return _tone(_PITCH.get(voice, 220)) * number


def _wav(samples: bytes) -> bytes:
    length = len(samples)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, 2 * _RATE, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 36 + length, b"WAVE") + form
    return head + struct.pack("<4sI", b"data", length) + samples
