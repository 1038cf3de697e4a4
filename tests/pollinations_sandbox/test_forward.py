"""What a provider gets is in tables/routes.jsonl; here is what no row can say."""

from collections.abc import Callable
from typing import Any

import httpx

from pollinations_sandbox import Sandbox
from pollinations_sandbox.forward import SYSTEM_PROMPT

Ask = Callable[..., httpx.Response]
USER = {"role": "user", "content": "Hi"}


def sent(sandbox: Sandbox, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert sandbox.last.forwarded is not None
    return sandbox.last.forwarded


def test_a_default_system_prompt_costs_tokens(sandbox: Sandbox, ask: Ask) -> None:
    """Without a system message some 250 prompt tokens are added; a developer's does not count."""
    without = ask(messages=[USER])
    assert sent(sandbox, without)["messages"][0] == {"role": "system", "content": SYSTEM_PROMPT}
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
