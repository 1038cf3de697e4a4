"""Blocks, messages and responses made without validation, since all in them was made here.

The constructors of llama-index-core take several times as long, once for every event of every
stream. What is made is equal to what they make; a test says so for each supported version.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound=BaseModel)

_TEXT = dict(TextBlock(text="").__dict__)
_THOUGHT = dict(ThinkingBlock(content="").__dict__)
_CALL = dict(ToolCallBlock(tool_name="").__dict__)
_MESSAGE = dict(ChatMessage(role=MessageRole.ASSISTANT, blocks=[]).__dict__)
_RESPONSE = dict(ChatResponse(message=ChatMessage()).__dict__)
_new = object.__new__
_set_fields, _set_given, _set_extra, _set_private = (
    vars(BaseModel)[name].__set__
    for name in (
        "__dict__",
        "__pydantic_fields_set__",
        "__pydantic_extra__",
        "__pydantic_private__",
    )
)


def chunk_text(text: str) -> TextBlock:
    """Make the block of a text: what `TextBlock(text=text)` returns."""
    return _made(TextBlock, {**_TEXT, "text": text}, {"text"})


def chunk_thought(content: str) -> ThinkingBlock:
    """Make the block of a thought: what `ThinkingBlock(content=content)` returns."""
    fields = {**_THOUGHT, "content": content, "additional_information": {}}
    return _made(ThinkingBlock, fields, {"content"})


def chunk_call(identifier: str, name: str, arguments: str) -> ToolCallBlock:
    """Make the block of a tool call.

    Args:
        identifier: The call's id.
        name: The tool's name.
        arguments: JSON text, which is kept as it is: a constructor would make a plain string of
            an `Arguments`.

    Returns:
        What `ToolCallBlock(tool_call_id=identifier, ...)` returns.
    """
    given = {"tool_call_id": identifier, "tool_name": name, "tool_kwargs": arguments}
    return _made(ToolCallBlock, {**_CALL, **given}, {*given})


def chunk_message(blocks: list[ContentBlock], additional_kwargs: dict[str, Any]) -> ChatMessage:
    """Make an assistant's message of blocks, which it keeps as they are.

    Args:
        blocks: The message so far.
        additional_kwargs: What else there is to it.

    Returns:
        What `ChatMessage(role="assistant", blocks=blocks, ...)` returns.
    """
    fields = {**_MESSAGE, "blocks": blocks, "additional_kwargs": additional_kwargs}
    return _made(ChatMessage, fields, {"role", "blocks", "additional_kwargs"})


def chunk_response(
    message: ChatMessage, delta: str, raw: Mapping[str, Any], additional_kwargs: dict[str, Any]
) -> ChatResponse:
    """Make a response around a message.

    Args:
        message: The message so far.
        delta: What is new of its text.
        raw: The event as it came.
        additional_kwargs: What else there is to it.

    Returns:
        What `ChatResponse(message=message, delta=delta, ...)` returns.
    """
    fields = {
        **_RESPONSE,
        "message": message,
        "delta": delta,
        "raw": raw,
        "additional_kwargs": additional_kwargs,
    }
    return _made(ChatResponse, fields, {"message", "delta", "raw", "additional_kwargs"})


def _made(kind: type[ModelT], fields: dict[str, Any], given: set[str]) -> ModelT:
    """Make a model that owns its fields, and knows which of them were given."""
    made = _new(kind)
    _set_fields(made, fields)
    _set_given(made, given)
    _set_extra(made, None)
    _set_private(made, None)
    return made
