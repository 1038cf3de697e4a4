import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, Field
from spelling import sse, whole
from typing_extensions import TypedDict

from langchain_pollinations import (
    ChatPollinations,
    InvalidInputError,
)
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]

METHODS: list[Any] = ["auto", "function_calling", "json_schema", "json_mode"]
CALLING = {"auto", "function_calling"}


class Person(BaseModel):
    """A person."""

    name: str = Field(description="The name.")
    age: int


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


SCHEMA = {**Person.model_json_schema(), "description": "A person."}
PROMPT = 'Ada is 36 years old. Answer in JSON: {"name": "Ada", "age": 36}'


def _data(answer: Any) -> dict[str, Any]:
    return answer.model_dump() if isinstance(answer, BaseModel) else dict(answer)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person, PersonDict, SCHEMA], ids=["pydantic", "typed", "dict"])
def test_every_method_reads_every_schema(
    chat: Chat, ask: Any, sandbox: Sandbox, method: str, schema: Any
) -> None:
    """The answer is an instance or a dict, whole or from a stream."""
    text = json.dumps({"name": "Ada", "age": 36})
    named = "PersonDict" if schema is PersonDict else "Person"
    call = {"id": "c1", "type": "function", "function": {"name": named, "arguments": text}}
    message: dict[str, Any] = {"content": text}
    if method in CALLING:
        message = {"content": None, "tool_calls": [{**call, "index": 0}]}
    sandbox.reply(sse(message) if ask.streams else whole(message))
    model = chat().with_structured_output(schema, method=method)
    answer = ask.pieces(model, PROMPT)[-1]
    assert isinstance(answer, Person) == (schema is Person)
    assert _data(answer) == {"name": "Ada", "age": 36}


def test_each_method_asks_in_its_own_way(chat: Chat, sandbox: Sandbox) -> None:
    """A forced tool, a JSON schema, or any JSON."""
    for method in METHODS:
        chat().with_structured_output(Person, method=method, include_raw=True).invoke(PROMPT)
    auto, called, schema, mode = [request.body for request in sandbox.requests]
    assert auto == called
    assert called["tool_choice"] == {"type": "function", "function": {"name": "Person"}}
    assert called["tools"][0]["function"]["name"] == "Person"
    assert schema["response_format"]["type"] == "json_schema"
    assert schema["response_format"]["json_schema"]["name"] == "Person"
    assert mode["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("strict", [True, False, None])
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_strict_travels_when_it_is_said(
    chat: Chat, sandbox: Sandbox, method: str, *, strict: bool | None
) -> None:
    """A strict schema is closed."""
    chat().with_structured_output(Person, method=method, strict=strict).invoke(PROMPT)
    body = sandbox.last.body
    if method == "json_schema":
        wire = body["response_format"]["json_schema"]
        schema = wire["schema"]
    else:
        wire = body["tools"][0]["function"]
        schema = wire["parameters"]
    assert wire.get("strict") is strict
    if strict:
        assert schema["additionalProperties"] is False


def test_json_mode_needs_no_schema(chat: Chat, sandbox: Sandbox) -> None:
    """Any JSON object comes back as a dict."""
    sandbox.reply(whole({"content": '{"a": 1}'}))
    assert chat().with_structured_output(method="json_mode").invoke("Answer in JSON") == {"a": 1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"schema": Person, "method": "nope"}, "method is"),
        ({"schema": None}, "needs a schema"),
        ({"schema": {"type": "object", "properties": {}}}, "with a title"),
        ({"schema": 3}, "pydantic class"),
    ],
)
def test_a_wrong_schema_or_method_is_refused(
    chat: Chat, options: dict[str, Any], words: str
) -> None:
    """No method silently becomes another one."""
    with pytest.raises(InvalidInputError, match=words):
        chat().with_structured_output(**options)


def test_tools_may_be_called_before_the_answer(chat: Chat, sandbox: Sandbox) -> None:
    """`tools` go beside a JSON schema, not beside the other methods."""

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    model = chat().with_structured_output(
        Person, method="json_schema", tools=[add], include_raw=True
    )
    model.invoke(PROMPT)
    assert sandbox.last.body["tools"][0]["function"]["name"] == "add"
    assert sandbox.last.body["response_format"]["type"] == "json_schema"
    for method in ("function_calling", "json_mode"):
        with pytest.raises(InvalidInputError, match="json_schema"):
            chat().with_structured_output(Person, method=method, tools=[add])


@pytest.mark.parametrize("method", METHODS)
def test_tracers_are_told_of_the_schema(chat: Chat, method: str) -> None:
    """LangSmith reads it from the binding; it is not sent."""
    model: Any = chat().with_structured_output(Person, method=method)
    traced = model.first.kwargs["ls_structured_output_format"]
    assert traced["schema"] == convert_to_json_schema(Person)
    assert traced["kwargs"]["method"] == method
