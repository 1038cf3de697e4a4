"""Tools on the wire, and calls read back, whole or half."""

from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.tools import FunctionTool
from llama_index.core.tools.calling import call_tool
from pydantic import BaseModel
from ways import add

from _pollinations.chat.options import chat_options
from llama_index_pollinations import Pollinations
from llama_index_pollinations.errors import StructuredOutputError
from llama_index_pollinations.tools import calls_of, to_wire_tools
from pollinations_sandbox import Sandbox

Make = Callable[..., Pollinations]


def greet(name: str = "you") -> str:
    """Greet somebody."""
    return f"Hello {name}"


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def store(values: dict[str, int]) -> None:
    """Store values."""


ADD = FunctionTool.from_defaults(add)
TOOLS = [ADD, FunctionTool.from_defaults(multiply)]


class Tree(BaseModel):
    name: str
    children: list["Tree"] = []


def calls(arguments: Any, reason: str | None = None, **options: Any) -> list[Any]:
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs=arguments)
    message = ChatMessage(role="assistant", blocks=[block])
    metadata = {"finish_reason": reason} if reason else {}
    return calls_of(ChatResponse(message=message, additional_kwargs=metadata), **options)


def test_a_plain_function_is_a_tool() -> None:
    """As agents take it."""
    assert to_wire_tools([add], strict=False) == to_wire_tools([ADD], strict=False)


def test_a_tool_is_sent_with_its_schema() -> None:
    """Its description may be longer than the 1,024 characters of another API."""
    tool = FunctionTool.from_defaults(add, description="x" * 5_000)
    (wire,) = to_wire_tools([tool], strict=False)

    function = wire["function"]
    assert (function["name"], len(function["description"])) == ("add", 5_000)
    assert function["parameters"].keys() == {"properties", "required", "type"}
    assert function["parameters"]["properties"].keys() == {"a", "b"}
    assert "strict" not in function


@pytest.mark.parametrize(("function", "strict"), [(greet, True), (store, None)])
def test_a_strict_tool_requires_every_argument(
    make: Make, sandbox: Sandbox, function: Any, strict: bool | None
) -> None:
    """Where that can be said: an object with free keys has no strict form."""
    make(strict=True).chat_with_tools([FunctionTool.from_defaults(function)], user_msg="Add 3 to 4")
    wire = sandbox.last.body["tools"][0]["function"]

    assert wire.get("strict") is strict
    assert (wire["parameters"].get("additionalProperties") is False) is bool(strict)


def test_a_recursive_class_is_a_tool_with_its_properties() -> None:
    """LlamaIndex's own translation loses the top of such a schema."""
    wire = to_wire_tools([get_function_tool(Tree)], strict=False)
    (sent,) = chat_options({"tools": wire})["tools"]

    assert sent["function"]["parameters"]["type"] == "object"
    assert sent["function"]["parameters"]["properties"].keys() == {"name", "children"}


@pytest.mark.parametrize(
    ("arguments", "reason", "read"),
    [
        ('{"a": 1, "text": "he', None, {"a": 1, "text": "he"}),
        ('{"a": 1}', "tool_calls", {"a": 1}),
        *((empty, "tool_calls", {}) for empty in ("", "  ", "{}", {})),
    ],
)
def test_arguments_are_read_as_far_as_they_came(arguments: Any, reason: Any, read: Any) -> None:
    """While a stream goes on, a string may be half there; no arguments are an empty object."""
    (call,) = calls(arguments, reason)

    assert call.tool_kwargs == read


CUT = [('{"a": 1, "b"', "length"), ('{"a": 1, "b": "x', "tool_calls"), ("no", "length")]
UNREADABLE = ["[1]", "nonsense", "{'a': 1}", '{"a": 1} {"a": 2}']


@pytest.mark.parametrize(
    ("arguments", "reason", "must_read"),
    [
        *((text, "stop", True) for text in UNREADABLE),
        *((*cut, must_read) for cut in CUT for must_read in (True, False)),
    ],
)
def test_no_tool_runs_with_unreadable_arguments(
    arguments: str, reason: str, must_read: bool
) -> None:
    """Those that were cut off are an error in an agent too: a model would be cut off again."""
    with pytest.raises(StructuredOutputError, match="'add'") as caught:
        calls(arguments, reason, must_read=must_read)

    assert caught.value.text == arguments
    assert ("max_tokens" in str(caught.value)) is (reason == "length")


