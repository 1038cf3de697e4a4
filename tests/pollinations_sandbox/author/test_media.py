"""Facts about parts that are not text."""

import base64
import struct
import zlib
from typing import Any

import pytest

from pollinations_sandbox.author.media import describe, look
from pollinations_sandbox.author.speaking import speak


def uri(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def image(data: bytes, mime: str = "image/png") -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": uri(mime, data)}}


PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03"
WEBP = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x7f\x02\x00\xdf\x01\x00"


@pytest.mark.parametrize(
    ("data", "mime"),
    [(PNG, "image/png"), (GIF, "image/gif"), (JPEG, "image/jpeg"), (WEBP, "image/webp")],
)
def test_the_measures_of_an_image_are_read_from_its_head(data: bytes, mime: str) -> None:
    """Whatever type the link claims."""
    seen = look(image(data, "image/x"))
    assert (seen.width, seen.height, seen.mime, seen.size) == (640, 480, mime, len(data))


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"soup"])
def test_a_broken_image_has_no_measures(data: bytes) -> None:
    """And breaks nothing."""
    assert (look(image(data)).width, look(image(data)).height) == (0, 0)


def test_a_link_is_told_by_host_and_path() -> None:
    """Queries and secrets are not repeated."""
    part = {"type": "video_url", "video_url": {"url": "https://example.org/a/b.mp4?key=1"}}
    assert describe(look(part)) == "a video, from example.org/a/b.mp4"


def test_the_length_of_a_sound_is_told() -> None:
    """Exactly for WAV and PCM."""
    wav = speak("one two three four five", {"format": "wav"}).data
    seen = look({"type": "input_audio", "input_audio": {"data": wav, "format": "wav"}})
    assert seen.seconds == pytest.approx(0.4)
    pcm = base64.b64encode(bytes(48_000)).decode()
    seen = look({"type": "input_audio", "input_audio": {"data": pcm, "format": "pcm16"}})
    assert seen.seconds == 1.0
    assert describe(seen) == "an audio (audio/pcm16) of 1.0 seconds, 48000 bytes"


def test_a_document_is_read() -> None:
    """Pages and words of a PDF, words of a text."""
    stream = zlib.compress(b"BT (Dummy PDF file) Tj ET")
    pdf = b"%PDF-1.4\n<</Type /Page>>\nstream\n" + stream + b"\nendstream"
    part = {
        "type": "file",
        "file": {"file_data": uri("application/pdf", pdf), "file_name": "a.pdf"},
    }
    told = describe(look(part))
    assert told.startswith("a file (application/pdf) of 1 page,")
    assert told.endswith('named a.pdf; it says: "Dummy PDF file"')
    part = {"type": "file", "file": {"file_data": uri("text/plain", b"hello")}}
    assert look(part).text == "hello"


def test_a_file_may_hold_any_medium() -> None:
    """An image in a file is an image."""
    assert look({"type": "file", "file": {"file_data": uri("image/png", PNG)}}).kind == "image"
    mp3 = uri("audio/mpeg", b"ID3" + bytes(8_000))
    assert look({"type": "file", "file": {"file_data": mp3}}).kind == "audio"
    assert look({"type": "file", "file": {"file_url": "https://example.org/x"}}).name == (
        "example.org/x"
    )
    assert look({"type": "file", "file": {"file_id": "file-1"}}).name == "file-1"
    assert look({"type": "file"}).size == 0
