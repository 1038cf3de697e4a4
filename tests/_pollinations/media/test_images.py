"""Pictures over real sockets: each parameter on the wire, each prompt unchanged."""

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from _pollinations.http.call import Call, Response
from _pollinations.http.errors import UnreadableAnswerError
from _pollinations.media.images import EDITS, GENERATIONS, image_call
from _pollinations.media.media import Media
from pollinations_sandbox import Sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
DATA_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
LINK = "https://example.com/cat.png"

PROMPTS = [
    "a red bicycle",
    "either/or",
    "two\nlines",
    """ 'single' and "double" quotes """,
    "🚲 und Käse, ½ Kilo; a=b&c=d?e#f+g",
    "x" * 10_000,
]
CHANGED_BY_ADDRESSES = [
    "100%25 wool",
    "50% off",
    "http://a//b",
    "/lead",
    "tail/",
    "..",
    "🚲" * 9_000,
]


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_prompt_arrives_unchanged(ask_once: Any, sandbox: Sandbox, prompt: str) -> None:
    """In both APIs the model is asked for exactly this."""
    ask_once.send(image_call(prompt, width=64, height=64))

    assert sandbox.last.method == "GET"
    assert sandbox.last.forwarded is not None
    assert sandbox.last.forwarded["prompt"] == prompt


@pytest.mark.parametrize("prompt", CHANGED_BY_ADDRESSES)
def test_what_an_address_would_change_is_posted(
    ask_once: Any, sandbox: Sandbox, prompt: str
) -> None:
    """Percent signs, double slashes and very long prompts arrive unchanged too."""
    options: Any = {"width": 64, "height": 32, "seed": 9, "model": "flux"}
    media = ask_once.send(image_call(prompt, **options))

    assert (sandbox.last.method, sandbox.last.path) == ("POST", GENERATIONS)
    assert sandbox.last.body == {"prompt": prompt, "seed": 9, "model": "flux", "size": "64x32"}
    assert sandbox.last.forwarded is not None
    assert sandbox.last.forwarded["prompt"] == prompt
    assert (media.mime, media.size, media.seed, media.model) == ("image/jpeg", (64, 32), 9, "flux")


def test_a_picture_opens_with_the_size_asked_for(ask_in_all_colours: Any) -> None:
    """Pillow reads it in every colour; model and seed are told."""
    media = ask_in_all_colours.send(image_call("a cat", width=320, height=200))

    assert Image.open(BytesIO(media.data)).size == media.size == (320, 200)
    assert media.mime == "image/jpeg"
    assert "z-image" in media.model
    assert media.headers["x-usage-completion-image-tokens"] == "1"


@pytest.mark.parametrize("references", [[LINK], [PNG, PNG], [DATA_URI, LINK]])
def test_references_that_no_address_holds_are_posted(
    ask_once: Any, sandbox: Sandbox, references: list[Any]
) -> None:
    """Bytes travel as data URIs, beside links and every option."""
    options: Any = {"seed": 11, "transparent": True, "safe": ["shield", "nsfw"], "no_cache": True}
    media = ask_once.send(image_call("50% more hats", image=references, width=64, **options))

    urls = [LINK if reference == LINK else DATA_URI for reference in references]
    assert (sandbox.last.path, sandbox.last.query, media.seed) == (EDITS, {"no-cache": "true"}, 11)
    assert sandbox.last.body == {
        "prompt": "50% more hats",
        "seed": 11,
        "transparent": True,
        "safe": "shield,nsfw",
        "size": "64x1024",
        "image": [{"image_url": url} for url in urls],
    }


def test_a_video_model_makes_a_video(ask_once: Any) -> None:
    """The bytes say what came, not the name of the model."""
    assert ask_once.send(image_call("waves", model="veo")).mime == "video/mp4"


def answer(call: Call[Media], value: Any) -> Media:
    return call.read(Response(200, {}, json.dumps(value).encode()))


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"data": []},
        {"data": [None]},
        {"data": [{"b64_json": "!"}]},
        {"data": [{"b64_json": 5}]},
        {"data": [{"url": "https://elsewhere/x.jpg"}]},
        {"data": [{"b64_json": base64.b64encode(b"<html>").decode()}]},
    ],
)
def test_json_without_a_picture_is_an_error(value: Any) -> None:
    """Whatever POST answers, only a picture is one; nothing is fetched from elsewhere."""
    with pytest.raises(UnreadableAnswerError):
        answer(image_call("50%"), value)


def test_vectors_are_pictures_too() -> None:
    """An SVG is known by its root."""
    svg = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"/>').decode()

    assert answer(image_call("50%"), {"data": [{"b64_json": svg}]}).mime == "image/svg+xml"