@pytest.mark.parametrize("tool", [ADD, FunctionTool.from_defaults(greet)])
@pytest.mark.parametrize("arguments", UNREADABLE)
def test_unreadable_arguments_make_a_call_that_fails_in_an_agent(
    arguments: str, tool: FunctionTool
) -> None:
    """The model reads why, and no tool runs, not even one that needs no arguments."""
    (call,) = calls(arguments, "stop", must_read=False)
    output = call_tool(tool, call.tool_kwargs)

    assert output.is_error
    assert "not a JSON object" in output.content
    assert arguments in call.tool_kwargs.values()


@pytest.mark.parametrize("method", ["complete", "stream_complete"])
def test_completions_call_tools_too(llm: Pollinations, colour: Any, method: str) -> None:
    """A call that no text tells of is in `additional_kwargs`, whole or streamed."""
    tools = [tool.metadata.to_openai_tool() for tool in TOOLS]

    last = colour.ask(llm, method, "What is 3 plus 4?", tools=tools)[-1]

    assert [c["function"]["name"] for c in last.additional_kwargs["tool_calls"]] == ["add"]


def test_a_history_is_not_changed(llm: Pollinations, colour: Any) -> None:
    """The user's message is added to a copy."""
    history = [ChatMessage("Hi"), ChatMessage(role="assistant", content="Hello")]

    colour.whole(llm, "chat_with_tools", TOOLS, "What is 3 plus 4?", chat_history=history)
    colour.pieces(llm, "stream_chat_with_tools", TOOLS, "What is 3 plus 4?", chat_history=history)

    assert [message.content for message in history] == ["Hi", "Hello"]


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, None),
        ({"tool_required": True}, "required"),
        ({"tool_choice": "none"}, "none"),
        ({"tool_choice": "any"}, "required"),
        ({"tool_choice": "add"}, {"type": "function", "function": {"name": "add"}}),
    ],
)
def test_a_choice_is_sent_as_the_gateway_knows_it(
    llm: Pollinations, sandbox: Sandbox, colour: Any, options: dict[str, Any], sent: Any
) -> None:
    """Names become objects, and nothing is sent when nothing was given."""
    colour.whole(llm, "chat_with_tools", TOOLS, "Hi", **options)

    assert sandbox.last.body.get("tool_choice") == sent


@pytest.mark.parametrize(
    ("fields", "allowed", "sent"),
    [({}, True, True), ({}, False, False), ({"parallel_tool_calls": False}, True, False)],
)
def test_parallel_calls_are_allowed_by_who_asks(  # noqa: PLR0917 - fixtures are given by name
    make: Make, sandbox: Sandbox, colour: Any, fields: Any, allowed: bool, sent: bool
) -> None:
    """By each call, unless the field forbids it; if two come all the same, the first is kept."""
    llm = make(**fields)
    sandbox.reply(tool_calls=[("add", {"a": 1, "b": 2}), ("multiply", {"a": 3, "b": 4})])

    options = {"allow_parallel_tool_calls": allowed}
    response = colour.whole(llm, "chat_with_tools", TOOLS, "Go", **options)

    assert sandbox.last.body["parallel_tool_calls"] is sent
    names = ["add", "multiply"] if allowed else ["add"]
    assert [call.tool_name for call in llm.get_tool_calls_from_response(response)] == names
    assert len(response.message.additional_kwargs["tool_calls"]) == len(names)


def test_predict_and_call_runs_the_tool(llm: Pollinations, colour: Any) -> None:
    """The shortest way from a question to a tool's result."""
    answer = colour.whole(llm, "predict_and_call", TOOLS, "What is 3 plus 4?")

    assert str(answer) == "7"


def test_an_answer_without_calls_may_be_an_error(llm: Pollinations) -> None:
    """By default it is, as LlamaIndex has it."""
    response = llm.chat([ChatMessage("Hi")])

    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(StructuredOutputError, match="no tool"):
        llm.get_tool_calls_from_response(response)
