import re
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy
from langchain_core.messages import HumanMessage
from langchain_core.tools import StructuredTool, tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langchain_pollinations import ChatPollinations, InvalidInputError
from langchain_pollinations.tools import to_wire_tools
from pollinations_sandbox import Sandbox

Chat = Callable[..., ChatPollinations]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


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


class Defaults(BaseModel):
    """What may be left out."""

    city: str
    note: str | None = None
    heat: float = 3.5


def obj(**properties: Any) -> dict[str, Any]:
    """An object schema."""
    return {"type": "object", "properties": properties}


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
    """A provider's own tools are sent as `{"type": name}`, but for one that works as a function."""
    model = chat(model="gemini")
    for tool_like in (name, [name], [{"type": name}], [{name: {}}]):
        model.bind_tools(tool_like).invoke("Hi")
    model.invoke("Hi", tools=name)
    chat(model="gemini", builtin_tools=[name]).invoke("Hi")
    function = {"type": "function", "function": {"name": name}}
    sent = [function if name == "google_search" else {"type": name}]
    assert [request.body["tools"] for request in sandbox.requests] == [sent] * 6


@pytest.mark.parametrize("bound", ["url_context", ["url_context"]])
def test_builtin_tools_of_the_model_stay_beside_bound_ones(
    chat: Chat, sandbox: Sandbox, bound: Any
) -> None:
    """Binding and a call add to `builtin_tools`."""
    model = chat(model="gemini", builtin_tools=["file_search"])
    model.bind_tools(bound).invoke("Hi")
    model.invoke("Hi", tools=bound)
    for request in sandbox.requests:
        assert [one["type"] for one in request.body["tools"]] == ["url_context", "file_search"]


def test_no_tools_are_sent_unless_asked_for(chat: Chat, sandbox: Sandbox) -> None:
    """Without tools there is no key; `tools=[]` is sent, for Gemini's defaults go then."""
    chat(model="gemini").invoke("Hi")
    assert "tools" not in sandbox.last.body
    chat(model="gemini").bind_tools([]).invoke("Hi")
    assert sandbox.last.body["tools"] == []
    chat(model="gemini").invoke("Hi", tools=[])
    assert sandbox.last.body["tools"] == []


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
    wire_format = sandbox.last.body["response_format"]
    chat().bind_tools([add], response_format=wire_format).invoke("Hi")
    assert sandbox.last.body["response_format"] == wire_format


@pytest.mark.parametrize("kind", [Add, AddDict, Page[int], SCHEMA])
def test_a_class_may_be_bound_as_a_format(chat: Chat, sandbox: Sandbox, kind: Any) -> None:
    """Without `bind_tools` too, and given to a call."""
    chat().bind(response_format=kind).invoke("Hi")
    chat().invoke("Hi", response_format=kind)
    for request in sandbox.requests:
        assert request.body["response_format"]["json_schema"]["schema"]["type"] == "object"


NAMES = ["files.read", "Wetter für Köln", "Page[int]", "天気", "x" * 80, "a b", "a/b"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", ["openai", "gemini"])
def test_a_tool_keeps_its_name(
    chat: Chat, sandbox: Sandbox, ask: Any, name: str, model: str
) -> None:
    """Whatever it is on the wire: in calls, choices, and the history of a conversation."""
    named = StructuredTool.from_function(add, name=name)
    bound = chat(model=model).bind_tools([named, multiply], tool_choice=name)
    messages: list[Any] = [HumanMessage("Add 3 and 4, please.")]
    messages.append(ask(bound, messages))
    (call,) = messages[-1].tool_calls
    assert call["name"] == name
    messages.append(named.invoke(call))
    ask(chat(model=model).bind_tools([named, multiply]), messages)

    body = sandbox.last.body
    (sent,) = {one["function"]["name"] for one in body["tools"]} - {"multiply"}
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", sent)
    _, called, result = (message for message in body["messages"] if message["role"] != "system")
    assert called["tool_calls"][0]["function"]["name"] == result["name"] == sent


@pytest.mark.parametrize(
    "schema",
    [
        Page[int],
        {"title": "Weather Report", **obj(items={"type": "integer"})},
        {"title": "Größe", **obj(items={"type": "integer"})},
        {"title": "x" * 70, **obj(items={"type": "integer"})},
    ],
)
@pytest.mark.parametrize("ways", ["invoke", "stream"])
def test_structured_output_takes_any_name(chat: Chat, schema: Any, ways: str) -> None:
    """Generic classes, and titles that are no names of tools."""
    model = chat().with_structured_output(schema)
    answer = model.invoke("Items: 1") if ways == "invoke" else [*model.stream("Items: 1")][-1]
    assert isinstance(answer, dict | Page)


@pytest.mark.parametrize("strict", [True, False, None])
def test_an_agent_may_ask_for_a_strict_format(chat: Chat, strict: Any) -> None:
    """ProviderStrategy hands over a dict that is not closed, whatever it says."""
    agent = create_agent(chat(), [], response_format=ProviderStrategy(Defaults, strict=strict))
    answer = agent.invoke({"messages": [HumanMessage("The city is Paris.")]})
    assert isinstance(answer["structured_response"], Defaults)


@pytest.mark.parametrize("tool_like", [3, object(), "bing_search", {"type": "x"}, None])
def test_what_is_no_tool_is_refused(chat: Chat, tool_like: Any) -> None:
    """The error says which one; nothing becomes a tool with an empty schema."""
    with pytest.raises(InvalidInputError, match=r"tools\[1\]"):
        chat().bind_tools([add, tool_like])


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
