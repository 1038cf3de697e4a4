"""Whoever can make it: fallbacks by the catalogue, and the way there in each API."""

import asyncio
from typing import Any

import pytest

from _pollinations.http.call import Call, Fallback
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import (
    AuthenticationError,
    ContentFilteredError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)
from _pollinations.media.fallback import image, video
from _pollinations.media.media import Media
from pollinations_sandbox import Fault, Key, Sandbox

LINK = "https://example.com/cat.png"


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest, sandbox: Sandbox) -> Any:
    settings: dict[str, Any] = {"base_url": sandbox.base_url, "max_retries": 0}

    def sent(call: Fallback[Call[Media]]) -> Media:
        if request.param == "sync":
            return Client(sandbox.api_key, **settings).send(call)
        return asyncio.run(AsyncClient(sandbox.api_key, **settings).send(call))

    return sent


def drawings(sandbox: Sandbox) -> list[str | None]:
    """The models that were asked to draw or film, in order."""
    routes = ("/image/", "/video/", "/v1/images/")
    asked = [r for r in sandbox.requests if r.path.startswith(routes) and "models" not in r.path]
    return [
        (request.body if isinstance(request.body, dict) else request.query).get("model")
        for request in asked
    ]


def names(sandbox: Sandbox) -> list[str]:
    return [name.rpartition("/")[2] if name else "-" for name in drawings(sandbox)]


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_flux_draws_where_the_gateway_s_choice_cannot(send: Any, sandbox: Sandbox) -> None:
    """The unset model stays unset, and the first to be asked next is flux, with the same seed."""
    sandbox.fail(Fault.status(503))
    media = send(image("a cat", width=64, height=64, seed=5))

    assert names(sandbox)[0] == "-"
    assert names(sandbox)[1].startswith("flux")
    assert "flux" in media.model
    assert {r.query["seed"] for r in sandbox.requests if r.query} == {"5"}


def test_each_model_that_failed_is_logged(
    send: Any, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """The first one too, which explains why another one drew."""
    sandbox.fail(Fault.status(503, model="zimage"))
    send(image("a cat", model="nobody", fallback_models=["zimage", "flux"], width=64, height=64))

    assert caplog.messages == [
        "nobody failed: InvalidRequestError",
        "zimage failed: ServerError",
    ]


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize(("name", "near"), [("fluxx", "'flux'"), ("zimge", "'zimage'")])
def test_a_wrong_name_raises_and_another_model_does_not_draw(
    send: Any, sandbox: Sandbox, name: str, near: str
) -> None:
    """A name that is misspelt gets the near ones, where no fallback was named."""
    with pytest.raises(InvalidInputError, match=f"no model '{name}'. Did you mean .*{near}"):
        send(image("a cat", model=name))
    with pytest.raises(InvalidInputError, match=r"no model 'veoo'\. Did you mean 'veo'"):
        send(video("waves", model="veoo"))

    assert names(sandbox)[0] == name
    assert len([name for name in names(sandbox) if name != "veoo"]) == 1


def test_a_random_seed_is_drawn_once(send: Any, sandbox: Sandbox) -> None:
    """Another model draws with the seed that the first one was given, and it is told."""
    sandbox.fail(Fault.status(500))
    media = send(image("a cat", width=64, height=64))

    assert {r.query["seed"] for r in sandbox.requests if r.query} == {str(media.seed)}


def test_the_list_is_only_read_when_it_is_needed(send: Any, sandbox: Sandbox) -> None:
    """A picture that comes at once is one request."""
    send(image("a cat"))

    assert [request.path for request in sandbox.requests] == ["/image/a cat"]


def test_named_fallbacks_are_asked_in_their_order(send: Any, sandbox: Sandbox) -> None:
    """Names that the catalogue does not know, or that write or film, are left out."""
    sandbox.fail(Fault.status(503, times=2))
    media = send(
        image(
            "a cat",
            model="zimage",
            fallback_models=["nobody", "gemini", "veo", "zimage", "kontext", "klein"],
        )
    )

    assert names(sandbox) == ["zimage", "kontext", "klein"]
    assert media.model == "klein"


def test_only_a_model_that_reads_pictures_draws_after_one(send: Any, sandbox: Sandbox) -> None:
    """Flux reads no pictures: another one is asked."""
    sandbox.fail(Fault.status(503))
    send(image("a hat", image=LINK, model="kontext"))

    assert "flux.1-schnell" not in names(sandbox)
    assert len(names(sandbox)) == 2


def test_nobody_else_is_asked_if_so_wished(send: Any, sandbox: Sandbox) -> None:
    """An empty list means nobody."""
    sandbox.fail(Fault.status(503))
    with pytest.raises(ServerError):
        send(image("a cat", fallback_models=[]))

    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.content_policy(), ContentFilteredError),
        (Fault.status(400), InvalidRequestError),
        (Fault.status(401), AuthenticationError),
    ],
)
def test_what_another_model_cannot_mend_is_raised(
    send: Any, sandbox: Sandbox, fault: Fault, error: type[Exception]
) -> None:
    """A wrong request is as wrong elsewhere."""
    sandbox.fail(fault)
    with pytest.raises(error):
        send(image("a cat"))

    assert len(drawings(sandbox)) == 1


