"""The gateway's answers as LangChain's messages."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, invalid_tool_call, tool_call

from _pollinations.chat import reply as answer
from _pollinations.chat.reply import Delta, Reply, Usage
from _pollinations.http.json import parse_object
from langchain_pollinations.call_ends import ends_of_calls
from langchain_pollinations.chunks import PROVIDER, text_chunk


def from_reply(reply: Reply, *, body: Mapping[str, Any]) -> AIMessage:
    """Make the message of a whole answer.

    Args:
        reply: The answer.
        body: The body of the request: the model's name, the seed and the audio's format.

    Returns:
        A message with all that came.
    """
    calls, invalid = _tool_calls(reply.tool_calls)
    additional = _additional_kwargs(reply, body)
    if reply.reasoning:
        additional["reasoning_content"] = reply.reasoning
    return AIMessage(
        content=reply.text,
        additional_kwargs=additional,
        tool_calls=calls,
        invalid_tool_calls=invalid,
        usage_metadata=from_usage(reply.usage) if reply.usage else None,
        response_metadata=metadata(reply, body),
    )


def from_delta(delta: Delta, *, body: Mapping[str, Any]) -> AIMessageChunk:
    """Make the chunk of a piece of an answer; metadata and usage come once, on the last.

    Args:
        delta: The piece.
        body: The body of the request.

    Returns:
        A chunk.
    """
    if delta.reply is not None:
        last = AIMessageChunk(
            content="",
            additional_kwargs=_additional_kwargs(delta.reply, body),
            usage_metadata=from_usage(delta.reply.usage) if delta.reply.usage else None,
            response_metadata=metadata(delta.reply, body),
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
    counts = UsageMetadata(
        input_tokens=usage.prompt, output_tokens=usage.completion, total_tokens=usage.total
    )
    read = {
        "audio": usage.prompt_audio,
        "cache_creation": usage.cache_written,
        "cache_read": usage.cached,
    }
    written = {"audio": usage.completion_audio, "reasoning": usage.reasoning}
    if any(read.values()):
        counts["input_token_details"] = cast(
            "InputTokenDetails", {name: count for name, count in read.items() if count}
        )
    if any(written.values()):
        counts["output_token_details"] = cast(
            "OutputTokenDetails", {name: count for name, count in written.items() if count}
        )
    return counts


def metadata(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    """Collect everything about an answer that is not the answer, JSON only.

    Args:
        reply: The answer.
        body: The body of the request.

    Returns:
        `model_name` is the name in the request, `model` the provider's id.
    """
    return {
        **reply.metadata,
        "model_provider": PROVIDER,
        **({"model_name": body["model"]} if "model" in body else {}),
        **({"seed": body["seed"]} if "seed" in body else {}),
    }


def _additional_kwargs(reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the message keeps besides its text, for content blocks and for later requests."""
    additional: dict[str, Any] = {}
    if reply.thinking:
        additional["thinking_blocks"] = [dict(block) for block in reply.thinking]
    if reply.images:
        additional["images"] = [dict(block) for block in reply.images]
    others = [
        dict(block)
        for block in reply.content_blocks
        if block.get("type") not in ("text", "thinking", "redacted_thinking", "image_url")
    ]
    if others:
        additional["content_blocks"] = others
    extras = {call.id: dict(call.extra) for call in reply.tool_calls if call.extra}
    if extras:
        additional["tool_call_extras"] = extras
    if reply.audio:
        audio = {
            "id": reply.audio.id,
            "data": reply.audio.data,
            "transcript": reply.audio.transcript,
            "expires_at": reply.audio.expires_at,
            "format": (body.get("audio") or {}).get("format", "wav"),
        }
        additional["audio"] = {name: value for name, value in audio.items() if value is not None}
    if reply.refusal:
        additional["refusal"] = reply.refusal
    return additional


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
                invalid_tool_call(name=call.name, args=call.arguments, id=call.id, error=str(error))
            )
        else:
            valid.append(tool_call(name=call.name, args=arguments, id=call.id))
    return valid, invalid
