"""LangChain's messages as wire messages; their content is read by `_pollinations.chat.blocks`."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, ToolMessage

from _pollinations.chat.parts import Message
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
        One message for each, with what of past turns can be sent again.

    Raises:
        InvalidInputError: A message has no place in a request; it names the message.

    Example:
        >>> from langchain_core.messages import HumanMessage
        >>> to_wire([HumanMessage("Hi")])
        [{'role': 'user', 'content': 'Hi'}]
    """
    return [_to_wire(message, f"message {place}") for place, message in enumerate(messages)]


def _to_wire(message: BaseMessage, where: str) -> Message:
    kept = message.additional_kwargs
    made: Message = {"role": _role(message, where), "content": message.content}
    if isinstance(message, AIMessage):
        _add_past(made, message)
    elif isinstance(message, ToolMessage):
        made["tool_call_id"] = message.tool_call_id
    elif isinstance(message, ChatMessage) and kept.get("tool_call_id"):
        made["tool_call_id"] = kept["tool_call_id"]
    if message.name:
        made["name"] = message.name
    if kept.get("cache_control"):
        made["cache_control"] = kept["cache_control"]
    return made


def _role(message: BaseMessage, where: str) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    role = _ROLES.get(message.type.removesuffix("MessageChunk").lower())
    if role is None:
        raise InvalidInputError(
            f"{where}: a {type(message).__name__} has no place in a chat request."
        )
    return str(message.additional_kwargs.get("__openai_role__", role)) if role == "system" else role


def _add_past(made: Message, message: AIMessage) -> None:
    """Add what a model did in a past turn, wherever an output version keeps it."""
    kept = message.additional_kwargs
    if not message.content and text_of(mapping(kept.get("audio")).get("transcript")):
        # The sound's id would expire, and no other provider knows it; the words stay true.
        made["content"] = kept["audio"]["transcript"]
    extras = mapping(kept.get("tool_call_extras"))
    calls = [_call(call, extras) for call in (*message.tool_calls, *message.invalid_tool_calls)]
    if calls:
        made["tool_calls"] = calls
    if mapping(kept.get("function_call")) and "tool_calls" not in made:
        made["function_call"] = kept["function_call"]
    if text_of(kept.get("reasoning_content")):
        made["reasoning_content"] = kept["reasoning_content"]
    if items(kept.get("thinking_blocks")):
        made["thinking"] = kept["thinking_blocks"]
    signer = text_of(message.response_metadata.get("model_name"))
    if signer:
        made["signed_by"] = signer


def _call(call: Mapping[str, Any], extras: Mapping[str, Any]) -> dict[str, Any]:
    """A call with the keys that are not OpenAI's, which LangChain keeps no place for."""
    extra = mapping(extras.get(call["id"] or ""))
    function = {**mapping(extra.get("function")), "name": call["name"], "arguments": call["args"]}
    return {**extra, "id": call["id"], "function": function}
