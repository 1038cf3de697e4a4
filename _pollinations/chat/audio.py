"""Speech that comes in pieces."""

import base64
import binascii
from typing import Any

from _pollinations.chat.pieces import Pieces
from _pollinations.chat.reply import Audio


class AudioPieces:
    """Reads the `audio` of one answer: its base64 data, its transcript, its id."""

    __slots__ = ("_data", "_facts", "_transcript")

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}
        self._data: list[str] = []
        self._transcript = Pieces()

    def feed(self, audio: dict[str, Any]) -> None:
        """Read the `audio` of one event or message; what has another type is left out."""
        if isinstance(audio.get("data"), str):
            self._data.append(audio["data"])
        if isinstance(audio.get("transcript"), str):
            self._transcript.feed(audio["transcript"])
        self._facts |= {name: audio[name] for name in ("id", "expires_at") if audio.get(name)}

    def result(self) -> Audio | None:
        """Return the whole audio, or None if nothing of one came."""
        transcript = f"{self._transcript}{self._transcript.half}"
        if not (self._facts or self._data or transcript):
            return None
        name, expires = self._facts.get("id"), self._facts.get("expires_at")
        return Audio(
            id=name if isinstance(name, str) else None,
            data=_joined(self._data),
            transcript=transcript,
            expires_at=int(expires) if isinstance(expires, int) else None,
        )


def _joined(pieces: list[str]) -> str:
    """Base64 text of all pieces: each may be padded on its own, so they are joined as bytes."""
    if len(pieces) <= 1:
        return "".join(pieces)
    try:
        return base64.b64encode(b"".join(base64.b64decode(piece) for piece in pieces)).decode()
    except (ValueError, binascii.Error):
        return "".join(pieces)
