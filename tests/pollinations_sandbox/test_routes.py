"""What each request gets, in both APIs: the rows of tables/routes.jsonl."""

from io import BytesIO
from typing import Any

import httpx
from PIL import Image
from tables import cases

from pollinations_sandbox import Sandbox


@cases(__file__, "routes")
def test_a_request_gets_what_its_row_says(
    *,
    api: str,
    method: str,
    path: str,
    body: Any,
    status: int,
    expected: dict[str, Any],
    sandbox: Sandbox,
    client: httpx.Client,
) -> None:
    """Its status; headers, what the provider got, a size, wrong fields, or words of the body."""
    if api not in {"both", sandbox.api}:
        return
    answer = client.request(method, path, json=body)

    assert answer.status_code == status, answer.text
    for name, value in expected.get("headers", {}).items():
        assert answer.headers[name].startswith(value)
    forwarded = sandbox.last.forwarded or {}
    assert {name: forwarded.get(name) for name in expected.get("forwarded", {})} == expected.get(
        "forwarded", {}
    )
    assert not forwarded.keys() & set(expected.get("absent", ()))
    if "size" in expected:
        with Image.open(BytesIO(answer.content)) as image:
            assert (image.format, list(image.size)) == ("JPEG", expected["size"])
    if "wrong" in expected:
        wrong = answer.json()["error"]["details"]["fieldErrors"]
        names = expected["wrong"]
        assert wrong == names if isinstance(names, dict) else sorted(wrong) == sorted(names)
    assert expected.get("text", "") in (answer.text if "text" in expected else "")


def test_a_prompt_beyond_the_context_is_refused(client: httpx.Client) -> None:
    """By its length, in both APIs."""
    messages = [{"role": "user", "content": "word " * 600_000}]
    answer = client.post("/v1/chat/completions", json={"messages": messages})

    assert answer.status_code == 400, answer.text
