"""Estimates of tokens, and of what a call may use at most; no network is needed.

They are approximate, and independent of how long base64 is.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from _pollinations.chat.media_blocks import MEDIA
from _pollinations.chat.wire_parts import Message
from _pollinations.http.call import Expected
from _pollinations.http.json import dump

_ANSWER = 1_000
"""Tokens that an answer is expected to have at most where `max_tokens` is not set."""
INSERTED = 260
"""Tokens of the system message that the gateway adds to a request without one."""
_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 3
_TOKENS_PER_MEDIUM = 1_300  # as of a large image


def count(text: str) -> int:
    """Estimate the tokens of a text: one per four characters."""
    return ceil(len(text) / _CHARACTERS_PER_TOKEN)


def count_messages(
    messages: Sequence[Message], tools: Sequence[object] = (), *, with_reasoning: bool = True
) -> int:
    """Estimate the tokens of messages and tools.

    Args:
        messages: Each image, sound, video and file counts as 1,300.
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
        content = message.get("content")
        blocks = content if isinstance(content, list) else [content]
        total += _TOKENS_PER_MESSAGE + sum(map(_block, blocks))
        calls = message.get("tool_calls") or ()
        total += sum(count(str(call)) for call in calls)
        if calls and with_reasoning:
            total += count(message.get("reasoning_content", ""))
    return total


def expected_usage(body: Mapping[str, Any]) -> Expected:
    """Estimate what a chat completion may use at most.

    Args:
        body: The body of the request.

    Returns:
        What `count_messages` counts. For the answer `max_tokens`, or 1,000 where it is not set.

    Example:
        >>> messages = [
        ...     {"role": "system", "content": "Be brief."},
        ...     {"role": "user", "content": "Hi"},
        ... ]
        >>> expected_usage({"model": "openai", "messages": messages, "max_tokens": 10}).units
        {'prompt': 10, 'completion': 10}
    """
    messages = body.get("messages") or ()
    prompt = count_messages(messages, body.get("tools") or ())
    if body.get("response_format"):
        prompt += count(dump(body["response_format"]).decode())
    if not any(message.get("role") in {"system", "developer"} for message in messages):
        prompt += INSERTED
    longest = (body.get("max_tokens"), body.get("max_completion_tokens"))
    completion = max((tokens for tokens in longest if tokens), default=_ANSWER)
    return Expected(body.get("model"), {"prompt": prompt, "completion": completion})


def _block(block: object) -> int:
    """The tokens of a string, or of a block of any provider."""
    if not isinstance(block, dict):
        return count(block) if isinstance(block, str) else 0
    text = block.get("text")
    if isinstance(text, str):
        return count(text)
    return _TOKENS_PER_MEDIUM if str(block.get("type")) in MEDIA else count(str(block))
