"""LlamaIndex's messages as wire messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock, ToolCallBlock

from _pollinations.chat.parts import Message
from _pollinations.chat.reply import ToolCall
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump
from _pollinations.http.values import text
from llama_index_pollinations.blocks import to_parts

_ROLES = {"chatbot": "assistant", "model": "assistant"}


def to_wire(messages: Sequence[ChatMessage]) -> list[Message]:
    """Translate messages; what the policy decides is left to `chat.messages.settle`.

    Args:
        messages: Messages of every role; they are not changed.

    Returns:
        Wire messages, one for each, with what can be told again of past turns.

    Raises:
        InvalidInputError: A block cannot be sent; it names the message and the block.

    Example:
        >>> to_wire([ChatMessage("Hi")])
        [{'role': 'user', 'content': 'Hi'}]
    """
    return [_to_wire(message, f"message {place}") for place, message in enumerate(messages)]


def _to_wire(message: ChatMessage, where: str) -> Message:
    kept = message.additional_kwargs
    role = str(message.role.value)
    made: Message = {"role": _ROLES.get(role, role)}
    if made["role"] == "assistant":
        _tell_again(made, message, where)
    else:
        made["content"] = to_parts(message.blocks, where)
    if made["role"] == "tool" and kept.get("tool_call_id"):
        made["tool_call_id"] = str(kept["tool_call_id"])
    if kept.get("name"):
        made["name"] = str(kept["name"])
    if kept.get("cache_control"):
        made["cache_control"] = kept["cache_control"]
    return made


def _tell_again(made: Message, message: ChatMessage, where: str) -> None:
    content = to_parts(message.blocks, where, own=True)
    if content:
        made["content"] = content
    calls = _calls_of(message, where)
    if calls:
        made["tool_calls"] = calls
    if isinstance(message.additional_kwargs.get("function_call"), dict):
        made["function_call"] = message.additional_kwargs["function_call"]
    thoughts = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    reasoning = "".join(block.content or "" for block in thoughts)
    if reasoning:
        made["reasoning_content"] = reasoning
    signed = [
        block for block in thoughts if block.additional_information.keys() & {"signature", "data"}
    ]
    if signed:
        made["thinking"] = [_signed(block) for block in signed]
        signer = signed[0].additional_information.get("model")
        if isinstance(signer, str):
            made["signed_by"] = signer


def _signed(block: ThinkingBlock) -> dict[str, Any]:
    told = {name: value for name, value in block.additional_information.items() if name != "model"}
    if "data" in told:
        return {"type": "redacted_thinking", **told}
    return {"type": "thinking", "thinking": block.content or "", **told}


def _calls_of(message: ChatMessage, where: str) -> list[dict[str, Any]]:
    """Tool calls from blocks, with the keys of the wire that blocks do not keep.

    Messages of other integrations may have them in `additional_kwargs` only, as objects of an SDK.
    """
    given = message.additional_kwargs.get("tool_calls") or []
    kept = [_kept_call(call, where) for call in (given if isinstance(given, list) else [given])]
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    by_id = {text(call.get("id")): call for call in kept}
    return [_call_of(block, by_id.get(block.tool_call_id, {})) for block in blocks] or kept


def _kept_call(call: Any, where: str) -> dict[str, Any]:
    if hasattr(call, "model_dump"):
        call = call.model_dump()
    if not isinstance(call, dict):
        raise InvalidInputError(
            f"{where}: additional_kwargs['tool_calls'] is a list of calls as the wire spells them, "
            f"not of {type(call).__name__}."
        )
    return call


def _call_of(block: ToolCallBlock, kept: Mapping[str, Any]) -> dict[str, Any]:
    arguments = block.tool_kwargs
    if not isinstance(arguments, str):
        arguments = dump(arguments).decode()
    call = ToolCall(
        # Integrations of providers without ids match a result to its call by name.
        block.tool_call_id or block.tool_name,
        block.tool_name,
        arguments if arguments.strip() else "{}",
        kept,
    )
    return call.wire
