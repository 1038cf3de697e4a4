"""Responses made without validation, since all that is in them was made here.

The constructors of llama-index-core take several times as long, once for every event of every
stream. What is made is equal to what they make; a test says so for each supported version.
"""

from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ContentBlock, MessageRole

_MESSAGE = dict(ChatMessage(role=MessageRole.ASSISTANT, blocks=[]).__dict__)
_RESPONSE = dict(ChatResponse(message=ChatMessage()).__dict__)
_set = object.__setattr__


def chunk_message(blocks: list[ContentBlock], additional_kwargs: dict[str, Any]) -> ChatMessage:
    """Make an assistant's message of blocks, which it keeps as they are.

    Args:
        blocks: The message so far.
        additional_kwargs: What else there is to it.

    Returns:
        What `ChatMessage(role="assistant", blocks=blocks, ...)` returns.
    """
    fields = {**_MESSAGE, "blocks": blocks, "additional_kwargs": additional_kwargs}
    message = ChatMessage.__new__(ChatMessage)
    _set(message, "__dict__", fields)
    _set(message, "__pydantic_fields_set__", {"role", "blocks", "additional_kwargs"})
    _set(message, "__pydantic_extra__", None)
    _set(message, "__pydantic_private__", None)
    return message


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
    response = ChatResponse.__new__(ChatResponse)
    _set(response, "__dict__", fields)
    _set(response, "__pydantic_fields_set__", {"message", "delta", "raw", "additional_kwargs"})
    _set(response, "__pydantic_extra__", None)
    _set(response, "__pydantic_private__", None)
    return response
