"""Texts and speech that come in pieces, texts in other shapes."""

import base64
import functools
from typing import Any

import pytest

from _pollinations.chat.reply import Audio
from _pollinations.chat.text_pieces import audio_of, text_in

DEEP = functools.reduce(lambda deep, _: [deep], range(100_000), "Hi")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([{"text": "H"}, {"content": "i"}, {"type": "reference", "ids": [1]}], "Hi"),
        ({"type": "thinking", "thinking": [{"type": "text", "text": "Hi"}]}, "Hi"),
        ({"type": "text", "text": {"value": "Hi", "annotations": []}}, "Hi"),
        (7, "7"),
        (0.5, "0.5"),
        *((nothing, "") for nothing in (None, True, {"url": "x"}, DEEP)),
    ],
    ids=range(9),
)
def test_the_text_of_any_value_is_found(value: Any, text: str) -> None:
    """Strings in lists and blocks, and numbers, are text; only so many levels are looked at."""
    assert text_in(value) == text


def test_speech_is_put_together_as_bytes() -> None:
    """Base64 pieces that are padded on their own become one sound; the transcript is joined."""
    data = [base64.b64encode(part).decode() for part in (b"a", b"bcd", b"ef")]
    pieces: list[dict[str, Any]] = [
        {"id": "audio_1", "transcript": "Hel\ud83d"},
        *({"data": piece} for piece in data),
        {"transcript": "\ude00lo", "expires_at": 99},
    ]
    audio = audio_of(pieces)

    assert audio is not None
    assert base64.b64decode(audio.data) == b"abcdef"
    assert (audio.id, audio.transcript, audio.expires_at) == ("audio_1", "Hel\U0001f600lo", 99)


def test_data_that_is_no_base64_is_kept() -> None:
    """What cannot be decoded is joined as it came; other types make no audio."""
    assert audio_of([{"data": "a"}, {"data": "b", "id": 7}]) == Audio(None, "ab")
    assert audio_of([{"data": 1, "transcript": [], "id": None}]) is None
