"""How many tokens a request and an answer are: a fixed estimate, so that bills can be tested."""

import json
from collections.abc import Mapping
from typing import Any

from pollinations_sandbox.replier.media import Attachment, attachment
from pollinations_sandbox.replier.reading import media_of, text_of

_PER_MESSAGE = 4
_PER_IMAGE = 85
_PER_AUDIO_SECOND = 10
_PER_VIDEO = 258
_CACHE_BLOCK = 128
_CACHE_FROM = 1024


def tokens(text: str) -> int:
    """Tokens of a text: one for about four characters."""
    return (len(text) + 3) // 4


def pieces(text: str) -> list[str]:
    """The text cut into as many pieces as it has tokens."""
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def prompt_tokens(body: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of everything that was sent, and how many of them are sound.

    Args:
        body: A chat body.
    """
    total, sound = 0, 0
    for message in body.get("messages") or ():
        total += _PER_MESSAGE + tokens(text_of(message))
        if message.get("tool_calls"):
            total += tokens(json.dumps(message["tool_calls"], default=str))
        for part in media_of(message):
            weight, audio = _media_tokens(attachment(part))
            total += weight
            sound += audio
    for key in ("tools", "response_format"):
        if body.get(key):
            total += tokens(json.dumps(body[key], default=str))
    return total, sound


def _media_tokens(part: Attachment) -> tuple[int, int]:
    """Tokens of an attachment, and how many of them are sound."""
    if part.kind == "audio":
        weight = max(1, round(part.seconds * _PER_AUDIO_SECOND))
        return weight, weight
    return (_PER_VIDEO if part.kind == "video" else _PER_IMAGE), 0


def cached_tokens(body: Mapping[str, Any], prompt: int) -> int:
    """Tokens that a prompt cache would have had: whole blocks of 128, and only of a long prompt.

    A message that asks for caching is cached however short it is.
    """
    asked = any(_asks_for_cache(message) for message in body.get("messages") or ())
    if not asked and prompt <= _CACHE_FROM:
        return 0
    return prompt * 3 // 4 // _CACHE_BLOCK * _CACHE_BLOCK or (prompt // _CACHE_BLOCK * _CACHE_BLOCK)


def cache_written_tokens(body: Mapping[str, Any], prompt: int) -> int:
    """Tokens that this request adds to a prompt cache: its last block, if it asks for caching."""
    asked = any(_asks_for_cache(message) for message in body.get("messages") or ())
    return min(_CACHE_BLOCK, prompt) if asked else 0


def _asks_for_cache(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return "cache_control" in message or any(
        isinstance(part, Mapping) and "cache_control" in part for part in parts
    )


def logprobs(text: str, alternatives: int) -> Mapping[str, Any]:
    """Log probabilities as OpenAI spells them.

    Args:
        text: The answer.
        alternatives: How many other tokens to list for each.
    """
    content = []
    for at, piece in enumerate(pieces(text)):
        chance = -0.01 * (1 + at % 7)
        others = [
            _token(piece if rank == 0 else f"{piece[:-1]}{rank}", chance - rank)
            for rank in range(alternatives)
        ]
        content.append({**_token(piece, chance), "top_logprobs": others})
    return {"content": content}


def _token(piece: str, chance: float) -> dict[str, Any]:
    return {"token": piece, "logprob": round(chance, 4), "bytes": list(piece.encode())}
