"""Token counts in every spelling that the gateway passes on."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from _pollinations.chat.reply import Usage
from _pollinations.http.call import Expected
from _pollinations.http.json import dump


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """Read a `usage` object.

    Args:
        raw: As it came; OpenAI's, Anthropic's and the gateway's own names are understood.

    Returns:
        The counts; a total that is missing is computed.

    Example:
        >>> read_usage({"prompt_tokens": 3, "completion_tokens": 2}).total
        5
    """
    read = _details(raw, "prompt_tokens_details", "input_tokens_details")
    written = _details(raw, "completion_tokens_details", "output_tokens_details")
    prompt = _first(raw, "prompt_tokens", "input_tokens") or 0
    completion = _first(raw, "completion_tokens", "output_tokens") or 0
    total = _first(raw, "total_tokens")
    cached = _first(read, "cached_tokens")
    if cached is None:
        cached = _first(raw, "cached_input_tokens", "cache_read_input_tokens")
    cache_written = _first(read, "cache_write_tokens", "cache_creation_input_tokens")
    if cache_written is None:
        cache_written = _first(raw, "cache_creation_input_tokens")
    reasoning = _first(written, "reasoning_tokens")
    return Usage(
        prompt=prompt,
        completion=completion,
        total=prompt + completion if total is None else total,
        cached=cached,
        cache_written=cache_written,
        prompt_audio=_first(read, "audio_tokens"),
        prompt_image=_first(read, "image_tokens"),
        completion_audio=_first(written, "audio_tokens"),
        reasoning=_first(raw, "reasoning_tokens") if reasoning is None else reasoning,
        raw=raw,
    )


ANSWER = 1_000
"""Tokens that an answer is expected to have at most where `max_tokens` is not set."""
INSERTED = 260
"""Tokens of the system message that the gateway adds to a request without one."""
_PER_MESSAGE = 3
_PER_MEDIUM = 1_300  # as for a large picture
_CHARACTERS = 4  # of a token


def expected_usage(body: Mapping[str, Any]) -> Expected:
    """Estimate what a chat completion may use at most.

    Args:
        body: The body of the request.

    Returns:
        A token for each four characters of text, arguments and tools, 1,300 for each image, sound,
        video and file, and for the answer `max_tokens`, or 1,000 where it is not set.

    Example:
        >>> messages = [
        ...     {"role": "system", "content": "Be brief."},
        ...     {"role": "user", "content": "Hi"},
        ... ]
        >>> expected_usage({"model": "openai", "messages": messages, "max_tokens": 10}).units
        {'prompt': 10, 'completion': 10}
    """
    messages = body.get("messages") or ()
    texts, media = 0, 0
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else [{"type": "text", "text": content}]:
            if part.get("type") == "text":
                texts += len(part.get("text") or "")
            else:
                media += 1
        texts += len(message.get("reasoning_content") or "")
        texts += len(dump(message["tool_calls"])) if message.get("tool_calls") else 0
    texts += sum(len(dump(body[name])) for name in ("tools", "response_format") if body.get(name))
    prompt = ceil(texts / _CHARACTERS) + _PER_MESSAGE * len(messages) + _PER_MEDIUM * media
    if not any(message.get("role") in {"system", "developer"} for message in messages):
        prompt += INSERTED
    longest = (body.get("max_tokens"), body.get("max_completion_tokens"))
    completion = max((tokens for tokens in longest if tokens), default=ANSWER)
    return Expected(body.get("model"), {"prompt": prompt, "completion": completion})


def _details(raw: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return next((raw[name] for name in names if isinstance(raw.get(name), dict)), {})


def _first(raw: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = raw.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value:  # noqa: PLR0124 - NaN is a float
            return int(value) if abs(value) < float("inf") else None
    return None