def test_the_last_failure_is_raised_with_its_model(send: Any, sandbox: Sandbox) -> None:
    """When nobody can, the first failure and its model are told."""
    sandbox.fail(Fault.status(503, times=None))
    with pytest.raises(ServerError) as caught:
        send(image("a cat", model="flux", fallback_models=["zimage"]))

    assert names(sandbox) == ["flux", "zimage"]
    assert caught.value.model == "flux"


def test_a_list_that_cannot_be_read_changes_nothing(send: Any, sandbox: Sandbox) -> None:
    """The failure of the picture is told, not that of the list."""
    sandbox.fail(Fault.status(503))
    with pytest.raises(ServerError):
        send(image("a cat", fallback_models=["nobody"]))


@pytest.mark.parametrize("api", ["2026-01"])
@pytest.mark.parametrize(
    "options", [{"prompt": "100% wool"}, {"prompt": "a cat", "image": b"\x89PNG\r\n\x1a\n"}]
)
def test_january_refuses_what_an_address_would_change(
    send: Any, sandbox: Sandbox, options: dict[str, Any]
) -> None:
    """A typed error with advice, no other model, and no wrong picture."""
    with pytest.raises(InvalidInputError, match="no POST") as caught:
        send(image(**options))

    assert caught.value.status == 404
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize("model", [None, "veo"])
def test_each_era_makes_videos_where_it_can(send: Any, sandbox: Sandbox, model: str | None) -> None:
    """October has a route for videos; January makes them where it draws."""
    options: Any = {"image": [LINK, LINK + "?last"], "duration": 8, "aspect_ratio": "9:16"}
    media = send(video("waves", model=model, audio=True, **options))

    assert media.mime == "video/mp4"
    assert sandbox.last.path == ("/image/waves" if sandbox.api == "2026-01" else "/video/waves")
    assert sandbox.last.query["image"] == f"{LINK}|{LINK}?last"
    assert sandbox.last.forwarded is not None
    assert sandbox.last.forwarded["duration"] == 8
    assert len(sandbox.last.forwarded["image"]) == 2


def test_a_duration_is_compared_with_the_catalogue(send: Any, sandbox: Sandbox) -> None:
    """Veo makes no five seconds, and is not paid for them."""
    with pytest.raises(InvalidInputError, match="4, 6 or 8"):
        send(video("waves", model="veo", duration=5))

    assert drawings(sandbox) == []


def test_videos_fall_back_only_where_somebody_says_so(send: Any, sandbox: Sandbox) -> None:
    """They are dear; a name that films is asked, one that draws is not."""
    sandbox.fail(Fault.status(503, times=2))
    with pytest.raises(ServerError):
        send(video("waves", model="veo"))
    assert names(sandbox) == ["veo"]

    send(video("waves", model="veo", fallback_models=["flux", "wan"]))
    assert names(sandbox) == ["veo", "veo", "wan"]


def test_a_fallback_that_cannot_film_so_long_is_passed_over(send: Any, sandbox: Sandbox) -> None:
    """Its refusal does not hide the first failure."""
    sandbox.fail(Fault.status(503))
    with pytest.raises(ServerError):
        send(video("waves", model="wan", duration=5, fallback_models=["veo"]))


def test_a_key_that_may_not_draw_with_the_model_uses_another() -> None:
    """403 for one model is no end."""
    keys = {"sk_one": Key(models=("flux",))}
    with Sandbox(keys=keys) as sandbox:
        client = Client("sk_one", sandbox.base_url, max_retries=0)
        assert "flux" in str(client.send(image("a cat", model="zimage")).model)
        with pytest.raises(PermissionDeniedError):
            client.send(image("a cat", model="zimage", fallback_models=[]))


def test_a_path_of_one_s_own_is_kept(send: Any) -> None:
    """Who names the route gets its 404."""
    with pytest.raises(NotFoundError):
        send(video("waves", path="/nowhere/"))
