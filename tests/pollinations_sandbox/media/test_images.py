from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from PIL import Image

from pollinations_sandbox import Sandbox

Drawn = Callable[..., dict[str, Any]]


@pytest.fixture
def drawn(client: httpx.Client, sandbox: Sandbox) -> Drawn:
    """What the provider gets for a request whose answer is a JPEG of the requested size."""

    def ask(path: str, **params: Any) -> dict[str, Any]:
        answer = client.get(path, params=params or None)
        assert answer.headers["Content-Type"] == "image/jpeg"
        wanted = sandbox.last.forwarded or {}
        with Image.open(BytesIO(answer.content)) as image:
            assert (image.format, image.size) == ("JPEG", (wanted["width"], wanted["height"]))
        return wanted

    return ask


def _wrong(answer: httpx.Response) -> dict[str, list[str]]:
    """The parameters that an answer complains about."""
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["message"] == "Query parameter validation failed"
    fields: dict[str, list[str]] = error["details"]["fieldErrors"]
    return fields


def test_a_picture_has_the_requested_size(drawn: Drawn) -> None:
    """A JPEG of exactly so many pixels; by default 1024 x 1024 and seed 42."""
    wanted = drawn("/image/a%20red%20fox?width=301&height=77&seed=7")
    expected = {"prompt": "a red fox", "seed": 7, "width": 301, "height": 77, "model": "zimage"}
    assert expected.items() <= wanted.items()
    for query in ("", "?width=&height=0"):
        wanted = drawn(f"/image/fox{query}")
        assert (wanted["width"], wanted["height"], wanted["seed"]) == (1024, 1024, 42)


def test_the_seed_decides_the_colour(client: httpx.Client, drawn: Drawn) -> None:
    """Another seed is another picture; -1 is a random one each time."""
    corners = set()
    for seed in (1, 2, 3):
        with Image.open(BytesIO(client.get(f"/image/fox?width=64&seed={seed}").content)) as image:
            corners.add(image.getpixel((0, 0)))
    seeds = {drawn(f"/image/fox?width=64&seed=-1&n={n}")["seed"] for n in range(3)}

    assert len(corners) == len(seeds) == 3
    assert min(seeds) >= 0


@pytest.mark.parametrize("size", [(1, 1), (16, 300), (300, 16), (2048, 64)])
def test_any_shape_is_drawn(drawn: Drawn, size: tuple[int, int]) -> None:
    """Small and narrow pictures too, with a long prompt of any script."""
    drawn(f"/image/{'a lighthouse 灯塔 ' * 80}?width={size[0]}&height={size[1]}")


def test_a_prompt_is_decoded_twice(drawn: Drawn, sandbox: Sandbox) -> None:
    """A bare percent sign passes, one that stands before hex digits becomes another letter."""
    prompts = {
        "/image/a%2Fb%0Ac%20d": "a/b\nc d",
        "/image/a/b": "a/b",
        "/image/100%25%20sure": "100% sure",
        "/image/%2541pple": "Apple",
        "/image/%C3%A9t%C3%A9%3F%23+": "été?#+",
        "/image/see%20https%3A%2F%2Fa.b%2F": {
            "2026-01": "see https:/a.b",
            "2026-10": "see https://a.b/",
        }[sandbox.api],
    }
    for path, prompt in prompts.items():
        assert drawn(path, width=64)["prompt"] == prompt
        assert sandbox.last.raw_path == path


def test_no_prompt_is_no_route(client: httpx.Client) -> None:
    """The path must go on behind its last slash."""
    assert client.get("/image/").status_code == 404


def test_wrong_parameters_are_named(client: httpx.Client) -> None:
    """All of them at once, each with its reason."""
    wrong = _wrong(
        client.get("/image/x?width=-1&height=1.5&seed=2147483648&quality=best&duration=0")
    )

    assert wrong["width"] == ["Too small: expected number to be >=0"]
    assert wrong["height"] == ["Invalid input: expected int, received number"]
    assert wrong["seed"] == ["Too big: expected number to be <=2147483647"]
    assert wrong["quality"][0].startswith("Invalid option")
    assert wrong["duration"] == ["Too small: expected number to be >=1"]
    assert "received NaN" in _wrong(client.get("/image/x?seed=red"))["seed"][0]


def test_an_unknown_model_is_refused(client: httpx.Client, sandbox: Sandbox) -> None:
    """The 2026-01 API lists all names, the 2026-10 API says that there is none such."""
    answer = client.get("/image/x?model=nobody")

    if sandbox.api == "2026-01":
        assert '"zimage"' in _wrong(answer)["model"][0]
    else:
        assert answer.json()["error"]["message"].startswith('Invalid service or alias: "nobody"')
        chatting = client.get("/image/x?model=openai").json()["error"]["message"]
        assert "is a text model and cannot be used on the image endpoint" in chatting
        assert client.get("/image/x?model=&width=64").status_code == 200


