"""Pictures."""

import base64
import io

import pytest
from PIL import Image

from pollinations_sandbox.author.drawing import pictures

ASKED = "Plot a bar chart of 1, 2 and 4."


def test_the_picture_is_a_real_one() -> None:
    """It can be opened, and the tallest bar is blue to the top."""
    [picture] = pictures({}, ASKED, model="gemini")
    image = Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2])))
    image.load()
    assert image.format == "PNG"
    assert image.getpixel((image.width - 10, 12)) == (0x1F, 0x77, 0xB4)


@pytest.mark.parametrize(
    ("body", "model", "drawn"),
    [
        ({"tools": [{"type": "code_execution"}]}, "gemini-fast", 1),
        ({"tools": []}, "gemini", 0),
        ({}, "gemini-fast", 0),
        ({}, "openai", 0),
        ({"response_format": {"type": "json_object"}}, "gemini", 0),
    ],
)
def test_only_code_execution_draws(body: dict[str, object], model: str, drawn: int) -> None:
    """It is there by default for some of the models."""
    assert len(pictures(body, ASKED, model=model)) == drawn


def test_nothing_is_drawn_unasked() -> None:
    """A question is answered in words."""
    assert pictures({}, "What is tea?", model="gemini") == ()
