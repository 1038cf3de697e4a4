from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import pytest
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langchain_pollinations import ChatPollinations, InvalidInputError
from langchain_pollinations.tools import to_wire_tools
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool("add")
def add_tool(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Add(BaseModel):
    """Add two numbers."""

    a: int
    b: int = Field(description="The second.")


class AddDict(TypedDict):
    """Add two numbers."""

    a: int
    b: Annotated[int, ..., "The second."]


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """A page."""

    items: list[T]


SCHEMA = {
    "title": "add",
    "description": "Add two numbers.",
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
}
FUNCTION = {"name": "add", "description": "Add two numbers.", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    "tool_like",
    [add, add_tool, Add, AddDict, SCHEMA, FUNCTION, {"type": "function", "function": FUNCTION}],
    ids=["function", "tool", "pydantic", "TypedDict", "JSON schema", "OpenAI", "wire"],
)
def test_tools_of_every_form_are_called(
    chat: Chat, sandbox: Sandbox, ask: Any, tool_like: Any
) -> None:
    """Functions, tools, classes and schemas all become function tools."""
    message = ask(chat().bind_tools([tool_like], tool_choice="any"), "Add 3 and 4, please.")
    (sent,) = sandbox.last.body["tools"]
    assert sent["type"] == "function"
    assert sent["function"]["description"] == "Add two numbers."
    assert message.tool_calls[0]["name"] == sent["function"]["name"]


def test_built_in_tools_of_the_model_stay_beside_bound_ones(chat: Chat, sandbox: Sandbox) -> None:
    """Binding adds to `builtin_tools`."""
    chat(model="gemini", builtin_tools=["file_search"]).bind_tools("url_context").invoke("Hi")
    assert [tool["type"] for tool in sandbox.last.body["tools"]] == ["url_context", "file_search"]


def test_no_tools_are_sent_unless_asked_for(chat: Chat, sandbox: Sandbox) -> None:
    """Without tools there is no key; `tools=[]` is sent, for Gemini's defaults go then."""
    chat(model="gemini").invoke("Hi")
    assert "tools" not in sandbox.last.body
    chat(model="gemini").bind_tools([]).invoke("Hi")
    assert sandbox.last.body["tools"] == []
    chat(model="gemini").invoke("Hi", tools=[])
    assert sandbox.last.body["tools"] == []


@pytest.mark.parametrize("kind", [Add, AddDict, Page[int], SCHEMA])
def test_a_class_is_a_response_format(chat: Chat, sandbox: Sandbox, kind: Any) -> None:
    """Beside tools, bound or of a call; the object that it becomes passes, too."""
    chat().bind_tools([add], response_format=kind, parallel_tool_calls=False).invoke("Hi")
    assert sandbox.last.body["parallel_tool_calls"] is False
    sent = sandbox.last.body["response_format"]

    chat().bind(response_format=kind).invoke("Hi")
    chat().invoke("Hi", response_format=kind)
    chat().bind_tools([add], response_format=sent).invoke("Hi")
    formats = [request.body["response_format"]["json_schema"] for request in sandbox.requests]
    assert [each["name"] for each in formats] == [sent["json_schema"]["name"]] * 4
    assert [each["schema"]["type"] for each in formats] == ["object"] * 4


@pytest.mark.parametrize("tool_like", [3, object(), "bing_search", {"type": "x"}, None])
def test_what_is_no_tool_is_refused(chat: Chat, tool_like: Any) -> None:
    """The error says which one; nothing becomes a tool with an empty schema."""
    with pytest.raises(InvalidInputError, match=r"tools\[1\]"):
        chat().bind_tools([add, tool_like])


def test_a_tool_is_converted_once() -> None:
    """Agents bind their tools at each step; the same wire tool comes back."""
    assert to_wire_tools([add], strict=None)[0] is to_wire_tools([add], strict=None)[0]
    assert to_wire_tools([add], strict=True)[0] is not to_wire_tools([add], strict=None)[0]
