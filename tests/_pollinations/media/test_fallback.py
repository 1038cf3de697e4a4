"""Images and videos by the first model that can make them, and the way there in each API."""

from copy import copy
from typing import Any

import pytest

from _pollinations.http.errors import (
    AuthenticationError,
    ContentFilteredError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    PollinationsError,
    ServerError,
)
from _pollinations.media.fallback import image, video
from _pollinations.models.model import read_models
from pollinations_sandbox import Fault, Sandbox

LINK = "https://example.com/cat.png"
DOWN = ServerError("down", status=503)
UNKNOWN = InvalidRequestError('Invalid service or alias: "it".')
WRITES = InvalidRequestError("It is a text model and cannot be used on the image endpoint.")
BLIND = InvalidRequestError("This model does not support reference images.")
LISTED = [
    {"name": "flux", "pricing": {"currency": "pollen", "completionImageTokens": "0.0002"}},
    {"name": "kontext", "input_modalities": ["text", "image"]},
    {"name": "zimage"},
    {"name": "lab/klein", "aliases": ["klein"], "input_modalities": ["text", "image"]},
    {"name": "veo", "output_modalities": ["video"], "allowed_durations": [4, 6, 8]},
    {"name": "wan", "output_modalities": ["video"]},
]
MODELS = read_models([{"output_modalities": ["image"], **item} for item in LISTED])


def tried(call: Any, *errors: PollinationsError, lists: Any = MODELS) -> tuple[list[str], int]:
    """The models whose calls fail in turn until one does not, and how many lists were read."""
    names, read, step = [], 0, call.first()
    left = [copy(error) for error in errors]  # a fallback names their model
    while step is not None:
        if step.request.path.endswith("/models"):
            read += 1
            failed = isinstance(lists, PollinationsError)
            step = call.after(lists, begun=False) if failed else call.answered(lists)
            continue
        names.append(dict(step.request.query).get("model", "-"))
        step = call.after(left.pop(0), begun=False) if left else call.answered(None)
    return names, read


@pytest.mark.parametrize(
    ("call", "errors", "expected"),
    [
        (image("a cat"), [], ["-"]),
        (image("a cat"), [DOWN, DOWN], ["-", "flux", "zimage"]),
        (image("a cat"), [PermissionDeniedError("not for this key")], ["-", "flux"]),
        (image("a cat", model="zimage"), [DOWN], ["zimage", "flux"]),
        # Names that the catalogue does not know, or that write or film, are left out.
        (
            image("a cat", model="zimage", fallback_models=["it", "veo", "zimage", "kontext"]),
            [DOWN],
            ["zimage", "kontext"],
        ),
        (image("a cat", model="it", fallback_models="flux"), [UNKNOWN], ["it", "flux"]),
        (image("a cat", model="openai", fallback_models=["flux"]), [WRITES], ["openai", "flux"]),
        (image("a hat", image=LINK), [BLIND], ["-", "klein"]),
        # Flux reads no images.
        (image("a hat", image=LINK, model="kontext"), [DOWN], ["kontext", "klein"]),
        (video("waves"), [], ["-"]),
        (video("waves", model="veo", fallback_models=["flux", "wan"]), [DOWN], ["veo", "wan"]),
        (video("waves", model="veo", duration=5, fallback_models=["wan"]), [], ["wan"]),
    ],
)
def test_models_are_tried_in_order(call: Any, errors: Any, expected: list[str]) -> None:
    """The named one, then the named or usual ones that can; lists are read only if needed."""
    names, read = tried(call, *errors)

    assert names == expected
    assert bool(read) is (bool(errors) or names == ["wan"])


@pytest.mark.parametrize(
    ("call", "errors", "error"),
    [
        (image("a cat", fallback_models=[]), [DOWN], "down"),
        (video("waves", model="veo"), [DOWN], "down"),
        # What another model cannot mend.
        (image("a cat"), [ContentFilteredError("no")], "no"),
        (image("a cat"), [InvalidRequestError("width")], "width"),
        (image("a cat"), [AuthenticationError("key")], "key"),
        # The first failure is what the caller asked for.
        (image("a", model="flux", fallback_models=["zimage"]), [DOWN, ServerError("x")], "down"),
        (video("waves", model="wan", duration=5, fallback_models=["veo"]), [DOWN], "down"),
        # A list or a duration of the catalogue.
        (video("waves", model="veo", duration=5), [], "4, 6, 8 s"),
        (image("a", model="fluxx"), [UNKNOWN], r"Invalid.* Did you mean 'flux'"),
        (image("a", model="zimge"), [UNKNOWN], r"Invalid.* Did you mean .*'zimage'"),
        (video("a", model="veoo"), [UNKNOWN], r"Invalid.* Did you mean 'veo'"),
        (image("a", model="openai"), [WRITES], "text model"),
        (image("a", model="zimage", image=LINK), [BLIND], "reference images"),
        # Neither route of videos.
        (video("waves"), [NotFoundError("nowhere"), NotFoundError("nowhere")], "nowhere"),
    ],
)
def test_the_first_failure_is_raised(call: Any, errors: Any, error: str) -> None:
    """With the name of its model, where one was named."""
    with pytest.raises(PollinationsError, match=error) as caught:
        tried(call, *errors)

    named = {"flux", "veo", "wan", "fluxx", "zimge", "veoo", "openai", "zimage"}
    assert caught.value.model in {None, *named}


