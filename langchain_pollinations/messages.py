"""LangChain's messages to the wire, and the gateway's answers to LangChain's messages."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCallChunk

from _pollinations.chat import reply as answer
from _pollinations.chat.parts import Message
from _pollinations.chat.reply import Delta, Reply, Usage
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump, parse_object
from _pollinations.http.values import text as text_of
from langchain_pollinations.call_ends import ends_of_calls
from langchain_pollinations.chunks import PROVIDER, text_chunk
from langchain_pollinations.content import held, to_parts

_MEDIA = frozenset({"audio", "file", "image", "image_url", "input_audio", "non_standard", "video"})
_RESULTS = frozenset({"tool_result"})
_CHAT_ROLES = {"human": "user", "ai": "assistant"}


def to_wire(messages: Sequence[BaseMessage]) -> list[Message]:
    """Translate messages; what the policy decides is left to `conversation.settle`.

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


def from_reply(reply: Reply, *, asked: Mapping[str, Any]) -> AIMessage:
    """Make the message of a whole answer.

    Args:
        reply: The answer.
        asked: The body that was sent, for the model's name, a drawn seed and the audio's format.

    Returns:
        A message that loses nothing of it.
    """
    calls, invalid = _tool_calls(reply.tool_calls)
    kept = _kept(reply, asked)
    if reply.reasoning:
        kept["reasoning_content"] = reply.reasoning
    return AIMessage(
        content=reply.text,
        additional_kwargs=kept,
        tool_calls=calls,
        invalid_tool_calls=invalid,
        usage_metadata=from_usage(reply.usage) if reply.usage else None,
        response_metadata=metadata(reply, asked),
    )


def from_delta(delta: Delta, *, asked: Mapping[str, Any]) -> AIMessageChunk:
    """Make the chunk of a piece of an answer; metadata and usage come once, on the last.

    Args:
        delta: The piece.
        asked: The body that was sent.

    Returns:
        A chunk.
    """
    if delta.reply is not None:
        last = AIMessageChunk(
            content="",
            additional_kwargs=_kept(delta.reply, asked),
            usage_metadata=from_usage(delta.reply.usage) if delta.reply.usage else None,
            response_metadata=metadata(delta.reply, asked),
            chunk_position="last",
        )
        last.tool_call_chunks = ends_of_calls(delta.reply.tool_calls)
        return last
    calls = [_piece(call) for call in delta.tool_calls] if delta.tool_calls else None
    chunk = text_chunk(delta.text, calls)
    if delta.reasoning:
        chunk.additional_kwargs["reasoning_content"] = delta.reasoning
    return chunk


def _piece(call: answer.ToolCallDelta) -> ToolCallChunk:
    return {
        "name": call.name,
        "args": call.arguments,
        "id": call.id,
        "index": call.index,
        "type": "tool_call_chunk",
    }


def from_usage(usage: Usage) -> UsageMetadata:
    """Name token counts as LangChain does; details that are absent or zero are left out."""
    made = UsageMetadata(
        input_tokens=usage.prompt, output_tokens=usage.completion, total_tokens=usage.total
    )
    read = {
        "audio": usage.prompt_audio,
        "cache_creation": usage.cache_written,
        "cache_read": usage.cached,
    }
    written = {"audio": usage.completion_audio, "reasoning": usage.reasoning}
    if any(read.values()):
        made["input_token_details"] = cast(
            "InputTokenDetails", {name: count for name, count in read.items() if count}
        )
    if any(written.values()):
        made["output_token_details"] = cast(
            "OutputTokenDetails", {name: count for name, count in written.items() if count}
        )
    return made


def metadata(reply: Reply, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Collect everything about an answer that is not the answer, JSON only.

    Args:
        reply: The answer.
        asked: The body that was sent.

    Returns:
        `model_name` is the name that was asked for, `model` the provider's id.
    """
    return {
        **reply.metadata,
        "model_provider": PROVIDER,
        **({"model_name": asked["model"]} if "model" in asked else {}),
        **({"seed": asked["seed"]} if "seed" in asked else {}),
    }


def _kept(reply: Reply, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What travels with the message, to be shown as blocks or told again in later turns."""
    kept: dict[str, Any] = {}
    if reply.thinking:
        kept["thinking_blocks"] = [dict(block) for block in reply.thinking]
    if reply.images:
        kept["images"] = [dict(block) for block in reply.images]
    others = [
        dict(block)
        for block in reply.content_blocks
        if block.get("type") not in ("text", "thinking", "redacted_thinking", "image_url")
    ]
    if others:
        kept["content_blocks"] = others
    extras = {call.id: dict(call.extra) for call in reply.tool_calls if call.extra}
    if extras:
        kept["tool_call_extras"] = extras
    if reply.audio:
        spoken = {
            "id": reply.audio.id,
            "data": reply.audio.data,
            "transcript": reply.audio.transcript,
            "expires_at": reply.audio.expires_at,
            "format": (asked.get("audio") or {}).get("format", "wav"),
        }
        kept["audio"] = {name: value for name, value in spoken.items() if value is not None}
    if reply.refusal:
        kept["refusal"] = reply.refusal
    if reply.function_call:
        kept["function_call"] = dict(reply.function_call)
    return kept


def _tool_calls(
    calls: Sequence[answer.ToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        try:
            arguments = parse_object(call.arguments)
        except ValueError as error:
            invalid.append(
                InvalidToolCall(
                    name=call.name,
                    args=call.arguments,
                    id=call.id,
                    error=str(error),
                    type="invalid_tool_call",
                )
            )
        else:
            valid.append(ToolCall(name=call.name, args=arguments, id=call.id, type="tool_call"))
    return valid, invalid


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
