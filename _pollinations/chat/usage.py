"""Token counts in every spelling that the gateway passes on."""

from collections.abc import Mapping
from typing import Any

from _pollinations.chat.reply import Usage
from _pollinations.http.values import exact, whole

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens")


def add_usage(known: Mapping[str, Any], usage: object) -> dict[str, Any]:
    """Add a `usage` object to those that came before it.

    The last one with token counts is right. One without counts, such as the gateway's trailer with
    the price, only adds what was missing.

    Args:
        known: What came before; it is not changed.
        usage: As it came; what is not an object, and what is null or empty in it, is left out.

    Returns:
        Both in one.

    Example:
        >>> add_usage({"prompt_tokens": 3}, {"prompt_tokens": 0, "cost_usd": "0.01"})
        {'prompt_tokens': 3, 'cost_usd': '0.01'}
    """
    if not isinstance(usage, dict):
        return dict(known)
    more = {name: count for name, count in usage.items() if count not in (None, {}, [])}
    if not any(_first(more, name) for name in _COUNTS):
        return {**more, **known}
    # A sum of the tokens that came earlier says nothing about these.
    return {**{n: count for n, count in known.items() if n != "total_tokens"}, **more}


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
    read = _with_details(raw, "prompt_tokens_details", "input_tokens_details")
    written = _with_details(raw, "completion_tokens_details", "output_tokens_details")
    prompt = _first(raw, "prompt_tokens", "input_tokens") or 0
    completion = _first(raw, "completion_tokens", "output_tokens") or 0
    total = _first(raw, "total_tokens")
    return Usage(
        prompt=prompt,
        completion=completion,
        total=prompt + completion if total is None else total,
        cached=_first(read, "cached_tokens", "cached_input_tokens", "cache_read_input_tokens"),
        cache_written=_first(read, "cache_write_tokens", "cache_creation_input_tokens"),
        prompt_audio=_first(read, "audio_tokens"),
        prompt_image=_first(read, "image_tokens"),
        completion_audio=_first(written, "audio_tokens"),
        reasoning=_first(written, "reasoning_tokens"),
        cost=exact(raw.get("cost_usd")),
        raw=raw,
    )


def _with_details(raw: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return {**next((raw[name] for name in names if isinstance(raw.get(name), dict)), {}), **raw}


def _first(raw: Mapping[str, Any], *names: str) -> int | None:
    """The first whole number under one of these names."""
    for name in names:
        if name in raw and (count := whole(raw[name])) is not None:
            return count
    return None
