"""Tools on the wire, and calls read back, whole or half."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from listening import listening
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.tools import FunctionTool
from llama_index.core.tools.calling import call_tool
from pydantic import BaseModel
from spelling import whole

from _pollinations.chat.options import chat_options
from _pollinations.chat.reply import Delta, ToolCallDelta
from llama_index_pollinations import Pollinations
from llama_index_pollinations.errors import StructuredOutputError
from llama_index_pollinations.from_wire import Answer, from_delta
from llama_index_pollinations.tools import (
    calls_of,
    to_wire_tools,
)
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def greet(name: str = "you") -> str:
    """Greet somebody."""
    return f"Hello {name}"


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


ADD = FunctionTool.from_defaults(add)
TOOLS = [ADD, FunctionTool.from_defaults(multiply)]
METHODS = ("chat", "complete", "stream_chat", "stream_complete")
ODD_CALLS = (
    *("null-holes", "no-index", "no-ids"),
    *("same-index-new-id", "several-calls-one-delta", "arguments-object"),
)


class Tree(BaseModel):
    name: str
    children: list["Tree"] = []


def response(arguments: Any, **metadata: Any) -> ChatResponse:
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs=arguments)
    message = ChatMessage(role="assistant", blocks=[block])
    return ChatResponse(message=message, additional_kwargs=metadata)


def test_a_tool_is_told_with_its_schema() -> None:
    """Name, description and parameters are the tool's own."""
    (wire,) = to_wire_tools([ADD], strict=False)

    assert wire["type"] == "function"
    assert wire["function"]["name"] == "add"
    assert "Add two numbers." in wire["function"]["description"]
    assert set(wire["function"]["parameters"]["properties"]) == {"a", "b"}
    assert "strict" not in wire["function"]


def store(values: dict[str, int]) -> None:
    """Store values."""


@pytest.mark.parametrize(("function", "strict"), [(greet, True), (store, None)])
def test_a_strict_tool_requires_every_argument(
    make: Any, sandbox: Any, function: Any, strict: bool | None
) -> None:
    """Where that can be said: an object with free keys has no strict form."""
    make(strict=True).chat_with_tools([FunctionTool.from_defaults(function)], user_msg="Add 3 to 4")
    wire = sandbox.last.body["tools"][0]["function"]

    assert wire.get("strict") is strict
    assert (wire["parameters"].get("additionalProperties") is False) is bool(strict)


def test_a_recursive_class_is_a_tool_with_its_properties() -> None:
    """LlamaIndex's own translation loses the top of such a schema."""
    (wire,) = to_wire_tools([get_function_tool(Tree)], strict=False)
    (sent,) = chat_options({"tools": [wire]})["tools"]

    assert sent["function"]["parameters"]["type"] == "object"
    assert sent["function"]["parameters"]["properties"].keys() == {"name", "children"}


def test_long_descriptions_are_allowed() -> None:
    """The limit of 1,024 characters is another API's."""
    tool = FunctionTool.from_defaults(add, description="x" * 5_000)

    (wire,) = to_wire_tools([tool], strict=False)

    assert len(wire["function"]["description"]) == 5_000


def test_built_in_tools_and_wire_tools_pass() -> None:
    """Names of the gateway's own tools and ready-made objects are left to the shared check."""
    wire = {"type": "function", "function": {"name": "x"}}

    assert to_wire_tools(["google_search", wire], strict=False) == ["google_search", wire]


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


@pytest.mark.parametrize("method", METHODS)
def test_completions_call_tools_too(llm: Pollinations, colour: Any, method: str) -> None:
    """A call that no text tells of is in `additional_kwargs`, whole or streamed."""
    tools = [tool.metadata.to_openai_tool() for tool in TOOLS]
    question = "What is 3 plus 4?"
    prompt = [ChatMessage(question)] if "chat" in method else question

    last = colour.ask(llm, method, prompt, tools=tools)[-1]

    kwargs = (last.message if "chat" in method else last).additional_kwargs
    assert [call["function"]["name"] for call in kwargs["tool_calls"]] == ["add"]


