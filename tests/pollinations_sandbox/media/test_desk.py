import json
import time
from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from PIL import Image

from pollinations_sandbox import Fault, Key, Sandbox

_FOX = "/image/fox?width=64&height=64"


@pytest.fixture(params=["2026-01", "2026-10"])
def poor(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox with one key for each thing that can be lacking."""
    keys = {
        "sk_empty": Key(balance=0),
        "sk_spent": Key(budget=0),
        "sk_chat": Key(models=("openai",)),
        "pk_slow": Key(kind="publishable", rate_limit=True),
    }
    with Sandbox(api=request.param, keys=keys) as sandbox:
        yield sandbox


def test_keys_are_asked_for(sandbox: Sandbox) -> None:
    """After the schema, before the work."""
    for key in ({}, {"Authorization": "Bearer sk_wrong"}):
        assert httpx.get(sandbox.base_url + _FOX, headers=key).status_code == 401
        assert httpx.get(f"{sandbox.base_url}/audio/hi", headers=key).status_code == 401
        wrong = httpx.get(f"{sandbox.base_url}/image/x?width=-1", headers=key)
        assert wrong.status_code == 400
    assert httpx.get(f"{sandbox.base_url}{_FOX}&key={sandbox.api_key}").status_code == 200


def test_pollen_and_rights_are_real_refusals(poor: Sandbox) -> None:
    """402 and 403 in both APIs: a picture cannot say it in words."""

    def status(key: str, path: str = _FOX) -> int:
        return httpx.get(
            poor.base_url + path, headers={"Authorization": f"Bearer {key}"}
        ).status_code

    assert [status(key) for key in ("sk_empty", "sk_spent", "sk_chat")] == [402, 402, 403]
    assert [status("pk_slow", f"/audio/{n}") for n in range(2)] == [200, 429]


def test_an_identical_request_is_a_hit(client: httpx.Client) -> None:
    """The same bytes, but neither model nor bill nor file name; not even a key is needed."""
    first, second = client.get(_FOX), client.get(_FOX)
    public = httpx.get(f"{client.base_url}{_FOX}")

    assert first.content == second.content == public.content
    assert first.headers["X-Cache"] == "MISS"
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (second.headers["X-Cache"], second.headers["X-Cache-Type"]) == ("HIT", "EXACT")
    assert second.headers["Content-Type"] == "image/jpeg"
    for name in ("x-model-used", "x-usage-completion-image-tokens", "Content-Disposition", "Link"):
        assert name not in second.headers


def test_what_counts_for_the_cache(client: httpx.Client, sandbox: Sandbox) -> None:
    """Unknown parameters do, `nofeed` and `key` do not; in 2026-01 a seed of -1 has no entry."""
    client.get(_FOX)
    hits = {
        extra: client.get(f"{_FOX}&{extra}").headers["X-Cache"]
        for extra in ("nofeed=true", f"key={sandbox.api_key}", "fresh=1")
    }
    assert list(hits.values()) == ["HIT", "HIT", "MISS"]
    random = [client.get(f"{_FOX}&seed=-1").headers.get("X-Cache") for _ in range(2)]
    assert random == {"2026-01": [None, None], "2026-10": ["MISS", "HIT"]}[sandbox.api]


def test_a_key_may_renew_an_entry_in_era_d(later: httpx.Client) -> None:
    """`no-cache=true` draws again and keeps the new picture."""
    path = "/image/fox?width=64&seed=-1"
    old, new = later.get(path), later.get(f"{path}&no-cache=true")

    assert new.headers["X-Cache"] == "MISS"
    assert later.get(path).content == new.content != old.content


def test_an_error_is_a_miss(client: httpx.Client) -> None:
    """The header is there, the entry is not."""
    assert client.get("/image/x?width=-1").headers["X-Cache"] == "MISS"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", _FOX, None),
        ("GET", "/image/waves?model=veo", None),
        ("GET", "/audio/hello", None),
        ("POST", "/v1/audio/speech", {"input": "hello"}),
        ("POST", "/v1/embeddings", {"input": "hello"}),
        ("POST", "/v1/images/generations", {"prompt": "fox", "size": "64x64"}),
    ],
)
def test_faults_hit_every_route(
    client: httpx.Client, sandbox: Sandbox, method: str, path: str, body: dict[str, str] | None
) -> None:
    """A status, the content filter, a page, a cut, and then the answer."""
    if sandbox.api == "2026-01" and ("embeddings" in path or "images" in path):
        return
    for fault in (Fault.status(503, retry_after=1), Fault.content_policy(), Fault.html()):
        sandbox.fail(fault)
    busy, refused, page = (client.request(method, path, json=body) for _ in range(3))

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
    assert (refused.status_code, refused.json()["status"]) == (422, 422)
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    sandbox.fail(Fault.reset())
    with pytest.raises(httpx.ReadError):
        client.request(method, path, json=body)
    assert client.request(method, path, json=body).status_code == 200


def test_the_content_filter_speaks_the_language_of_its_era(
    client: httpx.Client, sandbox: Sandbox
) -> None:
    """The 2026-10 API has a code for it, 2026-01 hides the provider's words in the message."""
    sandbox.fail(Fault.content_policy(model="zimage"))
    error = client.get(_FOX).json()["error"]

    if sandbox.api == "2026-10":
        assert error["code"] == "content_policy_violation"
    else:
        assert "content policy" in json.loads(error["message"])["details"]["error"]["message"]


def test_a_placeholder_is_a_picture_under_200(client: httpx.Client, sandbox: Sandbox) -> None:
    """Of another size than was asked for, and without the headers of a model."""
    sandbox.fail(Fault.placeholder())
    answer = client.get(_FOX)

    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("JPEG", (512, 512))
    assert answer.status_code == 200
    assert "x-model-used" not in answer.headers
    assert client.get(_FOX).headers["x-model-used"]


def test_a_cut_leaves_half_a_picture(client: httpx.Client, sandbox: Sandbox) -> None:
    """A clean end, and the next request gets the whole."""
    sandbox.fail(Fault.cut())
    half, whole = client.get(_FOX).content, client.get(_FOX).content

    assert half == whole[: len(whole) // 2]


def test_faults_wait_for_their_model(client: httpx.Client, sandbox: Sandbox) -> None:
    """By any of its names."""
    sandbox.fail(Fault.status(500, model="flux"))

    assert client.get(_FOX).status_code == 200
    assert client.get(f"{_FOX}&model=flux").status_code == 500


def test_work_may_take_time() -> None:
    """The latency of the sandbox is that of films too."""
    with Sandbox(latency=0.2) as slow:
        begun = time.monotonic()
        answer = httpx.get(f"{slow.base_url}/image/x?model=veo&key={slow.api_key}")
        assert answer.headers["Content-Type"] == "video/mp4"
        assert time.monotonic() - begun >= 0.2


def test_bytes_on_order_have_the_type_of_their_route(
    client: httpx.Client, sandbox: Sandbox
) -> None:
    """Unless they bring one."""
    sandbox.reply(b"no picture")
    sandbox.reply(b"PNG", headers={"content-type": "image/png"})

    assert client.get(_FOX).headers["Content-Type"] == "image/jpeg"
    assert client.get(_FOX).headers["Content-Type"] == "image/png"
