"""What all routes of media share: keys, cache, faults. Their rows are in tables/routes.jsonl."""

from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from tables import cases

from pollinations_sandbox import Fault, Key, Sandbox

FOX = "/image/fox?width=64&height=64"
SPEECH = "/v1/audio/speech"
BOTH = ("2026-01", "2026-10")


def test_a_text_has_a_longest_length(client: httpx.Client, sandbox: Sandbox) -> None:
    """4096 letters in the 2026-01 API, 10000 in the 2026-10 API; 32 texts in a batch."""
    most = {"2026-01": 4096, "2026-10": 10_000}[sandbox.api]
    statuses = [client.post(SPEECH, json={"input": "x" * n}).status_code for n in (most, most + 1)]
    assert statuses == [200, 400]
    assert client.get(f"/audio/{'x' * (most + 1)}").status_code == 400
    if sandbox.api == "2026-10":
        batches = [client.post("/v1/embeddings", json={"input": ["x"] * n}) for n in (32, 33)]
        assert [batch.status_code for batch in batches] == [200, 400]


@pytest.mark.parametrize(
    ("status", "headers"),
    [(401, {}), (401, {"Authorization": "Bearer sk_wrong"}), (402, "sk_empty"), (402, "sk_spent")],
)
@pytest.mark.parametrize("api", BOTH)
def test_keys_and_pollen_are_needed(api: Any, status: int, headers: Any) -> None:
    """Real refusals in both APIs: a picture cannot say it in words. The schema comes first."""
    keys = {"sk_empty": Key(balance=0), "sk_spent": Key(budget=0), "sk_ok": Key()}
    headers = {"Authorization": f"Bearer {headers}"} if isinstance(headers, str) else headers
    with Sandbox(api=api, keys=keys) as sandbox:
        for path in (FOX, "/audio/hi"):
            assert httpx.get(sandbox.base_url + path, headers=headers).status_code == status
        wrong = httpx.get(f"{sandbox.base_url}/image/x?width=-1", headers=headers)
        assert wrong.status_code == 400
        assert httpx.get(f"{sandbox.base_url}{FOX}&key=sk_ok").status_code == 200


@pytest.mark.parametrize("api", BOTH)
def test_a_key_may_lack_a_model_or_come_too_often(api: Any) -> None:
    """403 and 429, as for chats."""
    slow = Key(kind="publishable", rate_limit=True)
    with Sandbox(api=api, keys={"sk_chat": Key(models=("openai",)), "pk_slow": slow}) as sandbox:
        url = sandbox.base_url
        assert httpx.get(f"{url}{FOX}&key=sk_chat").status_code == 403
        statuses = [httpx.get(f"{url}/audio/{n}?key=pk_slow").status_code for n in "ab"]
    assert statuses == [200, 429]


def test_an_identical_request_is_a_hit(client: httpx.Client, sandbox: Sandbox) -> None:
    """The same bytes without model, bill or name; no key is needed; unknown parameters count."""
    first, second = client.get(FOX), client.get(FOX)
    assert first.content == second.content == httpx.get(f"{client.base_url}{FOX}").content
    assert first.headers["X-Cache"] == "MISS"
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (second.headers["X-Cache"], second.headers["X-Cache-Type"]) == ("HIT", "EXACT")
    for name in ("x-model-used", "x-usage-completion-image-tokens"):
        assert name not in second.headers
    extras = ("nofeed=true", f"key={sandbox.api_key}", "fresh=1")
    hits = [client.get(f"{FOX}&{extra}").headers["X-Cache"] for extra in extras]
    assert hits == ["HIT", "HIT", "MISS"]
    random = [client.get(f"{FOX}&seed=-1").headers.get("X-Cache") for _ in range(2)]
    assert random == {"2026-01": [None, None], "2026-10": ["MISS", "HIT"]}[sandbox.api]
    spoken = [client.post(SPEECH, json={"input": text}).headers["X-Cache"] for text in "aab"]
    assert spoken == ["MISS", "HIT", "MISS"]


@cases(__file__, "faults_hit_every_route")
def test_faults_hit_every_route(
    later: httpx.Client, october: Sandbox, method: str, path: str, body: Any
) -> None:
    """A status, the content filter, a page, a reset, a cut, and then the answer."""
    faults = (Fault.status(503, retry_after=1), Fault.content_policy(), Fault.html(), Fault.cut())
    for fault in faults:
        october.fail(fault)
    busy, refused, page, half = (later.request(method, path, json=body) for _ in range(4))

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
    assert (refused.status_code, refused.json()["status"]) == (422, 422)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    october.fail(Fault.reset())
    with pytest.raises(httpx.ReadError):
        later.request(method, path, json=body)
    whole = later.request(method, path, json=body)
    assert whole.status_code == 200
    assert 0 < len(half.content) < len(whole.content)


def test_a_placeholder_is_a_picture_under_200(client: httpx.Client, sandbox: Sandbox) -> None:
    """Of another size than was asked for, without the headers of a model, for its model alone."""
    sandbox.fail(Fault.placeholder(model="flux"))
    assert client.get(FOX).headers["x-model-used"]
    answer = client.get(f"{FOX}&model=flux")
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("JPEG", (512, 512))
    assert answer.status_code == 200
    assert "x-model-used" not in answer.headers


def test_scripted_bytes_have_the_type_of_their_route(
    client: httpx.Client, sandbox: Sandbox
) -> None:
    """Unless they bring one."""
    sandbox.reply(b"no picture")
    sandbox.reply(b"PNG", headers={"content-type": "image/png"})
    assert [client.get(FOX).headers["Content-Type"] for _ in "ab"] == ["image/jpeg", "image/png"]
