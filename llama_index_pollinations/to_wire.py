"""LlamaIndex's messages as wire messages."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock

from _pollinations.chat.parts import Message
from llama_index_pollinations.blocks import to_blocks


def to_wire(messages: Sequence[ChatMessage]) -> list[Message]:
    """Translate messages; `messages.prepare` reads their content and applies the policy.

    Args:
        messages: Messages of every role, also as other integrations keep them; they are not
            changed.

    Returns:
        One message for each, with what of past turns can be sent again.

    Raises:
        InvalidInputError: A block cannot be read; it names the message and the block.

    Example:
        >>> to_wire([ChatMessage("Hi")])
        [{'role': 'user', 'content': 'Hi'}]
    """
    return [_to_wire(message, f"message {place}") for place, message in enumerate(messages)]


def _to_wire(message: ChatMessage, where: str) -> Message:
    kept = message.additional_kwargs
    role = message.role.value
    made: Message = {"role": role, "content": to_blocks(message.blocks, role, where)}
    if role == "tool" and kept.get("tool_call_id"):
        # An assistant's message of `return_direct` carries one too.
        made["tool_call_id"] = str(kept["tool_call_id"])
    if kept.get("name"):
        made["name"] = str(kept["name"])
    if kept.get("cache_control"):
        made["cache_control"] = kept["cache_control"]
    if role in ("assistant", "chatbot", "model"):
        _add_past(made, message)
    return made


def _add_past(made: Message, message: ChatMessage) -> None:
    """Add what a model did in a past turn and blocks do not hold."""
    kept = message.additional_kwargs
    calls = kept.get("tool_calls")
    if calls:
        made["tool_calls"] = calls if isinstance(calls, list) else [calls]
    if kept.get("function_call") and "tool_calls" not in made:
        made["function_call"] = kept["function_call"]
    signers: list[Any] = [
        block.additional_information.get("model")
        for block in message.blocks
        if isinstance(block, ThinkingBlock)
    ]
    signer = next((name for name in signers if isinstance(name, str)), None)
    if signer:
        made["signed_by"] = signer
