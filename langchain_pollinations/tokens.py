"""Token counts without a network: approximate, and blind to how long base64 is."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from _pollinations.http.json import dump

CHARACTERS_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 3
TOKENS_PER_MEDIUM = {"image": 85, "image_url": 85, "video": 1_000, "video_url": 1_000}
TOKENS_PER_DOCUMENT = 250
_MEDIA = frozenset({"audio", "document", "file", "image", "image_url", "input_audio", "video"})


def count(text: str) -> int:
    """Estimate the tokens of a text: one per four characters."""
    return ceil(len(text) / CHARACTERS_PER_TOKEN)


def count_messages(
    messages: Sequence[BaseMessage],
    tools: Sequence[dict[str, Any]] = (),
    *,
    with_reasoning: bool = True,
) -> int:
    """Estimate the tokens of messages and tools.

    Args:
        messages: Pictures, videos, sounds and files count as constants.
        tools: Wire tools.
        with_reasoning: Whether reasoning of turns with tool calls is sent again.

    Returns:
        Tokens, approximately.
    """
    total = count(dump(list(tools)).decode()) if tools else 0
    for message in messages:
        total += TOKENS_PER_MESSAGE + _content(message.content)
        if isinstance(message, AIMessage) and message.tool_calls:
            total += sum(count(call["name"] + str(call["args"])) for call in message.tool_calls)
            if with_reasoning:
                total += count(str(message.additional_kwargs.get("reasoning_content") or ""))
    return total


def _content(content: str | list[Any]) -> int:
    if isinstance(content, str):
        return count(content)
    return sum(_block(block) for block in content)


def _block(block: object) -> int:
    if isinstance(block, str):
        return count(block)
    if not isinstance(block, dict):
        return 0
    kind = block.get("type")
    if kind in _MEDIA or kind == "video_url":
        return TOKENS_PER_MEDIUM.get(str(kind), TOKENS_PER_DOCUMENT)
    return sum(
        count(value) for name, value in block.items() if isinstance(value, str) and name != "type"
    )
