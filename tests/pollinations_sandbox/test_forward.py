from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tables import cases

from pollinations_sandbox import Sandbox
from pollinations_sandbox.forward import SYSTEM_PROMPT

Ask = Callable[..., httpx.Response]

_USER = {"role": "user", "content": "Hi"}
_TOOL = {
    "type": "function",
    "function": {
        "name": "f",
        "parameters": {
            "type": "object",
            "properties": {"n": {"type": "integer", "exclusiveMinimum": 0}},
        },
    },
}


def _sent(sandbox: Sandbox, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert sandbox.last.forwarded is not None
    return sandbox.last.forwarded


def test_a_default_system_prompt_costs_tokens(sandbox: Sandbox, ask: Ask) -> None:
    """Without a system message some 250 prompt tokens are added; a developer's does not count."""
    without = ask(messages=[_USER])
    assert _sent(sandbox, without)["messages"][0] == {"role": "system", "content": SYSTEM_PROMPT}
    developer = ask(messages=[{"role": "developer", "content": "Short."}, _USER])
    assert _sent(sandbox, developer)["messages"][0]["role"] == "system"
    own = ask(messages=[{"role": "system", "content": "Short."}, _USER])
    assert _sent(sandbox, own)["messages"][0]["content"] == "Short."

    tokens = [answer.json()["usage"]["prompt_tokens"] for answer in (without, own)]
    assert 220 < tokens[0] - tokens[1] < 280


@pytest.mark.parametrize("model", ["openai-audio", "gemini-search", "nomnom"])
def test_some_models_get_no_default_prompt(sandbox: Sandbox, ask: Ask, model: str) -> None:
    """Three models are left alone."""
    assert len(_sent(sandbox, ask(model=model, messages=[_USER]))["messages"]) == 1


@cases(__file__, "gemini_gets_default_tools")
def test_gemini_gets_default_tools(sandbox: Sandbox, ask: Ask, model: str, tool: str) -> None:
    """They come when no tools are named; an empty list switches them off."""
    assert _sent(sandbox, ask(model=model))["tools"] == [{"type": tool}]
    assert _sent(sandbox, ask(model=model, tools=[]))["tools"] == []


def test_own_tools_replace_geminis_and_lose_exclusive_bounds(sandbox: Sandbox, ask: Ask) -> None:
    """`exclusiveMinimum` is taken out of the schema."""
    (tool,) = _sent(sandbox, ask(model="gemini", tools=[_TOOL]))["tools"]

    assert tool["function"]["parameters"]["properties"] == {"n": {"type": "integer"}}


def test_gemini_keeps_its_functions_when_json_is_wanted(sandbox: Sandbox, ask: Ask) -> None:
    """Only its own default tools are left out then."""
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    both = ask(model="gemini", tools=[_TOOL], tool_choice="auto", response_format=form)
    sent = _sent(sandbox, both)
    assert ("tools" in sent, "tool_choice" in sent) == (True, True)
    assert "tools" not in _sent(sandbox, ask(model="gemini", response_format=form))


def test_some_fields_are_dropped(sandbox: Sandbox, ask: Ask) -> None:
    """What no provider gets is seen in `forwarded`."""
    extra = {"n": 2, "metadata": {}, "store": True, "functions": [{"name": "f"}]}
    sent = _sent(sandbox, ask(**extra, parallel_tool_calls=False, user="u"))

    assert not sent.keys() & extra.keys()
    assert sent["user"] == "u"
    assert ("parallel_tool_calls" in sent) == (sandbox.api == "2026-10")


def test_falsy_limits_vanish(sandbox: Sandbox, ask: Ask) -> None:
    """Zero and false are taken for nothing."""
    sent = _sent(sandbox, ask(max_tokens=0, logprobs=False, temperature=0, model="mistral"))

    assert not sent.keys() & {"max_tokens", "logprobs"}
    assert sent["temperature"] == 0


def test_a_stream_always_asks_for_usage(sandbox: Sandbox, ask: Ask) -> None:
    """Even if the request says no, the usage chunk comes."""
    answer = ask(stream=True, stream_options={"include_usage": False})

    assert _sent(sandbox, answer)["stream_options"] == {"include_usage": True}
    assert '"choices":[],"usage":{' in answer.text


def test_azure_models_have_ways_of_their_own(sandbox: Sandbox, ask: Ask) -> None:
    """`max_tokens` is renamed, and the temperature is 1."""
    sent = _sent(sandbox, ask(max_tokens=5, max_completion_tokens=9, temperature=0.2))

    assert (sent["max_completion_tokens"], sent["temperature"]) == (5, 1)
    assert "max_tokens" not in sent


def test_a_seed_of_minus_one_becomes_a_random_one(sandbox: Sandbox, ask: Ask) -> None:
    """The provider never sees -1."""
    assert _sent(sandbox, ask(seed=-1))["seed"] >= 0


def test_messages_are_tidied(sandbox: Sandbox, ask: Ask) -> None:
    """Reasoning is lost, empty user text is replaced, an absent assistant's content is filled."""
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": ""},
        {"role": "assistant", "tool_calls": [call], "reasoning_content": "Hm."},
        {"role": "tool", "content": None, "tool_call_id": "1"},
        {"role": "assistant", "content": "Yes.", "content_blocks": []},
    ]
    _, user, assistant, _, last = _sent(sandbox, ask(messages=messages))["messages"]

    assert user["content"] == "Please provide a response."
    assert "reasoning_content" not in assistant
    assert assistant["content"] == {"2026-01": "", "2026-10": None}[sandbox.api]
    assert last == {"role": "assistant", "content": "Yes."}


def test_the_provider_gets_its_own_name_of_the_model(sandbox: Sandbox, ask: Ask) -> None:
    """Aliases are resolved."""
    assert _sent(sandbox, ask(model="gpt-5-nano"))["model"] == "gpt-5-nano-2025-08-07"


def test_perplexity_gets_no_tools(sandbox: Sandbox, ask: Ask) -> None:
    """Its models call none; 2026-10 refuses functions, see test_refuse.py."""
    tools = [_TOOL] if sandbox.api == "2026-01" else []
    assert "tools" not in _sent(sandbox, ask(model="perplexity-fast", tools=tools))


def test_thinking_is_an_effort_for_gemini_3_in_2026_01(sandbox: Sandbox, ask: Ask) -> None:
    """The 2026-10 API does not know the key."""
    thinking = {"type": "enabled", "budget_tokens": 2000}
    sent = _sent(sandbox, ask(model="gemini", thinking=thinking))

    assert sent.get("reasoning_effort") == {"2026-01": "medium", "2026-10": None}[sandbox.api]
    assert "thinking" not in sent
