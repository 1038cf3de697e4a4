from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, Field
from spelling import whole

from langchain_pollinations import (
    ChatPollinations,
    InvalidInputError,
)
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]


class Person(BaseModel):
    """A person."""

    name: str = Field(description="The name.")
    age: int


PROMPT = 'Ada is 36 years old. Answer in JSON: {"name": "Ada", "age": 36}'


@pytest.mark.parametrize("strict", [True, False, None])
def test_strict_travels_when_it_is_set(
    chat: Chat, sandbox: Sandbox, *, strict: bool | None
) -> None:
    """By either method; a strict schema is closed."""
    model = chat()
    model.with_structured_output(Person, method="json_schema", strict=strict).invoke(PROMPT)
    wire = sandbox.last.body["response_format"]["json_schema"]
    model.with_structured_output(Person, strict=strict).invoke(PROMPT)
    tool = sandbox.last.body["tools"][0]["function"]

    assert (wire.get("strict"), tool.get("strict")) == (strict, strict)
    if strict:
        assert wire["schema"]["additionalProperties"] is False
        assert tool["parameters"]["additionalProperties"] is False


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

    for method in ("json_schema", "auto"):
        chat().with_structured_output(Person, method=method, tools=[add], include_raw=True).invoke(
            PROMPT
        )
    assert sandbox.last.body["tools"][0]["function"]["name"] == "add"
    assert sandbox.last.body["response_format"]["type"] == "json_schema"
    for method in ("function_calling", "json_mode"):
        with pytest.raises(InvalidInputError, match="json_schema"):
            chat().with_structured_output(Person, method=method, tools=[add])
