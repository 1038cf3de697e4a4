import base64
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from pollinations_sandbox import Sandbox, Upload

_PATH = "/v1/images/generations"
_EDITS = "/v1/images/edits"


def _inside(answer: httpx.Response, october: Sandbox) -> dict[str, Any]:
    """What the provider got for the picture inside of an answer."""
    assert answer.status_code == 200, answer.text
    wanted = october.last.forwarded or {}
    with Image.open(BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"]))) as image:
        assert image.size == (wanted["width"], wanted["height"])
    return wanted


@pytest.mark.parametrize("path", [_PATH, _EDITS])
def test_era_a_does_not_post_pictures(client: httpx.Client, sandbox: Sandbox, path: str) -> None:
    """There is no such route."""
    answer = client.post(path, json={"prompt": "fox", "image": "https://a/b"})
    assert answer.status_code == {"2026-01": 404, "2026-10": 200}[sandbox.api]


def test_a_picture_comes_as_base64(later: httpx.Client, october: Sandbox) -> None:
    """With its size and seed, the words it was made of, and what it cost."""
    answer = later.post(
        _PATH, json={"prompt": "100%41 fox", "size": "320x200", "seed": 5, "quality": "hd"}
    )

    facts = _inside(answer, october)
    assert (facts["prompt"], facts["seed"], facts["model"]) == ("100%41 fox", 5, "flux")
    assert (facts["width"], facts["height"]) == (320, 200)
    assert (october.last.forwarded or {})["quality"] == "high"
    body = answer.json()
    assert body["data"][0]["revised_prompt"] == "100%41 fox"
    assert body["usage"]["output_tokens"] == body["usage"]["total_tokens"] == 1
    assert answer.headers["x-usage-completion-image-tokens"] == "1"


def test_the_seed_is_random_unless_given(later: httpx.Client, october: Sandbox) -> None:
    """Only with a seed is an identical request a hit."""
    body = {"prompt": "fox", "size": "64x64"}
    free = [_inside(later.post(_PATH, json=body), october)["seed"] for _ in range(2)]
    fixed = [later.post(_PATH, json={"prompt": "fox", "size": "64x64", "seed": 1}) for _ in "ab"]

    assert free[0] != free[1]
    assert [answer.headers["X-Cache"] for answer in fixed] == ["MISS", "HIT"]


def test_a_link_leads_to_the_same_picture(later: httpx.Client) -> None:
    """It is in the cache already, so that nobody needs a key or pays twice."""
    body = {"prompt": "fox?/#", "size": "64x48", "response_format": "url", "model": "gptimage"}
    answer = later.post(_PATH, json=body)
    found = httpx.get(answer.json()["data"][0]["url"])

    assert found.headers["X-Cache"] == "HIT"
    with Image.open(BytesIO(found.content)) as image:
        assert image.size == (64, 48)


def test_half_a_character_is_no_obstacle(later: httpx.Client) -> None:
    """JSON can spell one, a picture and a link cannot."""
    for extra in ("", ',"response_format":"url"', ',"model":"recraft-v4.1-vector"'):
        body = '{"prompt":"\\ud800 fox"' + extra + "}"
        answer = later.post(_PATH, content=body, headers={"Content-Type": "application/json"})
        assert answer.json()["data"][0]["revised_prompt"] == "? fox"


def test_a_vector_says_its_type(later: httpx.Client) -> None:
    """Since base64 does not."""
    body = {"prompt": "fox", "model": "recraft-v4.1-vector"}
    data = later.post(_PATH, json=body).json()["data"][0]

    assert data["media_type"] == "image/svg+xml"
    assert base64.b64decode(data["b64_json"]).startswith(b"<svg")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""),
        ("prompt", "x" * 32_001),
        ("prompt", None),
        ("n", 2),
        ("size", "auto"),
        ("size", "big x small"),
        ("quality", "best"),
        ("response_format", "png"),
        ("seed", 2**31),
        ("resolution", "8k"),
        ("image", 5),
    ],
)
def test_a_wrong_field_is_named(later: httpx.Client, field: str, value: object) -> None:
    """In the gateway's body of validation errors."""
    answer = later.post(_PATH, json={"prompt": "fox", field: value})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fieldErrors"]) == [field]


def test_pictures_are_edited_by_json(later: httpx.Client, october: Sandbox) -> None:
    """From one link, or from a list of objects; data URIs are welcome here."""
    for image in ("https://a/1.png", "data:image/png;base64,AAAA", [{"image_url": "https://a/1"}]):
        body = {"prompt": "fox", "image": image, "model": "kontext", "size": "64x64"}
        assert len(_inside(later.post(_EDITS, json=body), october)["image"]) == 1
    assert (october.last.forwarded or {})["image"] == ["https://a/1"]
    assert later.post(_EDITS, json={"prompt": "fox"}).status_code == 400


def test_pictures_are_edited_by_a_form(later: httpx.Client, october: Sandbox) -> None:
    """Files under either name; the sandbox remembers them as they were."""
    held = BytesIO()
    Image.new("RGB", (4, 4)).save(held, "PNG")
    files = [(name, ("ä.png", held.getvalue(), "image/png")) for name in ("image", "image[]")]
    answer = later.post(
        _EDITS, data={"prompt": "fox", "size": "64x48", "model": "kontext"}, files=files
    )

    assert _inside(answer, october)["image"][0].startswith("data:image/png;base64,")
    posted = october.last.body
    assert posted["prompt"] == "fox"
    assert posted["image"] == Upload("ä.png", "image/png", held.getvalue())


def test_a_form_needs_a_prompt_and_a_picture(later: httpx.Client) -> None:
    """And the picture must be one."""
    page = ("a.png", b"<html>", "image/png")
    missing = later.post(_EDITS, data={"prompt": "fox"}, files={"mask": page})
    wrong = later.post(_EDITS, data={"prompt": "fox"}, files={"image": page})

    assert list(missing.json()["error"]["details"]["fieldErrors"]) == ["image"]
    assert wrong.json()["error"]["code"] == "unsupported_image_media_type"
    assert [each.status_code for each in (missing, wrong)] == [400] * 2
