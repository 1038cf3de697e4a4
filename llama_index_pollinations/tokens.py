"""Token counts without a network: approximate, and blind to how long base64 is."""

from collections.abc import Sequence
from math import ceil

from _pollinations.chat.parts import Message
from _pollinations.http.json import dump

_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 3
_TOKENS_PER_MEDIUM = {"image_url": 85, "video_url": 1_000}
_TOKENS_PER_FILE = 250


def tokens_of(messages: Sequence[Message]) -> int:
    """Estimate the tokens of wire messages without a network: one per four characters.

    Example:
        >>> tokens_of([{"role": "user", "content": "Why is the sky blue?"}])
        8
    """
    return sum(_TOKENS_PER_MESSAGE + _tokens(message) for message in messages)


def _tokens(message: Message) -> int:
    content = message.get("content") or ""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    heard = sum(
        ceil(len(part.get("text", "")) / _CHARACTERS_PER_TOKEN)
        if part["type"] == "text"
        else _TOKENS_PER_MEDIUM.get(part["type"], _TOKENS_PER_FILE)
        for part in parts
    )
    calls = message.get("tool_calls") or ()
    return heard + sum(ceil(len(dump(call)) / _CHARACTERS_PER_TOKEN) for call in calls)