@pytest.mark.parametrize("dialect", [*ODD_CALLS, None])
def test_a_kept_response_stays_as_it_was(
    make: Make, sandbox: Sandbox, colour: Any, dialect: str | None
) -> None:
    """A consumer that keeps each response of a stream sees none of them change."""
    llm = make(model="claude", reasoning_effort="high")
    if dialect:
        sandbox.fail(Fault.dialect(dialect))

    with listening() as heard:
        question = "Add 3 and 4 and multiply 5 by 6."
        responses = colour.pieces(
            llm, "stream_chat_with_tools", TOOLS, question, allow_parallel_tool_calls=True
        )

    assert [response.model_dump_json() for response in responses] == heard.responses[:-1]


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


def test_parallel_calls_are_allowed_by_who_asks(make: Make, sandbox: Sandbox, colour: Any) -> None:
    """The caller decides for each call, and the model's field may forbid it for all."""
    question = "Add 3 and 4 and multiply 5 by 6."
    allowed = colour.whole(
        make(), "chat_with_tools", TOOLS, question, allow_parallel_tool_calls=True
    )
    assert sandbox.last.body["parallel_tool_calls"] is True
    single = colour.whole(make(), "chat_with_tools", TOOLS, question)
    assert sandbox.last.body["parallel_tool_calls"] is False
    forbidding = make(parallel_tool_calls=False)
    colour.whole(forbidding, "chat_with_tools", TOOLS, question, allow_parallel_tool_calls=True)
    assert sandbox.last.body["parallel_tool_calls"] is False

    assert len(make().get_tool_calls_from_response(allowed)) == 2
    assert len(make().get_tool_calls_from_response(single)) == 1


def test_one_call_is_kept_where_the_model_makes_two(
    llm: Pollinations, sandbox: Sandbox, colour: Any
) -> None:
    """A provider that ignores `parallel_tool_calls` does not surprise the caller."""
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": "add", "arguments": "{}"}}
        for n in range(2)
    ]
    sandbox.reply(whole({"content": None, "tool_calls": calls}, reason="tool_calls"))

    response = colour.whole(llm, "chat_with_tools", TOOLS, "Go")

    assert [c.tool_id for c in llm.get_tool_calls_from_response(response)] == ["c0"]


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


@pytest.mark.parametrize("model", ["openai", "claude", "gemini", "deepseek"])
def test_a_conversation_with_tools_goes_on(
    make: Make, sandbox: Sandbox, colour: Any, model: str
) -> None:
    """Thoughts, signatures and calls go back as each model needs them, in streams and whole."""
    llm = make(model=model, reasoning_effort="high")
    question = ChatMessage("What is 3 plus 4?")
    first = colour.pieces(llm, "stream_chat_with_tools", TOOLS, chat_history=[question])[-1]
    (call,) = llm.get_tool_calls_from_response(first)
    result = ChatMessage(role="tool", content="7", additional_kwargs={"tool_call_id": call.tool_id})

    history = [question, first.message, result]
    last = colour.whole(llm, "chat_with_tools", TOOLS, chat_history=history)
    turn = sandbox.last.body["messages"][1]

    assert "7" in last.message.content
    assert turn["tool_calls"] == first.message.additional_kwargs["tool_calls"]
    if model == "claude":
        assert turn["content"][0]["signature"]
    if model in {"gemini", "deepseek"}:
        assert turn["reasoning_content"] == first.message.blocks[0].content


def seconds(fragments: int, fragment: str) -> float:
    """Read the calls of a growing answer after each fragment, as an agent does."""
    answer = Answer()
    begun = time.process_time()
    for place in range(fragments):
        name = "write" if place == 0 else None
        arguments = '{"rows": ["' if place == 0 else fragment
        delta = Delta(tool_calls=(ToolCallDelta(0, name and "c1", name, arguments),))
        (call,) = calls_of(from_delta(delta, body={}, answer=answer))
    assert call.tool_kwargs["rows"]
    return time.process_time() - begun


@pytest.mark.parametrize("fragment", ["\\u00e9\\n\\u00e8\\n", '", {"a": 1}, "'])
def test_reading_arguments_at_each_of_8000_fragments_takes_linear_time(fragment: str) -> None:
    """Sixteen times as many take some 20 times as long, where a quadratic reader takes over 100."""
    few = min(seconds(500, fragment) for _ in range(5))
    many = min(seconds(8_000, fragment) for _ in range(2))

    assert many / few < 64
