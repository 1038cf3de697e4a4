"""Tokens by a fixed estimate, so that bills can be tested."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pollinations_sandbox.replier.reading import attachment, media_of, text_of

_LETTERS: Final = 4  # of a token
_PER_MESSAGE: Final = 4
_PER_PART: Final = 85
_PER_SECOND: Final = 10
_CACHE_BLOCK: Final = 128
_CACHE_FROM: Final = 1024


def pieces(text: str) -> list[str]:
    """The text cut into tokens of about four characters."""
    return [text[at : at + _LETTERS] for at in range(0, len(text), _LETTERS)]


def count(text: str) -> int:
    """Tokens of a text."""
    return len(pieces(text))


def of_prompt(body: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of everything that was sent, and how many of them are sound.

    Args:
        body: A chat body.
    """
    messages = body.get("messages") or ()
    settings = [body.get("tools"), body.get("response_format")]
    settings += [message.get("tool_calls") for message in messages]
    total = sum(count(json.dumps(value)) for value in settings if value)
    sound = 0
    for message in messages:
        total += _PER_MESSAGE + count(text_of(message))
        for part in media_of(message):
            if part["type"] == "input_audio":
                sound += max(1, round(attachment(part).seconds * _PER_SECOND))
            else:
                total += _PER_PART
    return total + sound, sound


def cached(body: Mapping[str, Any], prompt: int) -> tuple[int, int]:
    """Tokens that a prompt cache would have had, and those that this request adds to it.

    These are whole blocks of 128, and only of a long prompt or of one that asks for caching.
    """
    marked = '"cache_control"' in json.dumps(body.get("messages") or ())
    if not marked and prompt <= _CACHE_FROM:
        return 0, 0
    read = prompt * 3 // 4 // _CACHE_BLOCK * _CACHE_BLOCK
    return read, min(_CACHE_BLOCK, prompt) if marked else 0


def logprobs(text: str, alternatives: int) -> Mapping[str, Any]:
    """Log probabilities as OpenAI spells them.

    Args:
        text: The answer.
        alternatives: How many tokens to list for each, all of them the token itself.
    """
    content = []
    for piece in pieces(text):
        token = {"token": piece, "logprob": -0.1, "bytes": list(piece.encode())}
        content.append({**token, "top_logprobs": [token] * alternatives})
    return {"content": content}
