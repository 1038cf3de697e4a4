"""Speech."""

import base64
import io
import wave

import pytest

from pollinations_sandbox.author.speaking import seconds, speak, wants_speech


def test_speech_is_wanted_only_with_both_settings() -> None:
    """A modality and a voice."""
    audio = {"voice": "alloy", "format": "wav"}
    assert wants_speech({"modalities": ["text", "audio"], "audio": audio})
    assert not wants_speech({"modalities": ["text"], "audio": audio})
    assert not wants_speech({"modalities": ["audio"]})


def test_a_wav_is_as_long_as_its_words() -> None:
    """And can be played."""
    said = speak("one two three", {"voice": "nova", "format": "wav"})
    with wave.open(io.BytesIO(base64.b64decode(said.data))) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(seconds(said.transcript))


def test_voices_sound_different() -> None:
    """The same voice sounds the same."""
    high, low = speak("hi", {"voice": "nova"}), speak("hi", {"voice": "onyx"})
    assert high.data != low.data
    assert high == speak("hi", {"voice": "nova"})


@pytest.mark.parametrize(
    ("form", "magic"), [("mp3", b"\xff\xf3"), ("flac", b"fLaC"), ("opus", b"OggS"), ("pcm16", b"")]
)
def test_every_format_begins_as_it_should(form: str, magic: bytes) -> None:
    """PCM has no head."""
    data = base64.b64decode(speak("hello", {"voice": "ash", "format": form}).data)
    assert data.startswith(magic)
    assert len(data) > 100
