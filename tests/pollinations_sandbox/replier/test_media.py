"""Attachments are told by kind, media type and size."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from pollinations_sandbox.media.placeholders import silence
from pollinations_sandbox.replier.reading import attachment


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (64, 48)).save(held, "PNG")
    return held.getvalue()


WAV = silence("wav")
PNG = picture()


@pytest.mark.parametrize(
    ("kind", "inner", "told"),
    [
        (
            "image_url",
            {"url": f"data:image/png;base64,{coded(PNG)}"},
            f"image (image/png, {len(PNG)} bytes, 64x48 pixels)",
        ),
        (
            "image_url",
            {"url": f"data:image/png;base64,{coded(b'soup')}"},
            "image (image/png, 4 bytes)",
        ),
        ("image_url", {"url": "https://example.org/a.png"}, "image (https://example.org/a.png)"),
        ("video_url", {"url": "https://example.org/a.mp4"}, "video (https://example.org/a.mp4)"),
        (
            "input_audio",
            {"data": coded(WAV), "format": "wav"},
            f"audio (wav, {len(WAV)} bytes, 1.0 seconds)",
        ),
        (
            "input_audio",
            {"data": coded(bytes(24_000)), "format": "pcm16"},
            "audio (pcm16, 24000 bytes, 0.5 seconds)",
        ),
        (
            "file",
            {"file_data": f"data:application/pdf;base64,{coded(b'%PDF')}"},
            "file (application/pdf, 4 bytes)",
        ),
        ("file", {"file_data": coded(b"hi"), "file_name": "a.txt"}, "file (a.txt, 2 bytes)"),
        ("file", {"file_data": "soup", "filename": "a"}, "file (a, 3 bytes)"),
        ("file", {}, "file (file)"),
    ],
)
def test_an_attachment_is_told_by_its_facts(kind: str, inner: dict[str, Any], told: str) -> None:
    """What it shows or says is not read."""
    assert str(attachment({"type": kind, kind: inner})) == told
