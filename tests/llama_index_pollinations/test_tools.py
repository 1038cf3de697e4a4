"""Tools on the wire, and calls read back, whole or half."""

import time
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.tools import FunctionTool
from llama_index.core.tools.calling import call_tool
from pydantic import BaseModel

from _pollinations.chat.options import chat_options
from _pollinations.chat.reply import Delta, ToolCallDelta
from llama_index_pollinations.errors import StructuredOutputError
from llama_index_pollinations.from_wire import Answer, from_delta
from llama_index_pollinations.tools import (
    calls_of,
    first_call_only,
    to_wire_choice,
    to_wire_tools,
)


def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    return a + b


def greet(name: str = "you") -> str:
    """Greet somebody."""
    return f"Hello {name}"


ADD = FunctionTool.from_defaults(add)
BRACKETS = FunctionTool.from_defaults(add, name="List[int]")


class Tree(BaseModel):
    name: str
    children: list["Tree"] = []


def response(arguments: Any, **told: Any) -> ChatResponse:
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs=arguments)
    message = ChatMessage(role="assistant", blocks=[block])
    return ChatResponse(message=message, additional_kwargs=told)


def test_a_tool_is_told_with_its_schema() -> None:
    """Name, description and parameters are the tool's own."""
    (made,) = to_wire_tools([ADD], strict=False)

    assert made["type"] == "function"
    assert made["function"]["name"] == "add"
    assert "Add two numbers." in made["function"]["description"]
    assert set(made["function"]["parameters"]["properties"]) == {"a", "b"}
    assert "strict" not in made["function"]


def store(values: dict[str, int]) -> None:
    """Store values."""


@pytest.mark.parametrize(("function", "strict"), [(add, True), (store, None)])
def test_a_strict_tool_requires_every_argument(
    make: Any, sandbox: Any, function: Any, strict: bool | None
) -> None:
    """Where that can be said: an object with free keys has no strict form."""
    make(strict=True).chat_with_tools([FunctionTool.from_defaults(function)], user_msg="Add 3 to 4")
    made = sandbox.last.body["tools"][0]["function"]

    assert made.get("strict") is strict
    assert (made["parameters"].get("additionalProperties") is False) is bool(strict)


def test_a_recursive_class_is_a_tool_with_its_properties() -> None:
    """LlamaIndex's own translation loses the top of such a schema."""
    (made,) = to_wire_tools([get_function_tool(Tree)], strict=False)
    (sent,) = chat_options({"tools": [made]})["tools"]

    assert sent["function"]["parameters"]["type"] == "object"
    assert sent["function"]["parameters"]["properties"].keys() == {"name", "children"}


def test_long_descriptions_are_allowed() -> None:
    """The limit of 1,024 characters is another API's."""
    tool = FunctionTool.from_defaults(add, description="x" * 5_000)

    (made,) = to_wire_tools([tool], strict=False)

    assert len(made["function"]["description"]) == 5_000


def test_built_in_tools_and_wire_tools_pass() -> None:
    """Names of the gateway's own tools and ready-made objects are left to the shared check."""
    wire = {"type": "function", "function": {"name": "x"}}

    assert to_wire_tools(["google_search", wire], strict=False) == ["google_search", wire]


@pytest.mark.parametrize(
    ("choice", "required", "told"),
    [
        (None, False, None),
        (None, True, "required"),
        ("auto", True, "auto"),
        ("any", False, "any"),
        ("add", False, "add"),
        ("List[int]", False, "List[int]"),
        ({"type": "function"}, False, {"type": "function"}),
    ],
)
def test_a_choice_knows_the_names_of_tools(choice: Any, required: bool, told: Any) -> None:
    """A name is left to the shared check, which knows all tools."""
    assert to_wire_choice(choice, [ADD, BRACKETS], required=required) == told


def test_there_is_no_choice_without_tools() -> None:
    """An empty list of tools leaves nothing to choose."""
    assert to_wire_choice("required", [], required=True) is None


