"""Blocks, messages and responses created without validation: their fields come from this package.

The constructors of llama-index-core take several times as long, once for every event of every
stream. The results equal theirs; a test proves it for each supported version.
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
_set_fields, _set_fields_set, _set_extra, _set_private = (
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
    return _new_model(TextBlock, {**_TEXT, "text": text}, {"text"})


def chunk_thought(content: str) -> ThinkingBlock:
    """Make the block of a thought: what `ThinkingBlock(content=content)` returns."""
    fields = {**_THOUGHT, "content": content, "additional_information": {}}
    return _new_model(ThinkingBlock, fields, {"content"})


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
    set_fields = {"tool_call_id": identifier, "tool_name": name, "tool_kwargs": arguments}
    return _new_model(ToolCallBlock, {**_CALL, **set_fields}, {*set_fields})


def chunk_message(blocks: list[ContentBlock], additional_kwargs: dict[str, Any]) -> ChatMessage:
    """Make an assistant's message of blocks, which it keeps as they are.

    Args:
        blocks: The message so far.
        additional_kwargs: The other fields of the wire.

    Returns:
        What `ChatMessage(role="assistant", blocks=blocks, ...)` returns.
    """
    fields = {**_MESSAGE, "blocks": blocks, "additional_kwargs": additional_kwargs}
    return _new_model(ChatMessage, fields, {"role", "blocks", "additional_kwargs"})


def chunk_response(
    message: ChatMessage, delta: str, raw: Mapping[str, Any], additional_kwargs: dict[str, Any]
) -> ChatResponse:
    """Make a response around a message.

    Args:
        message: The message so far.
        delta: What is new of its text.
        raw: The event as it came.
        additional_kwargs: The other fields of the wire.

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
    return _new_model(ChatResponse, fields, {"message", "delta", "raw", "additional_kwargs"})


def _new_model(kind: type[ModelT], fields: dict[str, Any], set_fields: set[str]) -> ModelT:
    """Make a model of fields, and note which of them were set."""
    model = _new(kind)
    _set_fields(model, fields)
    _set_fields_set(model, set_fields)
    _set_extra(model, None)
    _set_private(model, None)
    return model
