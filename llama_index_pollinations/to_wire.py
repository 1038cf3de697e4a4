"""LlamaIndex's messages as wire messages."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock

from _pollinations.chat.wire_parts import Message
from _pollinations.http.errors import InvalidInputError
from llama_index_pollinations.blocks import MODEL_ROLES, to_blocks


def to_wire(messages: Sequence[ChatMessage]) -> list[Message]:
    """Translate messages; `messages.prepare` reads their content and applies the policy.

    Args:
        messages: Messages of every role, also as other integrations store them; they are not
            changed.

    Returns:
        One wire message for each, with what can be sent again of past turns.

    Raises:
        InvalidInputError: A block cannot be read; it names the message and the block.

    Example:
        >>> to_wire([ChatMessage("Hi")])
        [{'role': 'user', 'content': 'Hi'}]
    """
    return [_to_wire(message, f"message {place}") for place, message in enumerate(messages)]


def _to_wire(message: ChatMessage, where: str) -> Message:
    if not isinstance(message, ChatMessage):
        raise InvalidInputError(f"{where}: a {type(message).__name__} is not a ChatMessage.")
    extras = message.additional_kwargs
    role = message.role.value
    wire: Message = {"role": role, "content": to_blocks(message.blocks, role, where)}
    if role == "tool" and extras.get("tool_call_id"):
        # An assistant's message of `return_direct` carries one too.
        wire["tool_call_id"] = str(extras["tool_call_id"])
    if extras.get("name"):
        wire["name"] = str(extras["name"])
    if extras.get("cache_control"):
        wire["cache_control"] = extras["cache_control"]
    if role in MODEL_ROLES:
        _add_past(wire, message)
    return wire


def _add_past(wire: Message, message: ChatMessage) -> None:
    """Add what a model did in a past turn and blocks do not hold."""
    extras = message.additional_kwargs
    calls = extras.get("tool_calls")
    if calls:
        wire["tool_calls"] = calls if isinstance(calls, list) else [calls]
    if extras.get("function_call") and "tool_calls" not in wire:
        wire["function_call"] = extras["function_call"]
    signers: list[Any] = [
        block.additional_information.get("model")
        for block in message.blocks
        if isinstance(block, ThinkingBlock)
    ]
    signer = next((name for name in signers if isinstance(name, str)), None)
    if signer:
        wire["signed_by"] = signer
