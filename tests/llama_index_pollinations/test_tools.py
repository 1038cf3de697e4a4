"""Tools on the wire, and calls read back, whole or half."""

import time
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.tools import FunctionTool

from _pollinations.chat.reply import Delta, ToolCallDelta
from llama_index_pollinations.errors import StructuredOutputError
from llama_index_pollinations.messages import Answer, from_delta
from llama_index_pollinations.tools import (
    calls_of,
    first_call_only,
    to_wire_choice,
    to_wire_tools,
)


def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    return a + b


ADD = FunctionTool.from_defaults(add)
BRACKETS = FunctionTool.from_defaults(add, name="List[int]")
# Older cores write such a name as it is.
BRACKETS_NAME = BRACKETS.metadata.to_openai_tool()["function"]["name"]


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


def test_a_strict_tool_requires_every_argument() -> None:
    """Strict schemas allow nothing else and leave nothing out."""
    (made,) = to_wire_tools([ADD], strict=True)

    assert made["function"]["strict"] is True
    assert made["function"]["parameters"]["required"] == ["a", "b"]
    assert made["function"]["parameters"]["additionalProperties"] is False


def test_a_tool_that_cannot_be_strict_is_told_as_it_is() -> None:
    """An object with free keys has no strict form."""

    def store(values: dict[str, int]) -> None:
        """Store values."""

    (made,) = to_wire_tools([FunctionTool.from_defaults(store)], strict=True)

    assert "strict" not in made["function"]


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
        ("add", False, {"type": "function", "function": {"name": "add"}}),
        ("List[int]", False, {"type": "function", "function": {"name": BRACKETS_NAME}}),
        ({"type": "function"}, False, {"type": "function"}),
    ],
)
def test_a_choice_knows_the_names_of_tools(choice: Any, required: bool, told: Any) -> None:
    """Names are written as the tool's own name is on the wire."""
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
    [('{"a": 1, "b"', "length"), ("[1]", "tool_calls"), ("nonsense", "stop")],
)
def test_a_whole_answer_with_half_arguments_is_an_error(arguments: str, reason: str) -> None:
    """No tool runs with arguments that were cut off or are none."""
    with pytest.raises(StructuredOutputError, match="'add'") as caught:
        calls_of(response(arguments, finish_reason=reason))

    assert caught.value.text == arguments
    assert ("max_tokens" in str(caught.value)) is (reason == "length")


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
        (call,) = calls_of(from_delta(delta, asked={}, answer=answer))
    assert call.tool_kwargs["rows"]
    return time.process_time() - begun


@pytest.mark.parametrize("fragment", ["\\u00e9\\n\\u00e8\\n", '", {"a": 1}, "'])
def test_reading_arguments_at_each_of_8000_fragments_takes_linear_time(fragment: str) -> None:
    """Sixteen times as many take some 20 times as long, where a quadratic reader takes over 100."""
    few = min(seconds(500, fragment) for _ in range(5))
    many = min(seconds(8_000, fragment) for _ in range(2))

    assert many / few < 64