def test_a_list_that_cannot_be_read_changes_nothing() -> None:
    """The failure of the image is told, not that of the list."""
    with pytest.raises(ServerError, match="down"):
        tried(image("a cat"), DOWN, lists=ServerError("no list"))


def test_what_is_wrong_raises_before_anything_is_sent() -> None:
    """An option or a prompt that no model takes."""
    with pytest.raises(InvalidInputError, match="seed"):
        image("a cat", seed=-2)
    with pytest.raises(InvalidInputError, match="prompt"):
        video("100% wool")


def test_each_model_that_failed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The first one too, with the reason, which explains why another one drew."""
    tried(image("a cat", model="it", fallback_models=["zimage", "flux"]), UNKNOWN, DOWN)

    first, second = caplog.messages
    assert first.startswith('it failed: InvalidRequestError: Invalid service or alias: "it".')
    assert second.startswith("zimage failed: ServerError: 503: down.")


def test_each_image_has_a_seed_of_its_own(ask: Any, sandbox: Sandbox) -> None:
    """The same request is another picture, until its seed is given again."""
    first, second = (ask.send(image("a cat", width=64, height=64)) for _ in range(2))
    again = ask.send(image("a cat", width=64, height=64, seed=first.seed))

    assert first.seed != second.seed
    assert first.data != second.data
    assert again.data == first.data
    assert again.headers["x-cache"] == "HIT"
    assert sandbox.last.query["seed"] == str(first.seed)


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize("seed", [5, None])
def test_flux_draws_where_the_gateway_s_choice_cannot(
    ask: Any, sandbox: Sandbox, seed: int | None
) -> None:
    """The unset model stays unset, and all models get one seed, which is told."""
    sandbox.fail(Fault.status(503))
    media = ask.send(image("a cat", width=64, height=64, seed=seed))
    first, second = (request.query for request in sandbox.requests if request.query)

    assert "model" not in first
    assert second["model"].rpartition("/")[2].startswith("flux")
    assert "flux" in media.model
    assert first["seed"] == second["seed"] == str(media.seed)
    assert seed in {None, media.seed}


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize(
    ("model", "reason"),
    [("fluxx", r"Did you mean .*'flux'"), ("openai", "text model|Invalid option")],
)
def test_a_model_that_does_not_draw_is_found_out_in_each_api(
    ask: Any, sandbox: Sandbox, model: str, reason: str
) -> None:
    """Unknown or of text: nothing is drawn by another model where no fallback was named."""
    with pytest.raises(InvalidRequestError, match=reason):
        ask.send(image("a cat", model=model))

    assert [r.path for r in sandbox.requests] == ["/image/a cat", "/image/models"]


@pytest.mark.parametrize("api", ["2026-01"])
@pytest.mark.parametrize(
    "options", [{"prompt": "100% wool"}, {"prompt": "a cat", "image": b"\x89PNG\r\n\x1a\n"}]
)
def test_january_refuses_what_an_address_would_change(
    ask: Any, sandbox: Sandbox, options: dict[str, Any]
) -> None:
    """A typed error with advice, no other model, and no wrong image."""
    with pytest.raises(InvalidInputError, match="no POST") as caught:
        ask.send(image(**options))

    assert caught.value.status == 404
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize("model", [None, "veo"])
def test_each_api_makes_videos_where_it_can(ask: Any, sandbox: Sandbox, model: str | None) -> None:
    """October has a route for videos; January makes them where it draws."""
    options: Any = {"image": [LINK, LINK + "?last"], "duration": 8, "aspect_ratio": "9:16"}
    media = ask.send(video("waves", model=model, audio=True, **options))

    assert media.mime == "video/mp4"
    assert sandbox.last.path == ("/image/waves" if sandbox.api == "2026-01" else "/video/waves")
    assert sandbox.last.query["image"] == f"{LINK}|{LINK}?last"
    assert sandbox.last.forwarded is not None
    assert sandbox.last.forwarded["duration"] == 8
    assert len(sandbox.last.forwarded["image"]) == 2


def test_a_call_that_was_not_sent_says_so() -> None:
    """In a notebook, where people expect the image itself."""
    assert repr(image("a bee")) == ("<image of 'a bee', not sent yet: Client().send(...) makes it>")
