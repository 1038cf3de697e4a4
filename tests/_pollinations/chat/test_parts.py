"""Content parts as the wire spells them."""

from typing import Any

import pytest

from _pollinations.chat.parts import (
    audio_part,
    check_part,
    data_uri,
    file_part,
    image_part,
    sanitised,
    text_part,
    video_part,
)
from _pollinations.http.errors import InvalidInputError

WHERE = "message 1, block 2"
GOOD: list[dict[str, Any]] = [
    text_part("Hi"),
    image_part("https://a/b.png", detail="low", mime_type="image/png"),
    video_part("gs://a/b.mp4", mime_type="video/mp4"),
    audio_part("AAAA", "mp3", where=WHERE),
    file_part(data="data:application/pdf;base64,AA==", name="a.pdf"),
    file_part(url="https://a/b.pdf"),
    file_part(file_id="file_1"),
    {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
    {"type": "thinking", "thinking": "Hm", "signature": "s"},
    {"type": "from_the_future", "x": [None, 1]},
]


@pytest.mark.parametrize("part", GOOD, ids=lambda part: part["type"])
def test_good_parts_pass_untouched(part: dict[str, Any]) -> None:
    """Known parts that hold what they promise, and unknown ones, are sent as they are."""
    assert check_part(part, WHERE) is part


@pytest.mark.parametrize(
    "part",
    [
        None,
        7,
        {},
        {"type": None},
        {"text": "Hi"},
        {"type": "text"},
        {"type": "text", "text": None},
        {"type": "image_url"},
        {"type": "image_url", "image_url": {}},
        {"type": "image_url", "image_url": {"url": ""}},
        {"type": "image_url", "image_url": {"url": 7}},
        {"type": "video_url", "video_url": None},
        {"type": "input_audio", "input_audio": {"format": "wav"}},
        {"type": "input_audio", "input_audio": "AAAA"},
        {"type": "file", "file": {"filename": "a.pdf"}},
        {"type": "file"},
    ],
)
def test_a_bad_part_is_refused_by_its_place(part: object) -> None:
    """What the gateway would refuse is refused here, with the message and the block."""
    with pytest.raises(InvalidInputError, match=WHERE):
        check_part(part, WHERE)


def test_short_forms_are_spelled_out() -> None:
    """A bare string is text, a bare URL becomes the object that the gateway wants."""
    bare = {"type": "image_url", "image_url": "https://a", "cache_control": {"type": "x"}}

    assert check_part("Hi", WHERE) == text_part("Hi")
    assert check_part(bare, WHERE) == {**bare, "image_url": {"url": "https://a"}}
    assert bare["image_url"] == "https://a"


def test_empty_text_is_left_out() -> None:
    """A text part without text is no part."""
    assert check_part("", WHERE) is None
    assert check_part(text_part(""), WHERE) is None


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