def test_arguments_are_read_as_far_as_they_came() -> None:
    """While a stream goes on, a string may be half there."""
    (call,) = calls_of(response('{"a": 1, "text": "he'))

    assert call.tool_kwargs == {"a": 1, "text": "he"}


@pytest.mark.parametrize("arguments", ["", "  ", "{}", {}])
def test_no_arguments_are_an_empty_object(arguments: Any) -> None:
    """Providers spell a call without arguments in several ways."""
    (call,) = calls_of(response(arguments, finish_reason="tool_calls"))

    assert call.tool_kwargs == {}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ('{"a": 1, "b"', "length"),
        ('{"a": 1, "b": "x', "tool_calls"),
        ("[1]", "tool_calls"),
        ("nonsense", "stop"),
        ("{'a': 1}", "stop"),
        ('{"a": 1} {"a": 2}', "stop"),
    ],
)
def test_arguments_that_must_be_read_and_cannot_are_an_error(arguments: str, reason: str) -> None:
    """No tool runs with arguments that were cut off or are none."""
    with pytest.raises(StructuredOutputError, match="'add'") as caught:
        calls_of(response(arguments, finish_reason=reason))

    assert caught.value.text == arguments
    assert ("max_tokens" in str(caught.value)) is (reason == "length")


@pytest.mark.parametrize("tool", [ADD, FunctionTool.from_defaults(greet)])
@pytest.mark.parametrize("arguments", ["[1]", "nonsense", "{'a': 1}"])
def test_other_arguments_make_a_call_that_fails_in_an_agent(arguments: str, tool: Any) -> None:
    """The model reads why, and no tool runs, not even one that needs no arguments."""
    [call] = calls_of(response(arguments, finish_reason="stop"), must_read=False)
    output = call_tool(tool, call.tool_kwargs)

    assert output.is_error
    assert "not a JSON object" in output.content
    assert arguments in call.tool_kwargs.values()


@pytest.mark.parametrize(
    ("arguments", "reason"), [('{"a": 1', "tool_calls"), ('{"a": 1', "length"), ("no", "length")]
)
def test_cut_arguments_are_an_error_in_an_agent_too(arguments: str, reason: str) -> None:
    """Asked again, the model would be cut off again."""
    with pytest.raises(StructuredOutputError, match="'add'"):
        calls_of(response(arguments, finish_reason=reason), must_read=False)


def test_only_the_first_call_is_kept_when_one_is_allowed() -> None:
    """Blocks and their wire form stay in step."""
    blocks = [ToolCallBlock(tool_call_id=f"c{i}", tool_name="add") for i in range(3)]
    message = ChatMessage(
        role="assistant",
        blocks=blocks,
        additional_kwargs={"tool_calls": [{"id": f"c{i}"} for i in range(3)]},
    )

    kept = first_call_only(ChatResponse(message=message))

    assert [call.tool_id for call in calls_of(kept)] == ["c0"]
    assert kept.message.additional_kwargs["tool_calls"] == [{"id": "c0"}]


def seconds(fragments: int, fragment: str) -> float:
    """Read the calls of a growing answer after each fragment, as an agent does."""
    answer = Answer()
    begun = time.process_time()
    for place in range(fragments):
        name = "write" if place == 0 else None
        said = '{"rows": ["' if place == 0 else fragment
        delta = Delta(tool_calls=(ToolCallDelta(0, name and "c1", name, said),))
        (call,) = calls_of(from_delta(delta, body={}, answer=answer))
    assert call.tool_kwargs["rows"]
    return time.process_time() - begun


@pytest.mark.parametrize("fragment", ["\\u00e9\\n\\u00e8\\n", '", {"a": 1}, "'])
def test_reading_arguments_at_each_of_8000_fragments_takes_linear_time(fragment: str) -> None:
    """Sixteen times as many take some 20 times as long, where a quadratic reader takes over 100."""
    few = min(seconds(500, fragment) for _ in range(5))
    many = min(seconds(8_000, fragment) for _ in range(2))

    assert many / few < 64
