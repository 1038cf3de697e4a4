"""One second of silence in each format; the length of a sound that was sent."""

import base64
import hashlib
import io
import wave
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from pollinations_sandbox.answer import Audio

TYPES: Final[Mapping[str, str]] = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_RATE: Final = 24_000
_TOKENS: Final = 20  # of a second of speech
_EXPIRES: Final = 1_800_000_000


@cache
def silence(form: str) -> bytes:
    """One second of silence; PCM is 16 bits, mono, 24 kHz."""
    if form in {"pcm", "pcm16"}:
        return bytes(2 * _RATE)
    if form != "wav":
        return files(__package__).joinpath(f"silence.{form}").read_bytes()
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setparams((1, 2, _RATE, _RATE, "NONE", ""))
        sound.writeframes(silence("pcm"))
    return held.getvalue()


def speak(text: str, form: str) -> tuple[Audio, int]:
    """The audio of a chat's answer, and its tokens; the text is its transcript."""
    digest = hashlib.sha256(f"{form} {text}".encode("utf-8", "replace")).hexdigest()
    data = base64.b64encode(silence(form)).decode()
    return Audio(f"audio_{digest[:24]}", data, text, _EXPIRES), _TOKENS
