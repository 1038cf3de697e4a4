"""Pictures over real sockets: each parameter on the wire, each prompt unchanged."""

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from _pollinations.http.call import Call, Response
from _pollinations.http.errors import (
    ContentFilteredError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    UnreadableAnswerError,
)
from _pollinations.media.images import EDITS, GENERATIONS, image_call
from _pollinations.media.media import Media
from pollinations_sandbox import Fault, Sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
DATA_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
LINK = "https://example.com/cat.png"

Parameter = tuple[str, Any, str, str]
PARAMETERS: list[Parameter] = [
    ("model", "flux", "model", "flux"),
    ("width", 512, "width", "512"),
    ("height", 256, "height", "256"),
    ("seed", 7, "seed", "7"),
    ("seed", -1, "seed", "-1"),
    ("enhance", True, "enhance", "true"),
    ("negative_prompt", "rain & snow", "negative_prompt", "rain & snow"),
    ("safe", True, "safe", "true"),
    ("safe", ["sexual", "violence"], "safe", "sexual,violence"),
    ("quality", "hd", "quality", "hd"),
    ("image", LINK, "image", LINK),
    ("image", [LINK, LINK + "?a=1&b=2"], "image", f"{LINK}|{LINK}?a=1&b=2"),
    ("transparent", True, "transparent", "true"),
    ("guidance_scale", 3.5, "guidance_scale", "3.5"),
    ("resolution", "2k", "resolution", "2k"),
    ("reasoning", "pro", "reasoning", "pro"),
    ("nologo", True, "nologo", "true"),
    ("private", True, "private", "true"),
    ("nofeed", True, "nofeed", "true"),
    ("no_cache", True, "no-cache", "true"),
    ("extra", {"tomorrow": "x"}, "tomorrow", "x"),
]
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
@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda one: one[0])
def test_each_parameter_arrives(ask_once: Any, sandbox: Sandbox, parameter: Parameter) -> None:
    """What is set travels under the gateway's name, beside the seed and nothing else."""
    option, value, name, text = parameter
    options: Any = {"seed": 1, option: value}

    media = ask_once.send(image_call("a cat", **options))

    assert sandbox.last.query == {"seed": "1", name: text}
    assert (media.kind, media.seed) == ("image", options["seed"])


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


@pytest.mark.parametrize("api", ["2026-01"])
@pytest.mark.parametrize("prompt", CHANGED_BY_ADDRESSES)
def test_a_gateway_without_post_draws_nothing_wrong(ask_once: Any, prompt: str) -> None:
    """In January there is no such route, and no other picture comes in its place."""
    with pytest.raises(NotFoundError):
        ask_once.send(image_call(prompt))


def test_a_picture_opens_with_the_size_asked_for(ask_in_all_colours: Any) -> None:
    """Pillow reads it in every colour; model and seed are told."""
    media = ask_in_all_colours.send(image_call("a cat", width=320, height=200))

    assert Image.open(BytesIO(media.data)).size == media.size == (320, 200)
    assert media.mime == "image/jpeg"
    assert "z-image" in media.model
    assert media.headers["x-usage-completion-image-tokens"] == "1"


@pytest.mark.parametrize("references", [[PNG], [PNG, PNG], [LINK, PNG], [DATA_URI, LINK]])
def test_images_given_as_bytes_are_sent_as_data_uris(
    ask_once: Any, sandbox: Sandbox, references: list[Any]
) -> None:
    """They travel as JSON beside links and every option, and the seed is the one that was sent."""
    wanted: Any = {"image": references, "seed": 11, "transparent": True, "guidance_scale": 2.5}

    media = ask_once.send(image_call("add 50% more hats", width=64, **wanted))

    body = sandbox.last.body
    assert (sandbox.last.method, sandbox.last.path) == ("POST", EDITS)
    assert (body["seed"], body["transparent"], body["guidance_scale"]) == (11, True, 2.5)
    assert [item["image_url"] for item in body["image"]] == [
        LINK if reference == LINK else DATA_URI for reference in references
    ]
    assert media.seed == 11


def test_links_beside_a_prompt_that_must_be_posted(ask_once: Any, sandbox: Sandbox) -> None:
    """They go as JSON to the route that edits."""
    ask_once.send(image_call("50% of this", image=[LINK], model="kontext", no_cache=True))

    assert (sandbox.last.path, sandbox.last.query) == (EDITS, {"no-cache": "true"})
    assert sandbox.last.body["image"] == [{"image_url": LINK}]


def test_a_video_model_makes_a_video(ask_once: Any) -> None:
    """The bytes say what came, not the name of the model."""
    assert ask_once.send(image_call("waves", model="veo")).mime == "video/mp4"


@pytest.mark.parametrize(
    "options",
    [
        {"width": 0},
        {"height": "wide"},
        {"seed": 2**31},
        {"image": "cat.png"},
        {"image": [LINK, b"no picture"]},
    ],
)
def test_what_can_never_be_right_is_refused(options: Any) -> None:
    """Before anything is sent, by an error that names the option."""
    with pytest.raises(InvalidInputError, match=next(iter(options))):
        image_call("a cat", **options)


def test_misspelt_options_are_refused() -> None:
    """As for any function."""
    wrong: Any = {"widht": 1}
    with pytest.raises(InvalidInputError, match="'widht'; did you mean 'width'"):
        image_call("a cat", **wrong)


def test_a_prompt_has_a_longest_form() -> None:
    """Even a body has its limit."""
    with pytest.raises(InvalidInputError, match="32,000"):
        image_call("x" * 32_001)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.html(), UnreadableAnswerError),
        (Fault.empty(), UnreadableAnswerError),
        (Fault.body(b'{"error":{"message":"bad"}}'), Exception),
        (Fault.content_policy(), ContentFilteredError),
        (Fault.status(400), InvalidRequestError),
    ],
)
def test_a_200_that_is_no_picture_is_an_error(
    ask: Any, sandbox: Sandbox, fault: Fault, error: type[Exception]
) -> None:
    """A web page, nothing, and an error in a good answer's clothes are no pictures."""
    sandbox.fail(fault)

    with pytest.raises(error):
        ask.send(image_call("a cat"))


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
