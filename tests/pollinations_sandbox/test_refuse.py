"""Which requests a provider refuses is in tables/routes.jsonl; here is how it says so."""

import json
from collections.abc import Callable

import httpx
import pytest

from pollinations_sandbox import Sandbox

Ask = Callable[..., httpx.Response]


def test_a_provider_speaks_inside_the_error_of_each_api(sandbox: Sandbox, ask: Ask) -> None:
    """2026-01 puts its JSON and the whole request into the message, 2026-10 into the details."""
    error = ask(tool_choice="required").json()["error"]
    if sandbox.api == "2026-01":
        service = json.loads(error["message"])
        assert service["error"] == "Bad Request"
        assert "messages" in service["requestParameters"]
        message = service["details"]["error"]["message"]
        assert message.startswith("azure error: Invalid value for 'tool_choice'")
    else:
        inner = json.loads(error["details"]["upstreamBody"])
        assert error["message"] == f"400 Bad Request: {inner['error']['message']}"
        assert error["details"]["name"] == "UpstreamError"
        assert error["details"]["upstreamStatus"] == 400


@pytest.mark.parametrize(
    ("model", "limit"), [("openai", 400_000), ("glm", 198_000), ("claude-fast", 200_000)]
)
def test_a_prompt_has_a_limit_of_its_model(
    sandbox: Sandbox, ask: Ask, model: str, limit: int
) -> None:
    """A prompt of fewer tokens passes; the error has the provider's code and both numbers."""
    sandbox.reply("scripted")
    system = {"role": "system", "content": "x"}
    fits, long = ({"role": "user", "content": "x" * 4 * size} for size in (limit - 20, limit + 1))
    assert ask(model=model, messages=[system, fits]).status_code == 200
    answer = ask(model=model, messages=[system, long])
    assert answer.status_code == 400
    assert f"exceed the configured limit of {limit} tokens" in answer.text
    assert "context_length_exceeded" in answer.text
