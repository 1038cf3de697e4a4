"""Token counts without a network: approximate, and independent of how long base64 is."""

from collections.abc import Sequence
from math import ceil

from _pollinations.chat.wire_parts import Message
from _pollinations.http.json import dump

_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 3
_TOKENS_PER_MEDIUM = {
    **dict.fromkeys(("image", "image_url", "input_image"), 85),
    **dict.fromkeys(("video", "video_url"), 1_000),
    **dict.fromkeys(("audio", "document", "file", "input_audio", "input_file", "media"), 250),
}


def count(text: str) -> int:
    """Estimate the tokens of a text: one per four characters."""
    return ceil(len(text) / _CHARACTERS_PER_TOKEN)


def count_messages(
    messages: Sequence[Message], tools: Sequence[object] = (), *, with_reasoning: bool = True
) -> int:
    """Estimate the tokens of messages and tools.

    Args:
        messages: Pictures, videos, sounds and files count as constants.
        tools: Wire tools.
        with_reasoning: Whether reasoning of turns with tool calls is sent again.

    Returns:
        Tokens, approximately.

    Example:
        >>> count_messages([{"role": "user", "content": "Why is the sky blue?"}])
        8
    """
    total = count(dump(list(tools)).decode()) if tools else 0
    for message in messages:
        total += _TOKENS_PER_MESSAGE + _content(message.get("content"))
        calls = message.get("tool_calls") or ()
        total += sum(count(str(call)) for call in calls)
        if calls and with_reasoning:
            total += count(message.get("reasoning_content", ""))
    return total


def _content(content: object) -> int:
    return sum(map(_block, content if isinstance(content, list) else [content]))


def _block(block: object) -> int:
    """The tokens of a string, or of a block of any provider."""
    if not isinstance(block, dict):
        return count(block) if isinstance(block, str) else 0
    text = block.get("text")
    other = count(text if isinstance(text, str) else str(block))
    return _TOKENS_PER_MEDIUM.get(str(block.get("type")), other)
