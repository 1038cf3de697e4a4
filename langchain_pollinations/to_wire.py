"""LangChain's messages as wire messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from _pollinations.chat import reply as answer
from _pollinations.chat.parts import Message
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump
from _pollinations.http.values import text as text_of
from langchain_pollinations.blocks import held, to_parts

_MEDIA = frozenset({"audio", "file", "image", "image_url", "input_audio", "non_standard", "video"})
_RESULTS = frozenset({"tool_result"})
_CHAT_ROLES = {"human": "user", "ai": "assistant"}


def to_wire(messages: Sequence[BaseMessage]) -> list[Message]:
    """Translate messages; what the policy decides is left to `chat.messages.settle`.

    Args:
        messages: Any of LangChain's messages; they are not changed.

    Returns:
        Wire messages, with what can be told again of past turns.

    Raises:
        InvalidInputError: A message cannot be sent; it names the message and the block.

    Example:
        >>> to_wire([HumanMessage("Hi")])
        [{'role': 'user', 'content': 'Hi'}]
    """
    wire: list[Message] = []
    for place, message in enumerate(messages):
        where = f"message {place}"
        if isinstance(message, AIMessage):
            wire.append(_from_ai(message, where))
        elif isinstance(message, HumanMessage):
            wire += _from_human(message, where)
        else:
            wire.append(_from_other(message, where))
    return wire


def _from_other(message: BaseMessage, where: str) -> Message:
    content: Any = to_parts(message.content, where)
    made: Message = {"role": "user", "content": content}
    if isinstance(message, SystemMessage):
        made["role"] = str(message.additional_kwargs.get("__openai_role__", "system"))
    elif isinstance(message, ToolMessage):
        made["role"] = "tool"
        made["tool_call_id"] = message.tool_call_id
    elif isinstance(message, FunctionMessage):
        made["role"] = "function"
    elif isinstance(message, ChatMessage):
        made["role"] = _CHAT_ROLES.get(message.role, message.role)
        if "tool_call_id" in message.additional_kwargs:
            made["tool_call_id"] = message.additional_kwargs["tool_call_id"]
    else:
        raise InvalidInputError(
            f"{where}: a {type(message).__name__} has no place in a chat request."
        )
    return _named(made, message)


def _from_human(message: HumanMessage, where: str) -> list[Message]:
    """A user's turn; Anthropic's tool results in it become tool messages before it."""
    if isinstance(message.content, str):
        return [_named({"role": "user", "content": message.content}, message)]
    results: list[Message] = []
    for place, block in enumerate(message.content):
        if isinstance(block, dict) and block.get("type") == "tool_result":
            parts = to_parts(block.get("content") or "", f"{where}, block {place}")
            results.append(
                {
                    "role": "tool",
                    "content": parts,
                    "tool_call_id": str(block.get("tool_use_id", "")),
                }
            )
    rest = to_parts(message.content, where, without=_RESULTS)
    if rest or not results:
        results.append(_named({"role": "user", "content": rest}, message))
    return results


def _from_ai(message: AIMessage, where: str) -> Message:
    kept = message.additional_kwargs
    content = _said(message.content, where)
    if not content and isinstance(kept.get("audio"), dict):
        # Its id would expire, and no other provider knows it; the words stay true.
        content = kept["audio"].get("transcript", "")
    made: Message = {"role": "assistant"}
    if content:
        made["content"] = content
    calls = _calls_of(message)
    if calls:
        made["tool_calls"] = calls
    if isinstance(kept.get("function_call"), dict):
        made["function_call"] = kept["function_call"]
    reasoning, thinking = _thoughts(message)
    if reasoning:
        made["reasoning_content"] = reasoning
    if thinking:
        made["thinking"] = thinking
        signer = message.response_metadata.get("model_name")
        if isinstance(signer, str):
            made["signed_by"] = signer
    return _named(made, message)


def _said(content: str | list[Any], where: str) -> str | list[dict[str, Any]]:
    """What a model said, of what it gave: providers take no media back from it."""
    if isinstance(content, str):
        return content
    parts = to_parts(content, where, without=_MEDIA)
    if not parts:
        return "".join(_transcript(block) for block in content)
    return parts


def _transcript(block: object) -> str:
    if not isinstance(block, dict) or block.get("type") != "audio":
        return ""
    return str(held(block, "extras").get("transcript", ""))


def _calls_of(message: AIMessage) -> list[dict[str, Any]]:
    extras = held(message.additional_kwargs, "tool_call_extras")
    calls = [
        answer.ToolCall(
            call["id"] or "",
            call["name"],
            dump(call["args"] if call["args"] is not None else {}).decode(),
            _extra(extras, call["id"]),
        ).wire
        for call in message.tool_calls
    ]
    calls += [
        answer.ToolCall(
            invalid["id"] or "",
            invalid["name"] or "",
            invalid["args"] or "",
            _extra(extras, invalid["id"]),
        ).wire
        for invalid in message.invalid_tool_calls
    ]
    return calls


def _extra(extras: Mapping[str, Any], call_id: str | None) -> Mapping[str, Any]:
    """The keys that are not OpenAI's, if they are what was kept of an answer."""
    extra = held(extras, call_id or "")
    known = isinstance(extra.get("function", {}), dict) and isinstance(extra.get("type", ""), str)
    return extra if known else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _thoughts(message: AIMessage) -> tuple[str, list[dict[str, Any]]]:
    """The reasoning as text, and the signed blocks, wherever an output version keeps them."""
    kept = message.additional_kwargs
    reasoning = kept.get("reasoning_content")
    text = reasoning if isinstance(reasoning, str) else ""
    signed = [block for block in _list(kept.get("thinking_blocks")) if isinstance(block, dict)]
    if isinstance(message.content, list) and not (text and signed):
        blocks = [block for block in message.content if isinstance(block, dict)]
        thoughts = [_thought(block) for block in blocks]
        text = text or "".join(text_of(thought.get("thinking")) or "" for thought in thoughts)
        signed = signed or [
            thought for thought in thoughts if thought.keys() & {"signature", "data"}
        ]
    return text, signed


def _thought(block: dict[str, Any]) -> dict[str, Any]:
    """A reasoning block as the wire's thinking block; empty for other blocks."""
    if block.get("type") == "redacted_thinking":
        return {"type": "redacted_thinking", "data": block.get("data", "")}
    if block.get("type") == "thinking":
        kept = ("type", "thinking", "signature")
        return {name: block[name] for name in kept if block.get(name)}
    if block.get("type") == "reasoning":
        signature = held(block, "extras").get("signature")
        return {
            "type": "thinking",
            "thinking": text_of(block.get("reasoning")) or "",
            **({"signature": signature} if signature else {}),
        }
    return {}


def _named(made: Message, message: BaseMessage) -> Message:
    if message.name:
        made["name"] = message.name
    mark = message.additional_kwargs.get("cache_control")
    if mark:
        made["cache_control"] = mark
    return made
