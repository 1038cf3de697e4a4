"""Speech in pieces."""

import base64
from typing import Any

import pytest

from _pollinations.chat.audio import AudioPieces
from _pollinations.chat.reply import Audio


def read(*pieces: dict[str, Any]) -> Audio | None:
    audio = AudioPieces()
    for piece in pieces:
        audio.feed(piece)
    return audio.result()


def test_speech_is_put_together_as_bytes() -> None:
    """Base64 pieces that are padded on their own become one sound; the transcript is joined."""
    data = [base64.b64encode(part).decode() for part in (b"a", b"bcd", b"ef")]
    audio = read(
        {"id": "audio_1", "transcript": "Hel\ud83d"},
        *({"data": piece} for piece in data),
        {"transcript": "\ude00lo", "expires_at": 99},
    )

    assert audio is not None
    assert base64.b64decode(audio.data) == b"abcdef"
    assert (audio.id, audio.transcript, audio.expires_at) == ("audio_1", "Hel\U0001f600lo", 99)


@pytest.mark.parametrize("pieces", [(), ({},), ({"data": 1, "transcript": [], "id": None},)])
def test_what_is_no_speech_is_none(pieces: tuple[dict[str, Any], ...]) -> None:
    """Nothing, nulls and other types make no audio."""
    assert read(*pieces) is None


def test_data_that_is_no_base64_is_kept() -> None:
    """What cannot be decoded is joined as it came."""
    assert read({"data": "a"}, {"data": "b", "id": 7}) == Audio(None, "ab")
