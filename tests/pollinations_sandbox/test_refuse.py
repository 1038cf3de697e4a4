import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tables import cases

from pollinations_sandbox import Sandbox

Ask = Callable[..., httpx.Response]

_USER = {"role": "user", "content": "Hi"}
_VIDEO = {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}


def _call(name: str = "f", call_id: str = "1") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def _tool(**function: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f"} | function}


def _complaint(answer: httpx.Response, api: str) -> str:
    """The provider's own sentence inside the error of each API."""
    error = answer.json()["error"]
    assert answer.status_code == 400
    if api == "2026-01":
        said = json.loads(error["message"])
        assert said["error"] == "Bad Request"
        assert "messages" in said["requestParameters"]
        detail: str = said["details"]["error"]["message"]
        return detail.partition(" error: ")[2]
    inner = json.loads(error["details"]["upstreamBody"])
    assert inner["error"]["message"] in error["message"]
    assert error["details"]["name"] == "UpstreamError"
    assert error["details"]["upstreamStatus"] == 400
    return str(error["message"]).removeprefix("400 Bad Request: ")


@cases(__file__, "a_provider_refuses_parts_that_it_cannot_read")
def test_a_provider_refuses_parts_that_it_cannot_read(
    sandbox: Sandbox, ask: Ask, part: dict[str, Any]
) -> None:
    """They pass the gateway's schema, and the provider answers 400 in the API's wrapping."""
    answer = ask(messages=[{"role": "user", "content": [part]}])

    assert "messages[1].content[0]" in _complaint(answer, sandbox.api)


@cases(__file__, "known_and_truly_custom_parts_pass")
def test_known_and_truly_custom_parts_pass(ask: Ask, part: dict[str, Any]) -> None:
    """Every documented part, and any type that no framework uses, goes through."""
    content = [{"type": "text", "text": "Look."}, part]
    answer = ask(model="gemini", messages=[{"role": "user", "content": content}])

    assert answer.status_code == 200, answer.text


@cases(__file__, "a_provider_refuses_requests_that_make_no_sense")
def test_a_provider_refuses_requests_that_make_no_sense(
    sandbox: Sandbox, ask: Ask, body: dict[str, Any]
) -> None:
    """Names, pairs of call and answer, strict schemas and formats are the provider's business."""
    assert _complaint(ask(**body), sandbox.api)


def test_a_name_with_a_space_is_the_providers_business_in_era_a_only(
    sandbox: Sandbox, ask: Ask
) -> None:
    """The 2026-10 API drops the name of a user before the provider sees it."""
    answer = ask(messages=[{"role": "user", "content": "Hi", "name": "Ada Lovelace"}])

    assert answer.status_code == {"2026-01": 400, "2026-10": 200}[sandbox.api]


def test_a_tool_message_with_a_wrong_name_is_refused_in_both_eras(
    sandbox: Sandbox, ask: Ask
) -> None:
    """Nobody drops the name of a tool."""
    messages = [
        _USER,
        {"role": "assistant", "tool_calls": [_call()]},
        {"role": "tool", "content": "1", "tool_call_id": "1", "name": "a b"},
    ]

    assert "messages[3].name" in _complaint(ask(messages=messages), sandbox.api)


def test_a_property_may_be_called_like_a_forbidden_keyword(ask: Ask) -> None:
    """Only keywords of the schema count, not the names of its properties."""
    schema = {"type": "object", "properties": {"patternProperties": {"type": "string"}}}

    assert ask(model="gemini", tools=[_tool(parameters=schema)]).status_code == 200


@cases(__file__, "a_model_is_not_asked_for_what_it_cannot_do")
def test_a_model_is_not_asked_for_what_it_cannot_do(
    sandbox: Sandbox, ask: Ask, body: dict[str, Any], message: str
) -> None:
    """In 2026-10 the gateway says so itself; a script does not help."""
    sandbox.reply("scripted")
    answer = ask(**body)
    if sandbox.api == "2026-10":
        error = answer.json()["error"]
        assert answer.status_code == 400
        assert error["message"] == f"This model does not support {message}"
        assert "details" not in error
    elif body.get("model") is None:
        assert message in _complaint(answer, sandbox.api)


@pytest.mark.parametrize(
    ("model", "limit"), [("openai", 400_000), ("glm", 198_000), ("claude-fast", 200_000)]
)
def test_a_prompt_has_a_limit_of_its_model(
    sandbox: Sandbox, ask: Ask, model: str, limit: int
) -> None:
    """A prompt of fewer tokens passes; the error has the provider's code and both numbers."""
    sandbox.reply("scripted")
    system = {"role": "system", "content": "x"}
    fits, long = ({**_USER, "content": "x" * 4 * size} for size in (limit - 20, limit + 1))
    assert ask(model=model, messages=[system, fits]).status_code == 200
    answer = ask(model=model, messages=[system, long])
    assert f"exceed the configured limit of {limit} tokens" in _complaint(answer, sandbox.api)
    assert "context_length_exceeded" in answer.text
