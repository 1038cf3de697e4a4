"""Attachments are told by kind, media type and size."""

import base64
import io
from typing import Any

from PIL import Image
from tables import cases

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


@cases(__file__, "an_attachment_is_told_by_its_facts")
def test_an_attachment_is_told_by_its_facts(kind: str, inner: dict[str, Any], told: str) -> None:
    """What it shows or says is not read."""
    assert str(attachment({"type": kind, kind: inner})) == told
