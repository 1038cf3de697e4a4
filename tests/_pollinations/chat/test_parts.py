"""Content parts as the wire spells them."""

import pytest

from _pollinations.chat.parts import (
    audio_part,
    data_uri,
    file_part,
    image_part,
    sanitised,
)
from _pollinations.http.errors import InvalidInputError

WHERE = "message 1, block 2"


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("audio/wav", "wav"),
        ("audio/x-wav", "wav"),
        ("wav", "wav"),
        (".wav", "wav"),
        ("audio/mpeg", "mp3"),
        ("MP3", "mp3"),
        ("audio/flac", "flac"),
        ("audio/opus", "opus"),
        ("audio/L16; rate=24000", "pcm16"),
        ("pcm16", "pcm16"),
    ],
)
def test_sound_is_named_by_the_gateways_formats(kind: str, known: str) -> None:
    """Media types and file endings become one of the five formats."""
    assert audio_part("AAAA", kind, where=WHERE)["input_audio"] == {"data": "AAAA", "format": known}


@pytest.mark.parametrize("kind", ["audio/mp4", "m4a", "audio/aac", "", "image/png"])
def test_sound_that_no_provider_takes_is_refused(kind: str) -> None:
    """m4a passes the gateway's schema and fails behind it, so it is refused here."""
    with pytest.raises(InvalidInputError, match=WHERE):
        audio_part("AAAA", kind, where=WHERE)


def test_a_data_uri_of_sound_is_opened() -> None:
    """Sound travels as bare base64."""
    part = audio_part("data:audio/wav;base64,AAAA", "audio/wav", where=WHERE)

    assert part["input_audio"]["data"] == "AAAA"


def test_data_uris_are_made_once() -> None:
    """Base64 gets its media type; what has one keeps it."""
    assert data_uri("AAAA", "image/png") == "data:image/png;base64,AAAA"
    assert data_uri("data:image/gif;base64,AAAA", "image/png") == "data:image/gif;base64,AAAA"


def test_only_what_is_known_is_said() -> None:
    """No null travels in a part."""
    assert image_part("https://a") == {"type": "image_url", "image_url": {"url": "https://a"}}
    assert file_part(url="https://a", name="n") == {
        "type": "file",
        "file": {"file_url": "https://a", "file_name": "n"},
    }


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Ada", "Ada"),
        ("_private_", "_private_"),
        ("a-b_1", "a-b_1"),
        ("Ada Lovelace", "Ada_Lovelace"),
        ("Zoë & Co.", "Zo_Co"),
        ("日本", None),
        ("", None),
        (None, None),
        ("x" * 70, "x" * 64),
    ],
)
def test_names_are_made_fit(name: str | None, clean: str | None) -> None:
    """A good name stays; others lose what providers refuse, or go."""
    assert sanitised(name) == clean
