"""What a model is told of the tools, and what becomes of the arguments that it writes."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from _pollinations.http.call import Call
from _pollinations.http.errors import InvalidInputError
from _pollinations.media.tools import IMAGE, SPEECH, TRANSCRIPTION, VIDEO, MediaTool

TOOLS = [IMAGE, VIDEO, SPEECH, TRANSCRIPTION]


def first(call: Any) -> Any:
    """What is sent first."""
    return call if isinstance(call, Call) else call.first()


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_schema_is_short_and_whole(tool: MediaTool[Any]) -> None:
    """Each argument is described; Gemini refuses exclusive bounds and property names."""
    schema = tool.schema.model_json_schema()

    assert all(field["description"] for field in schema["properties"].values())
    assert len(schema["required"]) == 1
    assert len(tool.description) < 200
    assert "exclusive" not in json.dumps(schema)
    assert "propertyNames" not in json.dumps(schema)


SURROGATE = "\ud83d bee"


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        (IMAGE, {}, "prompt: Field required"),
        (IMAGE, ["a bee"], "arguments: Input should be a valid dictionary"),
        (SPEECH, None, "arguments: Input should be a valid dictionary"),
        (IMAGE, {"prompt": "  "}, "The prompt is empty"),
        (IMAGE, {"prompt": "a bee", "width": "wide"}, "width: Input should be a valid integer"),
        (IMAGE, {"prompt": "a bee", "seed": 2**40}, "seed"),
        (
            IMAGE,
            {"prompt": "a bee", "image_urls": ["bee.png"]},
            r"image\[0\] is a file",
        ),
        (IMAGE, {"prompt": "a bee", "image_urls": [SURROGATE]}, r"gateway\.image.*read_bytes"),
        (VIDEO, {"prompt": "a bee", "first_frame_url": "a\0b"}, r"image\[0\] is a file"),
        (SPEECH, {"text": ""}, "text: Field required"),
        (TRANSCRIPTION, {"path": SURROGATE}, "cannot be read"),
        (TRANSCRIPTION, {"path": "/etc/hostname"}, "outside"),
    ],
)
def test_arguments_that_do_not_fit_are_named(
    tool: MediaTool[Any], arguments: Any, reason: str, tmp_path: Path
) -> None:
    """The error says which argument and why, before anything is sent, in words that encode."""
    options = {"directory": tmp_path} if tool is TRANSCRIPTION else {}

    with pytest.raises(InvalidInputError, match=reason) as caught:
        tool.call(arguments, options)

    assert str(caught.value).encode()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (IMAGE, {"prompt": SURROGATE, "width": "64"}),
        (IMAGE, {"prompt": "100% " + SURROGATE}),
        (IMAGE, {"prompt": "a\0b\x1b[31m"}),
        (VIDEO, {"prompt": SURROGATE, "aspect_ratio": SURROGATE}),
        (SPEECH, {"text": SURROGATE, "voice": SURROGATE}),
    ],
)
def test_half_a_character_is_no_reason_to_fail(
    tool: MediaTool[Any], arguments: dict[str, Any]
) -> None:
    """Lone surrogates become question marks, and control characters travel."""
    request = first(tool.call(arguments, {})).request

    assert request.path.encode()
    assert urlencode(request.query) is not None
    assert b"\\ud83d" not in (request.body or b"")


@pytest.mark.parametrize("empty", [{"image_urls": []}, {"image_urls": None}])
def test_what_a_model_leaves_empty_is_not_set(empty: dict[str, Any]) -> None:
    """Models write empty lists and texts for what they do not need: the user's options hold."""
    image = IMAGE.call({"prompt": "a bee", **empty}, {"image": "https://example.com/a.png"})
    video = VIDEO.call({"prompt": "a bee", "first_frame_url": "", "aspect_ratio": ""}, {"seed": 1})

    assert ("image", "https://example.com/a.png") in first(image).request.query
    assert first(video).request.query == (("seed", "1"),)


def test_a_video_is_made_from_two_frames() -> None:
    """Prompt, first and last frame, seconds and shape are sent, before the user's options."""
    frames = {"first_frame_url": "https://a.org/1", "last_frame_url": "https://a.org/2"}
    arguments = {"prompt": "waves", "duration": 8, "aspect_ratio": "9:16", **frames}
    request = first(VIDEO.call(arguments, {"duration": 4, "seed": 1})).request

    assert request.path.endswith("/waves")
    assert dict(request.query) == {
        "duration": "8",
        "aspectRatio": "9:16",
        "seed": "1",
        "image": "https://a.org/1|https://a.org/2",
    }
