"""LangChain's messages as wire messages; `chat.message_blocks` reads their content."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, ToolMessage

from _pollinations.chat.wire_parts import Message
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import items, mapping
from _pollinations.http.values import text as text_of

_ROLES = {
    "ai": "assistant",
    "human": "user",
    "system": "system",
    "tool": "tool",
    "function": "function",
}


def to_wire(messages: Sequence[BaseMessage]) -> list[Message]:
    """Translate messages; `messages.prepare` reads their content and applies the policy.

    Args:
        messages: Any of LangChain's messages; they are not changed.

    Returns:
        One wire message for each, with what can be sent again of past turns.

    Raises:
        InvalidInputError: A message cannot be sent; the error names it.

    Example:
        >>> from langchain_core.messages import HumanMessage
        >>> to_wire([HumanMessage("Hi")])
        [{'role': 'user', 'content': 'Hi'}]
    """
    return [_to_wire(message, f"message {place}") for place, message in enumerate(messages)]


def _to_wire(message: BaseMessage, where: str) -> Message:
    extras = message.additional_kwargs
    wire: Message = {"role": _role(message, where), "content": message.content}
    if isinstance(message, AIMessage):
        _add_past(wire, message)
    elif isinstance(message, ToolMessage):
        wire["tool_call_id"] = message.tool_call_id
    elif isinstance(message, ChatMessage) and extras.get("tool_call_id"):
        wire["tool_call_id"] = extras["tool_call_id"]
    if message.name:
        wire["name"] = message.name
    if extras.get("cache_control"):
        wire["cache_control"] = extras["cache_control"]
    return wire


def _role(message: BaseMessage, where: str) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    role = _ROLES.get(message.type.removesuffix("MessageChunk").lower())
    if role is None:
        raise InvalidInputError(
            f"{where}: a {type(message).__name__} cannot be sent in a chat request."
        )
    return str(message.additional_kwargs.get("__openai_role__", role)) if role == "system" else role


def _add_past(wire: Message, message: AIMessage) -> None:
    """Add what a model did in a past turn, wherever an output version keeps it."""
    extras = message.additional_kwargs
    if not message.content and text_of(mapping(extras.get("audio")).get("transcript")):
        # The sound's id would expire, and no other provider knows it; the words stay true.
        wire["content"] = extras["audio"]["transcript"]
    call_extras = mapping(extras.get("tool_call_extras"))
    calls = [
        _call(call, call_extras) for call in (*message.tool_calls, *message.invalid_tool_calls)
    ]
    if calls:
        wire["tool_calls"] = calls
    if mapping(extras.get("function_call")) and "tool_calls" not in wire:
        wire["function_call"] = extras["function_call"]
    if text_of(extras.get("reasoning_content")):
        wire["reasoning_content"] = extras["reasoning_content"]
    if items(extras.get("thinking_blocks")):
        wire["thinking"] = extras["thinking_blocks"]
    signer = text_of(message.response_metadata.get("model_name"))
    if signer:
        wire["signed_by"] = signer


def _call(call: Mapping[str, Any], extras: Mapping[str, Any]) -> dict[str, Any]:
    """A call with the keys that are not OpenAI's, which LangChain keeps no place for."""
    extra = mapping(extras.get(call["id"] or ""))
    function = {**mapping(extra.get("function")), "name": call["name"], "arguments": call["args"]}
    return {**extra, "id": call["id"], "function": function}
