"""What is made without validation equals what the constructors make."""

from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from llama_index_pollinations.chunks import (
    chunk_call,
    chunk_message,
    chunk_response,
    chunk_text,
    chunk_thought,
)

BLOCKS: list[Any] = [ThinkingBlock(content="Hm."), TextBlock(text="Yes.")]
KWARGS = {"tool_calls": [{"id": "call_1"}]}


def inside(model: Any) -> dict[str, Any]:
    """Everything that pydantic keeps of a model."""
    return {
        "fields": model.__dict__,
        "set": model.__pydantic_fields_set__,
        "extra": model.__pydantic_extra__,
        "private": model.__pydantic_private__,
    }


@pytest.mark.parametrize(
    ("chunk", "usual"),
    [
        (chunk_text("a"), TextBlock(text="a")),
        (chunk_thought("a"), ThinkingBlock(content="a")),
        (
            chunk_call("c1", "add", "{}"),
            ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs="{}"),
        ),
    ],
    ids=["text", "thought", "call"],
)
def test_a_block_equals_a_validated_one(chunk: Any, usual: Any) -> None:
    """Fields, what is set, extra and private attributes are the same."""
    assert chunk == usual
    assert inside(chunk) == inside(usual)
    assert chunk.model_dump_json() == usual.model_dump_json()


def test_a_message_equals_a_validated_one() -> None:
    """Fields, what is set, extra and private attributes are the same."""
    chunk = chunk_message([*BLOCKS], {**KWARGS})
    usual = ChatMessage(role="assistant", blocks=[*BLOCKS], additional_kwargs={**KWARGS})

    assert chunk == usual
    assert inside(chunk) == inside(usual)
    assert chunk.content == "Yes."


def test_a_response_equals_a_validated_one() -> None:
    """Fields, what is set, extra and private attributes are the same."""
    message = ChatMessage(role="assistant", blocks=[*BLOCKS])
    chunk = chunk_response(message, "es.", {"id": "1"}, {})
    usual = ChatResponse(message=message, delta="es.", raw={"id": "1"}, additional_kwargs={})

    assert chunk == usual
    assert inside(chunk) == inside(usual)
    assert chunk.model_dump() == usual.model_dump()


def test_two_messages_share_nothing() -> None:
    """What is changed in one piece does not show in another."""
    one, other = chunk_message([], {}), chunk_message([], {})
    one.additional_kwargs["seen"] = True
    one.blocks.append(TextBlock(text="mine"))
    chunk_thought("a").additional_information["signature"] = "mine"

    assert chunk_thought("b").additional_information == {}
    assert other.additional_kwargs == {}
    assert other.blocks == []
