"""Messages become wire messages."""

from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ContentBlock,
    MessageRole,
    ToolCallBlock,
)

from _pollinations.chat.messages import Policy, prepare
from llama_index_pollinations import InvalidInputError
from llama_index_pollinations.to_wire import to_wire


def sent(*messages: ChatMessage) -> list[dict[str, Any]]:
    return prepare(to_wire(messages), model="openai", policy=Policy())


@pytest.mark.parametrize(
    ("role", "wire_role"),
    [
        (MessageRole.SYSTEM, "system"),
        (MessageRole.DEVELOPER, "developer"),
        (MessageRole.USER, "user"),
        (MessageRole.ASSISTANT, "assistant"),
        (MessageRole.CHATBOT, "assistant"),
        (MessageRole.MODEL, "assistant"),
        (MessageRole.FUNCTION, "user"),
    ],
)
def test_every_role_has_a_place(role: MessageRole, wire_role: str) -> None:
    """All eight roles of LlamaIndex are sent in those of the wire; a lone result as a user's."""
    message = ChatMessage(
        role=role, content="Hi", additional_kwargs={"tool_call_id": "c1", "name": "add"}
    )

    (wire,) = sent(message)

    assert wire["role"] == wire_role
    assert "Hi" in wire["content"]
    assert "add" in str(wire)


def test_only_tool_results_answer_a_call() -> None:
    """An assistant's message of `return_direct` carries an id too, which would be refused."""
    kwargs = {"tool_call_id": "c1"}

    wire = to_wire(
        [
            ChatMessage(role="assistant", content="7", additional_kwargs=kwargs),
            ChatMessage(role="tool", content="7", additional_kwargs=kwargs),
        ]
    )

    assert "tool_call_id" not in wire[0]
    assert wire[1]["tool_call_id"] == "c1"


def test_what_is_no_message_is_named() -> None:
    """LlamaIndex passes dicts on as they are."""
    message: Any = {"role": "user", "content": "Hi"}

    with pytest.raises(InvalidInputError, match="message 1: a dict is not a ChatMessage"):
        to_wire([ChatMessage("Hi"), message])


def test_a_message_mark_reaches_the_wire() -> None:
    """`cache_control` beside a message is kept for the policy to place."""
    mark = {"type": "ephemeral"}

    (wire,) = to_wire([ChatMessage("Hi", additional_kwargs={"cache_control": mark})])

    assert wire["cache_control"] == mark


BLOCK = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1})
CALL = {"id": "c1", "function": {"name": "add", "arguments": '{"a":1}'}}


@pytest.mark.parametrize(
    ("blocks", "kwargs"),
    [
        ([BLOCK], {}),
        ([ToolCallBlock(tool_call_id=None, tool_name="add", tool_kwargs='{"a":1}')], {}),
        ([], {"tool_calls": CALL}),
        ([], {"tool_calls": [{"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}}]}),
        ([], {"function_call": CALL["function"]}),
        ([BLOCK], {"tool_calls": [CALL], "function_call": CALL["function"]}),
        ([BLOCK], {"tool_calls": [{"nobody": "reads this"}, "or this", None]}),
    ],
    ids=["block", "text", "one", "Anthropic", "deprecated", "all", "unread"],
)
def test_messages_of_other_integrations_are_read(
    blocks: list[ContentBlock], kwargs: dict[str, Any]
) -> None:
    """Persisted in their own shapes, with or without blocks; the result finds its call."""
    past = ChatMessage(role="assistant", blocks=blocks, additional_kwargs=kwargs)
    answer = ChatMessage(role="tool", content="3", additional_kwargs={"name": "add"})

    wire, result = sent(past, answer)

    (call,) = wire["tool_calls"]
    assert call["function"] == {"name": "add", "arguments": '{"a":1}'}
    assert (result["role"], result["tool_call_id"]) == ("tool", call["id"])
