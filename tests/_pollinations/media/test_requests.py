"""What holds for images, videos and speech alike, over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from _pollinations.http.call import Call
from _pollinations.http.errors import (
    ContentFilteredError,
    InvalidInputError,
    InvalidRequestError,
    UnreadableAnswerError,
)
from _pollinations.media.images import image_call
from _pollinations.media.media import Media
from _pollinations.media.speech import speech, transcription
from _pollinations.media.videos import video_call
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Call[Media]]
Parameter = tuple[str, Any, str, str]
LINK = "https://example.com/cat.png"
MAKERS: dict[str, Make] = {"image": image_call, "video": video_call, "speech": speech}
OF_BOTH: list[Parameter] = [
    ("width", 512, "width", "512"),
    ("height", 256, "height", "256"),
    ("seed", -1, "seed", "-1"),
    ("enhance", True, "enhance", "true"),
    ("negative_prompt", "rain & snow", "negative_prompt", "rain & snow"),
    ("safe", ["sexual", "violence"], "safe", "sexual,violence"),
    ("image", [LINK, LINK + "?a=1&b=2"], "image", f"{LINK}|{LINK}?a=1&b=2"),
    ("guidance_scale", 3.5, "guidance_scale", "3.5"),
    ("resolution", "2k", "resolution", "2k"),
    ("reasoning", "pro", "reasoning", "pro"),
    ("nologo", True, "nologo", "true"),
    ("private", True, "private", "true"),
    ("nofeed", True, "nofeed", "true"),
    ("no_cache", True, "no-cache", "true"),
    ("extra", {"tomorrow": "x"}, "tomorrow", "x"),
]
OF_IMAGES: list[Parameter] = [
    ("model", "kontext", "model", "kontext"),
    ("quality", "hd", "quality", "hd"),
    ("transparent", True, "transparent", "true"),
]
OF_VIDEOS: list[Parameter] = [
    ("model", "wan", "model", "wan"),
    ("duration", 6, "duration", "6"),
    ("aspect_ratio", "9:16", "aspectRatio", "9:16"),
    ("audio", False, "audio", "false"),
    ("fps", 24, "fps", "24"),
    ("reference_images", [LINK, LINK], "reference_images", f"{LINK}|{LINK}"),
    ("reference_videos", LINK, "reference_videos", LINK),
    ("reference_audios", LINK, "reference_audios", LINK),
]


@pytest.mark.parametrize(
    ("api", "kind", "parameters"),
    [
        ("2026-01", "image", OF_BOTH + OF_IMAGES),
        ("2026-10", "image", OF_BOTH + OF_IMAGES),
        ("2026-10", "video", OF_BOTH + OF_VIDEOS),
    ],
)
def test_each_parameter_arrives(
    ask_once: Any, sandbox: Sandbox, kind: str, parameters: list[Parameter]
) -> None:
    """What is set travels under the gateway's name, and nothing else."""
    media = ask_once.send(
        MAKERS[kind]("waves", **{option: value for option, value, *_ in parameters})
    )

    assert sandbox.last.query == {name: text for *_, name, text in parameters}
    assert sandbox.last.path == f"/{kind}/waves"
    assert (media.kind, media.seed) == (kind, -1)


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        ("image", "seed", 2**31),
        ("image", "width", 0),
        ("video", "height", "256"),
        ("video", "duration", -1),
        ("image", "image", "cat.png"),
        ("image", "image", [LINK, b"no picture"]),
        ("image", "widht", 1),
        ("video", "image", [LINK, b"\x89PNG\r\n\x1a\n"]),
        ("video", "path", "/image/"),
        ("video", "timeout", 0),
        ("video", "timeout", (1, 5)),
        ("video", "reference_videos", "waves.mp4"),
        ("image", "image", Media(b"ID3", "audio/mpeg")),
        ("speech", "speed", float("nan")),
        ("speech", "vioce", "nova"),
    ],
)
def test_what_can_never_be_right_is_refused(kind: str, option: str, value: Any) -> None:
    """Before anything is sent, by an error that names the option."""
    options: Any = {option: value}
    with pytest.raises(InvalidInputError, match=option):
        MAKERS[kind]("a cat", **options)
    with pytest.raises(InvalidInputError, match="'widht'"):
        transcription(b"ID3", widht=1)  # type: ignore[arg-type] # on purpose


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("prompt", "reason"),
    [(None, "a text, not NoneType"), (b"a", "a text, not bytes"), ("", "empty"), (" \n", "empty")],
)
def test_what_is_no_prompt_is_refused(kind: str, prompt: Any, reason: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidInputError, match=reason):
        MAKERS[kind](prompt)


@pytest.mark.parametrize("kind", ["image", "speech"])
def test_what_json_cannot_say_is_refused(kind: str) -> None:
    """In a body, as in a chat."""
    with pytest.raises(InvalidInputError, match="cannot be written as JSON"):
        MAKERS[kind]("100%", extra={"a": object()})


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.html(), UnreadableAnswerError),
        (Fault.empty(), UnreadableAnswerError),
        (Fault.body(b"Sorry."), UnreadableAnswerError),
        (Fault.body(b'{"error":{"message":"no","code":"content_blocked"}}'), ContentFilteredError),
        (Fault.content_policy(), ContentFilteredError),
        (Fault.status(400), InvalidRequestError),
    ],
)
def test_a_200_that_is_something_else_is_an_error(
    ask: Any, sandbox: Sandbox, kind: str, fault: Fault, error: type[Exception]
) -> None:
    """A web page, nothing, a text, and an error with status 200."""
    sandbox.fail(fault)

    with pytest.raises(error):
        ask.send(MAKERS[kind]("a cat"))
