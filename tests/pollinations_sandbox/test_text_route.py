"""GET /text is in tables/routes.jsonl; here is what no row can say."""

import pytest
from httpx import Client

from pollinations_sandbox import Sandbox


def test_an_identical_request_is_answered_from_the_cache(client: Client, sandbox: Sandbox) -> None:
    """With the same text and without counts; the path that is remembered is decoded."""
    first, second = (client.get("/text/Hello%2C%20you?seed=1") for _ in range(2))
    assert second.headers["x-cache"] == "HIT"
    assert second.text == first.text
    assert int(first.headers["x-usage-completion-text-tokens"]) > 0
    assert "x-usage-completion-text-tokens" not in second.headers
    assert sandbox.last.path == "/text/Hello, you"


@pytest.mark.parametrize("body", [b"exactly this", b'{"no": "choices"}'])
def test_scripted_bytes_pass(body: bytes, client: Client, sandbox: Sandbox) -> None:
    """Whatever they are."""
    sandbox.reply(body)
    assert client.get("/text/Hi").content == body