def test_references_are_links(client: httpx.Client, drawn: Drawn) -> None:
    """A data URI is refused; a list is split at `|` if there is one, else at commas."""
    base = {"model": "kontext", "width": 64}
    wrong = _wrong(client.get("/image/x", params={**base, "image": "data:image/png;base64,AAAA"}))
    assert wrong["image"][0].startswith("Invalid image URL. Put image= param last")

    for given, links in {
        "https://a/1,https://a/2": ["https://a/1", "https://a/2"],
        "https://a/1,2|https://a/3": ["https://a/1,2", "https://a/3"],
    }.items():
        assert drawn("/image/x", **base, image=given)["image"] == links
    assert "image" in _wrong(client.get("/image/x", params={"image": "https://a/1,2"}))


def test_only_gptimage_leaves_the_background_out(client: httpx.Client) -> None:
    """A PNG with an alpha channel; other models draw a JPEG."""
    answer = client.get("/image/logo?model=gptimage&transparent=true&width=128&height=64")
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (128, 64))
        assert image.getpixel((0, 0)) == (0, 0, 0, 0)

    assert answer.headers["Content-Type"] == "image/png"
    for query in ("model=gptimage&transparent=1", "model=flux&transparent=true"):
        other = client.get(f"/image/logo?{query}&width=64")
        assert other.headers["Content-Type"] == "image/jpeg"


def test_a_vector_model_draws_svg(later: httpx.Client) -> None:
    """XML with the prompt in it."""
    answer = later.get("/image/a%20%3C%20b?model=recraft-v4.1-vector&width=320&height=200")

    root = ET.fromstring(answer.text)  # noqa: S314 - our own sandbox wrote it
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert (root.get("width"), root.get("height")) == ("320", "200")
    assert "a < b" in "".join(root.itertext())


def test_a_video_model_films(client: httpx.Client, sandbox: Sandbox) -> None:
    """An MP4; what is paid for are the seconds that were asked for."""
    answer = client.get("/image/waves?model=veo&duration=6&aspectRatio=9:16&audio=true")

    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"
    assert len(answer.content) < 10_000
    assert answer.headers["x-usage-completion-video-seconds"] == "6"
    forwarded = sandbox.last.forwarded or {}
    assert (forwarded["duration"], forwarded["aspectRatio"]) == (6, "9:16")
    silent = client.get("/image/waves?model=veo&audio=false")
    assert len(silent.content) < len(answer.content)
    assert silent.headers["x-usage-completion-video-seconds"] == "4"


def test_films_have_a_route_of_their_own_in_era_d(client: httpx.Client, sandbox: Sandbox) -> None:
    """It takes video models alone, and they speak unless they are silenced."""
    answer = client.get("/video/waves")
    if sandbox.api == "2026-01":
        assert answer.status_code == 404
        return
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["x-usage-completion-audio-seconds"] == "4"
    drawn = client.get("/video/waves?model=flux")
    assert "cannot be used on the video endpoint" in drawn.json()["error"]["message"]


def test_what_a_film_may_be_depends_on_the_era(client: httpx.Client, sandbox: Sandbox) -> None:
    """The 2026-01 API knows two shapes and ten seconds, the 2026-10 API more of both."""
    square = client.get("/image/x?model=veo&aspectRatio=1:1")
    longer = client.get("/image/x?model=veo&duration=20")
    assert square.status_code == longer.status_code == {"2026-01": 400, "2026-10": 200}[sandbox.api]
    assert client.get("/image/x?model=veo&duration=31").status_code == 400
    assert client.get("/image/x?model=veo&aspectRatio=2:1").status_code == 400


def test_headers_name_the_file_the_model_and_the_bill(
    client: httpx.Client, sandbox: Sandbox
) -> None:
    """The 2026-10 API also links a stored copy."""
    answer = client.get("/image/A%20Red%20Fox!?width=64")

    assert answer.headers["Content-Disposition"] == 'inline; filename="a-red-fox.jpg"'
    assert answer.headers["x-usage-completion-image-tokens"] == "1"
    assert answer.headers["x-model-used"].endswith(
        "z-image-turbo" if sandbox.api == "2026-10" else "e"
    )
    assert ("Link" in answer.headers) == (sandbox.api == "2026-10")
    tokens = client.get("/image/fox?model=nanobanana&width=64").headers
    assert int(tokens["x-usage-completion-image-tokens"]) > 1000
    assert int(tokens["x-usage-prompt-text-tokens"]) == 1


def test_safety_filters_are_named_words(later: httpx.Client) -> None:
    """An unknown one is refused in a body of its own, also in the header."""
    assert later.get("/image/x?safe=privacy,nsfw&width=64").status_code == 200
    for answer in (
        later.get("/image/x?safe=maybe"),
        later.get("/image/x", headers={"Pollinations-Safe": "maybe"}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid_safe"


def test_too_many_pixels_are_refused(client: httpx.Client) -> None:
    """By the provider, before anything is drawn."""
    answer = client.get("/image/x?width=100000&height=100000")

    assert answer.status_code == 400
    assert "more pixels" in answer.text
