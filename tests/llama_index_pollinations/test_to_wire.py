"""Messages become wire messages."""

from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)

from _pollinations.chat.messages import Policy, settle
from _pollinations.chat.reply import Audio, Reply, ToolCall
from llama_index_pollinations.errors import InvalidInputError
from llama_index_pollinations.from_wire import from_reply
from llama_index_pollinations.to_wire import to_wire

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "/58BAwAI/AL+p5qgoAAAAABJRU5ErkJggg=="
)
CALL = ToolCall("c1", "add", '{"a": 1}', {"extra_content": {"google": {"signature": "s"}}})


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (MessageRole.SYSTEM, "system"),
        (MessageRole.DEVELOPER, "developer"),
        (MessageRole.USER, "user"),
        (MessageRole.ASSISTANT, "assistant"),
        (MessageRole.CHATBOT, "assistant"),
        (MessageRole.MODEL, "assistant"),
        (MessageRole.TOOL, "tool"),
        (MessageRole.FUNCTION, "function"),
    ],
)
def test_every_role_has_a_place(role: MessageRole, told: str) -> None:
    """All eight roles of LlamaIndex are said in the six of the wire."""
    message = ChatMessage(
        role=role, content="Hi", additional_kwargs={"tool_call_id": "c1", "name": "add"}
    )

    (wire,) = to_wire([message])

    assert wire["role"] == told
    assert wire["content"] == "Hi"
    assert wire["name"] == "add"
    assert settle([wire], model="openai", policy=Policy())


def test_only_tool_results_answer_a_call() -> None:
    """An assistant's message of `return_direct` carries an id too, which would be refused."""
    kept = {"tool_call_id": "c1"}

    wire = to_wire(
        [
            ChatMessage(role="assistant", content="7", additional_kwargs=kept),
            ChatMessage(role="tool", content="7", additional_kwargs=kept),
        ]
    )

    assert "tool_call_id" not in wire[0]
    assert wire[1]["tool_call_id"] == "c1"


def test_an_error_names_message_and_block() -> None:
    """What cannot be sent is found by its place in the conversation."""
    messages = [ChatMessage("Hi"), ChatMessage([TextBlock(text="See"), ImageBlock()])]

    with pytest.raises(InvalidInputError, match="message 1, block 1"):
        to_wire(messages)


def test_a_message_mark_reaches_the_wire() -> None:
    """`cache_control` beside a message is kept for the policy to place."""
    mark = {"type": "ephemeral"}

    (wire,) = to_wire([ChatMessage("Hi", additional_kwargs={"cache_control": mark})])

    assert wire["cache_control"] == mark


def test_what_the_model_made_is_not_told_again() -> None:
    """Pictures, sounds and citations of its own stay in the history; no provider takes them."""
    reply = Reply(
        text="Here it is.",
        content_blocks=({"type": "image_url", "image_url": {"url": PIXEL}},),
        audio=Audio(id="a1", data="UklGRg==", transcript="Here"),
        citations=("https://example.com/1",),
    )

    (wire,) = to_wire([from_reply(reply, asked={}).message])

    assert wire["content"] == "Here it is."


def test_signed_thoughts_go_back_to_their_signer_only() -> None:
    """Another model gets the reasoning as text at most."""
    told = {"type": "thinking", "thinking": "one", "signature": "s1"}
    reply = Reply(text="Hi", reasoning="one", content_blocks=(told,), tool_calls=(CALL,))
    wire = to_wire([from_reply(reply, asked={"model": "claude"}).message])

    (same,) = settle(wire, model="claude", policy=Policy())
    (other,) = settle(wire, model="deepseek", policy=Policy())
    (never,) = settle(wire, model="claude", policy=Policy(echo_reasoning="never"))

    assert same["content"][0] == told
    assert other["content"] == "Hi"
    assert other["reasoning_content"] == "one"
    assert never["content"] == "Hi"
    assert "reasoning_content" not in never


def test_unknown_keys_of_a_call_come_back() -> None:
    """Gemini refuses a call that lost its signature."""
    message = from_reply(Reply(tool_calls=(CALL,)), asked={}).message

    again = ChatMessage.model_validate_json(message.model_dump_json())
    (wire,) = to_wire([again])

    assert wire["tool_calls"] == [CALL.wire]
    assert "content" not in wire


def test_calls_of_other_integrations_are_told() -> None:
    """Arguments may be a dictionary, an id may be missing, or all be in `additional_kwargs`."""

    class Sdk:
        def model_dump(self) -> dict[str, Any]:
            return {"id": "c9", "type": "function", "function": {"name": "x", "arguments": "{}"}}

    blocks = [
        ToolCallBlock(tool_call_id=None, tool_name="add", tool_kwargs={"a": 1}),
        ToolCallBlock(tool_call_id="c2", tool_name="now", tool_kwargs=""),
    ]

    first, second = to_wire(
        [
            ChatMessage(role="assistant", blocks=blocks),
            ChatMessage(role="assistant", additional_kwargs={"tool_calls": [Sdk()]}),
        ]
    )

    assert [call["function"]["arguments"] for call in first["tool_calls"]] == ['{"a":1}', "{}"]
    assert first["tool_calls"][0]["id"] == "add"
    assert second["tool_calls"][0]["id"] == "c9"


def test_the_deprecated_function_call_comes_back() -> None:
    """It has no block, so it is kept beside them."""
    reply = Reply(function_call={"name": "add", "arguments": "{}"})

    message = from_reply(reply, asked={}).message

    assert to_wire([message])[0]["function_call"] == {"name": "add", "arguments": "{}"}


def test_blocks_survive_json() -> None:
    """A stored message tells the wire the same."""
    reply = Reply(
        text="Hi",
        reasoning="hm",
        tool_calls=(CALL,),
        citations=("https://a.example",),
        content_blocks=(
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "image_url", "image_url": {"url": PIXEL}},
        ),
    )
    message = from_reply(reply, asked={"model": "claude"}).message

    again = ChatMessage.model_validate_json(message.model_dump_json())

    assert to_wire([again]) == to_wire([message])
    assert [type(block) for block in again.blocks] == [type(block) for block in message.blocks]


def test_messages_are_not_changed_by_telling() -> None:
    """Conversion reads and never writes."""
    message = from_reply(Reply(text="Hi", tool_calls=(CALL,)), asked={}).message
    before = message.model_dump_json()

    to_wire([message])

    assert message.model_dump_json() == before
