import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tables import cases

from pollinations_sandbox import Sandbox

Ask = Callable[..., httpx.Response]

_TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
_USER = {"role": "user", "content": "Hi"}


def _fields(answer: httpx.Response) -> dict[str, list[str]]:
    body = answer.json()
    assert answer.status_code == 400
    assert list(body) == ["success", "error", "status"]
    assert body["error"]["message"] == "JSON body validation failed"
    assert body["error"]["code"] == "BAD_REQUEST"
    fields: dict[str, list[str]] = body["error"]["details"]["fieldErrors"]
    return fields


@cases(__file__, "a_wrong_field_is_named_in_the_words_of_the_schema")
def test_a_wrong_field_is_named_in_the_words_of_the_schema(
    ask: Ask, wrong: dict[str, Any], field: str, message: str
) -> None:
    """Each schema violation is a 400 whose fieldErrors name the field and say what was expected."""
    assert _fields(ask(**wrong)) == {field: [message]}


@cases(__file__, "a_wrong_message_is_invalid_input_without_a_hint")
def test_a_wrong_message_is_invalid_input_without_a_hint(ask: Ask, message: dict[str, Any]) -> None:
    """Messages are a plain union, so the schema does not say which message or key is wrong."""
    assert _fields(ask(messages=[message])) == {"messages": ["Invalid input"]}


@pytest.mark.parametrize("name", ["temperature", "top_p", "seed", "stop", "max_tokens", "stream"])
def test_some_fields_may_be_null(ask: Ask, name: str) -> None:
    """Sampling fields take an explicit null."""
    assert ask(**{name: None}).status_code == 200


@cases(__file__, "what_the_gateway_takes_passes")
def test_what_the_gateway_takes_passes(ask: Ask, extra: dict[str, Any]) -> None:
    """Unknown fields and every documented form are accepted."""
    answer = ask(**extra)

    assert answer.status_code == 200, answer.text


def test_broken_json_has_a_message_of_its_own(sandbox: Sandbox, client: httpx.Client) -> None:
    """A body that is no JSON has its own message."""
    answer = client.post(
        "/v1/chat/completions", content=b"{", headers={"Content-Type": "application/json"}
    )

    expected = {"2026-01": "Malformed JSON in request body", "2026-10": "Invalid JSON body"}[
        sandbox.api
    ]
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, expected)


def test_a_body_without_its_content_type_is_empty(client: httpx.Client) -> None:
    """Without `application/json` the gateway sees no messages."""
    answer = client.post("/v1/chat/completions", content=json.dumps({"messages": [_USER]}))

    assert _fields(answer) == {"messages": ["Invalid input: expected array, received undefined"]}


def test_a_body_that_is_no_object_is_a_form_error(client: httpx.Client) -> None:
    """A list has no fields to name."""
    answer = client.post("/v1/chat/completions", json=[1])

    said = answer.json()["error"]["details"]["formErrors"]
    assert said == ["Invalid input: expected object, received array"]


def test_an_unknown_model_is_400(sandbox: Sandbox, ask: Ask) -> None:
    """The 2026-01 API lists every name it knows; the 2026-10 API names the one it does not know."""
    answer = ask(model="gpt-9")

    if sandbox.api == "2026-01":
        (message,) = _fields(answer)["model"]
        assert message.startswith('Invalid option: expected one of "openai"|"openai-fast"|')
        assert '"claude-sonnet-4.5"' in message
    else:
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == (
            'Invalid service or alias: "gpt-9". Must be a valid service name or alias.'
        )


def test_an_image_model_does_not_chat(sandbox: Sandbox, ask: Ask) -> None:
    """The 2026-10 API knows the model and says which endpoint it belongs to."""
    answer = ask(model="flux")

    assert answer.status_code == 400
    if sandbox.api == "2026-10":
        assert answer.json()["error"]["message"] == (
            'Model "flux" is a image model and cannot be used on the text endpoint. '
            "Use the image endpoint instead."
        )


@cases(__file__, "the_api_versions_differ")
def test_the_api_versions_differ(
    sandbox: Sandbox, ask: Ask, body: dict[str, Any], in_a: int, in_d: int
) -> None:
    """Each row is a request that one API takes and the other refuses."""
    assert ask(**body).status_code == {"2026-01": in_a, "2026-10": in_d}[sandbox.api]
