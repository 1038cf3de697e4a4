"""Pictures: colours, other formats, links, and forms that edit them."""

import base64
from io import BytesIO
from xml.etree import ElementTree as ET

import httpx
from PIL import Image

from pollinations_sandbox import Sandbox

DRAW = "/v1/images/generations"


def test_the_seed_decides_the_colour(client: httpx.Client, sandbox: Sandbox) -> None:
    """Another seed is another picture; -1 is a random one each time."""
    corners, seeds = set(), set()
    for seed in (1, 2, 3):
        with Image.open(BytesIO(client.get(f"/image/fox?width=64&seed={seed}").content)) as image:
            corners.add(image.getpixel((0, 0)))
        client.get(f"/image/fox?width=64&seed=-1&n={seed}")
        seeds.add((sandbox.last.forwarded or {})["seed"])
    assert len(corners) == len(seeds) == 3
    assert min(seeds) >= 0


def test_only_gptimage_leaves_the_background_out(client: httpx.Client) -> None:
    """A PNG with an alpha channel."""
    answer = client.get("/image/logo?model=gptimage&transparent=true&width=128&height=64")
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (128, 64))
        assert image.getpixel((0, 0)) == (0, 0, 0, 0)


def test_a_vector_model_draws_svg(later: httpx.Client) -> None:
    """XML with the prompt in it; in JSON it says its type."""
    answer = later.get("/image/a%20%3C%20b?model=recraft-v4.1-vector&width=320&height=200")
    root = ET.fromstring(answer.text)  # noqa: S314 - our own sandbox wrote it
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert (root.get("width"), root.get("height")) == ("320", "200")
    words = " ".join(root.itertext())
    assert "sandbox placeholder" in words
    assert "a < b" in words
    body = {"prompt": "fox", "model": "recraft-v4.1-vector"}
    data = later.post(DRAW, json=body).json()["data"][0]
    assert data["media_type"] == "image/svg+xml"
    assert base64.b64decode(data["b64_json"]).startswith(b"<svg")


def test_a_video_has_a_tone_unless_it_is_silenced(client: httpx.Client) -> None:
    """Two small files."""
    loud, silent = (client.get(f"/image/x?model=veo&audio={on}") for on in ("true", "false"))
    assert loud.content[4:8] == silent.content[4:8] == b"ftyp"
    assert len(silent.content) < len(loud.content) < 10_000


def test_only_with_a_seed_is_an_identical_post_a_hit(later: httpx.Client, october: Sandbox) -> None:
    """Else the seed is random."""
    body, seeds = {"prompt": "fox", "size": "64x64"}, set()
    for _ in range(2):
        later.post(DRAW, json=body)
        seeds.add((october.last.forwarded or {})["seed"])
    fixed = [later.post(DRAW, json=body | {"seed": 1}).headers["X-Cache"] for _ in range(2)]
    assert (len(seeds), fixed) == (2, ["MISS", "HIT"])


def test_a_link_leads_to_the_same_picture(later: httpx.Client) -> None:
    """It is in the cache already, so that no key is needed and nothing is paid twice."""
    body = {"prompt": "fox?/#", "size": "64x48", "response_format": "url", "model": "gptimage"}
    response = httpx.get(later.post(DRAW, json=body).json()["data"][0]["url"])
    assert response.headers["X-Cache"] == "HIT"
    with Image.open(BytesIO(response.content)) as image:
        assert image.size == (64, 48)


def test_a_link_belongs_to_its_reference_pictures(later: httpx.Client) -> None:
    """Else another reference would lead to the picture that was made of the first."""
    body = {"prompt": "fox", "size": "64x64", "seed": 1, "response_format": "url"}
    images: list[str | list[str]] = [
        "https://a.example/1.png",
        "data:image/png;base64," + "A" * 100_000,
    ]
    images.append([str(one) for one in images])
    links = [
        later.post(DRAW, json={**body, "image": image}).json()["data"][0]["url"]
        for image in (*images, [])
    ]
    assert len(set(links)) == 4
    assert [httpx.get(link).headers["X-Cache"] for link in links] == ["HIT"] * 4


def test_a_lone_surrogate_is_a_question_mark(later: httpx.Client) -> None:
    """JSON can spell one, a picture and a link cannot."""
    for extra in ("", ',"response_format":"url"', ',"model":"recraft-v4.1-vector"'):
        body = '{"prompt":"\\ud800 fox"' + extra + "}"
        answer = later.post(DRAW, content=body, headers={"Content-Type": "application/json"})
        assert answer.json()["data"][0]["revised_prompt"] == "? fox"


def test_filters_may_stand_in_a_header(later: httpx.Client) -> None:
    """As in the query."""
    answer = later.get("/image/x", headers={"Pollinations-Safe": "maybe"})
    assert answer.json()["error"]["code"] == "invalid_safe"
