from collections.abc import Callable
from typing import Annotated, Any

import pytest
from langchain_core.messages import HumanMessage
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


SCHEMA = {
    "title": "add",
    "description": "Add two numbers.",
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
}
FUNCTION = {"name": "add", "description": "Add two numbers.", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    "given",
    [add, add_tool, Add, AddDict, SCHEMA, FUNCTION, {"type": "function", "function": FUNCTION}],
    ids=["function", "tool", "pydantic", "TypedDict", "JSON schema", "OpenAI", "wire"],
)
def test_tools_of_every_form_are_called(chat: Chat, sandbox: Sandbox, ask: Any, given: Any) -> None:
    """Functions, tools, classes and schemas all become function tools."""
    message = ask(chat().bind_tools([given], tool_choice="any"), "Add 3 and 4, please.")
    (sent,) = sandbox.last.body["tools"]
    assert sent["type"] == "function"
    assert sent["function"]["description"] == "Add two numbers."
    assert message.tool_calls[0]["name"] == sent["function"]["name"]


@pytest.mark.parametrize(
    "name",
    [
        "code_execution",
        "computer_use",
        "file_search",
        "google_maps",
        "google_search",
        "url_context",
    ],
)
def test_builtin_tools_go_by_name_or_dict(chat: Chat, sandbox: Sandbox, name: str) -> None:
    """A provider's own tools are sent as `{"type": name}`."""
    model = chat(model="gemini")
    model.bind_tools([name]).invoke("Hi")
    model.bind_tools([{"type": name}]).invoke("Hi")
    chat(model="gemini", builtin_tools=[name]).invoke("Hi")
    assert [request.body["tools"] for request in sandbox.requests] == [[{"type": name}]] * 3


def test_builtin_tools_of_the_model_stay_beside_bound_ones(chat: Chat, sandbox: Sandbox) -> None:
    """Binding adds to `builtin_tools`."""
    chat(model="gemini", builtin_tools=["google_search"]).bind_tools(["url_context"]).invoke("Hi")
    assert [one["type"] for one in sandbox.last.body["tools"]] == ["url_context", "google_search"]


def test_no_tools_are_sent_unless_asked_for(chat: Chat, sandbox: Sandbox) -> None:
    """Without tools there is no key; `tools=[]` is sent, for Gemini's defaults go then."""
    chat(model="gemini").invoke("Hi")
    assert "tools" not in sandbox.last.body
    chat(model="gemini").bind_tools([]).invoke("Hi")
    assert sandbox.last.body["tools"] == []
    chat(model="gemini").invoke("Hi", tools=[])
    assert sandbox.last.body["tools"] == []


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("any", "required"),
        (True, "required"),
        (False, None),
        (None, None),
        ("add", {"type": "function", "function": {"name": "add"}}),
        (
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "function": {"name": "add"}},
        ),
        ({"type": "tool", "name": "add"}, {"type": "function", "function": {"name": "add"}}),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
    ],
)
def test_tool_choice_takes_every_form(
    chat: Chat, sandbox: Sandbox, choice: Any, sent: object
) -> None:
    """All spellings arrive in the one that the gateway knows."""
    chat().bind_tools([add], tool_choice=choice).invoke("Add 1 and 2")
    assert sandbox.last.body.get("tool_choice") == sent


def test_a_choice_of_no_tool_is_refused(chat: Chat) -> None:
    """The error names the tools there are."""
    with pytest.raises(InvalidInputError, match=r"'subtract' names no tool .* add"):
        chat().bind_tools([add], tool_choice="subtract")


def test_strict_closes_the_schema(chat: Chat, sandbox: Sandbox) -> None:
    """`strict` travels with a schema that allows nothing else; unsaid it is absent."""
    chat().bind_tools([Add], strict=True).invoke("Add 1 and 2")
    function = sandbox.last.body["tools"][0]["function"]
    assert function["strict"] is True
    assert function["parameters"]["additionalProperties"] is False
    chat().bind_tools([Add]).invoke("Add 1 and 2")
    assert "strict" not in sandbox.last.body["tools"][0]["function"]


@pytest.mark.parametrize("parallel", [True, False])
def test_parallel_tool_calls_travel(chat: Chat, sandbox: Sandbox, *, parallel: bool) -> None:
    """It is sent as said, and only then."""
    chat().bind_tools([add], parallel_tool_calls=parallel).invoke("Add 1 and 2")
    assert sandbox.last.body["parallel_tool_calls"] is parallel


def test_a_response_format_may_go_beside_tools(chat: Chat, sandbox: Sandbox) -> None:
    """A class is made into a schema, an object passes."""
    chat().bind_tools([add], response_format=Add).invoke("Hi")
    assert sandbox.last.body["response_format"]["json_schema"]["name"] == "Add"
    made = sandbox.last.body["response_format"]
    chat().bind_tools([add], response_format=made).invoke("Hi")
    assert sandbox.last.body["response_format"] == made


def test_gemini_does_not_silently_lose_tools(chat: Chat, sandbox: Sandbox, ask: Any) -> None:
    """Function tools beside a JSON format are refused, since the gateway would drop them."""
    model = chat(model="gemini").bind_tools([add], response_format=Add)
    with pytest.raises(InvalidInputError, match="loses its tools"):
        ask(model, "Hi")
    assert sandbox.requests == []


@pytest.mark.parametrize("given", [3, object(), "bing_search", {"type": "x"}, None])
def test_what_is_no_tool_is_refused(chat: Chat, given: Any) -> None:
    """The error says which one; nothing becomes a tool with an empty schema."""
    with pytest.raises(InvalidInputError, match=r"tools\[1\]"):
        chat().bind_tools([add, given])


def test_a_tool_is_converted_once() -> None:
    """Agents bind their tools at each step; the same wire tool comes back."""
    assert to_wire_tools([add], strict=None)[0] is to_wire_tools([add], strict=None)[0]
    assert to_wire_tools([add], strict=True)[0] is not to_wire_tools([add], strict=None)[0]


def test_tool_results_of_every_form_are_read(chat: Chat) -> None:
    """An agent's turn goes round: call, result, answer."""
    model = chat().bind_tools([add_tool])
    messages: list[Any] = [HumanMessage("Add 3 and 4, please.")]
    messages.append(model.invoke(messages))
    messages += [add_tool.invoke(call) for call in messages[-1].tool_calls]
    assert "7" in model.invoke(messages).text
