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
MESSAGE = ChatMessage(role="assistant", blocks=[*BLOCKS], additional_kwargs=KWARGS)


@pytest.mark.parametrize(
    ("chunk", "usual"),
    [
        (chunk_text("a"), TextBlock(text="a")),
        (chunk_thought("a"), ThinkingBlock(content="a")),
        (
            chunk_call("c1", "add", "{}"),
            ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs="{}"),
        ),
        (chunk_message([*BLOCKS], {**KWARGS}), MESSAGE),
        (
            chunk_response(MESSAGE, "es.", {"id": "1"}, {}),
            ChatResponse(message=MESSAGE, delta="es.", raw={"id": "1"}, additional_kwargs={}),
        ),
    ],
    ids=["text", "thought", "call", "message", "response"],
)
def test_a_chunk_equals_a_validated_model(chunk: Any, usual: Any) -> None:
    """Fields, what is set, extra and private attributes are the same."""
    assert chunk == usual
    assert chunk.__dict__ == usual.__dict__
    assert chunk.__pydantic_fields_set__ == usual.__pydantic_fields_set__
    assert chunk.__pydantic_extra__ == usual.__pydantic_extra__
    assert chunk.__pydantic_private__ == usual.__pydantic_private__
    assert chunk.model_dump_json() == usual.model_dump_json()


def test_two_messages_share_nothing() -> None:
    """What is changed in one piece does not show in another."""
    one, other = chunk_message([], {}), chunk_message([], {})
    one.additional_kwargs["seen"] = True
    one.blocks.append(TextBlock(text="mine"))
    chunk_thought("a").additional_information["signature"] = "mine"

    assert chunk_thought("b").additional_information == {}
    assert other.additional_kwargs == {}
    assert other.blocks == []
