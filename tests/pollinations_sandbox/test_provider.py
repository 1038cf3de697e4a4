"""What a provider gets and refuses is in tables/routes.jsonl; here is what no row can say."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pollinations_sandbox import Sandbox
from pollinations_sandbox.tables import table

Ask = Callable[..., httpx.Response]
USER = {"role": "user", "content": "Hi"}


def sent(sandbox: Sandbox, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert sandbox.last.forwarded is not None
    return sandbox.last.forwarded


def test_a_default_system_prompt_costs_tokens(sandbox: Sandbox, ask: Ask) -> None:
    """Without a system message some 250 prompt tokens are added; a developer's does not count."""
    without = ask(messages=[USER])
    assert sent(sandbox, without)["messages"][0] == table("schemas")["system_prompt"]
    developer = ask(messages=[{"role": "developer", "content": "Short."}, USER])
    assert sent(sandbox, developer)["messages"][0]["role"] == "system"
    own = ask(messages=[{"role": "system", "content": "Short."}, USER])
    assert sent(sandbox, own)["messages"][0]["content"] == "Short."
    tokens = [answer.json()["usage"]["prompt_tokens"] for answer in (without, own)]
    assert 220 < tokens[0] - tokens[1] < 280


def test_a_seed_of_minus_one_becomes_a_random_one(sandbox: Sandbox, ask: Ask) -> None:
    """The provider never sees -1."""
    assert sent(sandbox, ask(seed=-1))["seed"] >= 0


def test_messages_are_tidied(sandbox: Sandbox, ask: Ask) -> None:
    """Reasoning is lost, empty user text is replaced, an absent assistant's content is filled."""
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": ""},
        {"role": "assistant", "tool_calls": [call], "reasoning_content": "Hm."},
        {"role": "tool", "content": None, "tool_call_id": "1"},
        {"role": "assistant", "content": "Yes.", "content_blocks": []},
    ]
    _, user, assistant, _, last = sent(sandbox, ask(messages=messages))["messages"]
    assert user["content"] == "Please provide a response."
    assert "reasoning_content" not in assistant
    assert assistant["content"] == {"2026-01": "", "2026-10": None}[sandbox.api]
    assert last == {"role": "assistant", "content": "Yes."}


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
