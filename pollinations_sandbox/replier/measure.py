"""How many tokens a request and an answer are: a fixed estimate, so that bills can be tested."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pollinations_sandbox.replier.reading import attachment, media_of, text_of

_PER_MESSAGE: Final = 4
_PER_PART: Final = {"video_url": 258}
_PER_IMAGE: Final = 85
_PER_SECOND: Final = 10
_CACHE_BLOCK: Final = 128
_CACHE_FROM: Final = 1024


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
            total += tokens(json.dumps(message["tool_calls"]))
        for part in media_of(message):
            if part["type"] == "input_audio":
                sound += max(1, round(attachment(part).seconds * _PER_SECOND))
            else:
                total += _PER_PART.get(part["type"], _PER_IMAGE)
    for key in ("tools", "response_format"):
        if body.get(key):
            total += tokens(json.dumps(body[key]))
    return total + sound, sound


def cached_tokens(body: Mapping[str, Any], prompt: int) -> tuple[int, int]:
    """Tokens that a prompt cache would have had, and those that this request adds to it.

    These are whole blocks of 128, and only of a long prompt or of one that asks for caching.
    """
    asked = '"cache_control"' in json.dumps(body.get("messages") or ())
    if not asked and prompt <= _CACHE_FROM:
        return 0, 0
    read = prompt * 3 // 4 // _CACHE_BLOCK * _CACHE_BLOCK
    return read, min(_CACHE_BLOCK, prompt) if asked else 0


def logprobs(text: str, alternatives: int) -> Mapping[str, Any]:
    """Log probabilities as OpenAI spells them.

    Args:
        text: The answer.
        alternatives: How many other tokens to list for each.
    """
    content = []
    for piece in pieces(text):
        ranked = [
            {"token": token, "logprob": -0.1 - rank, "bytes": list(token.encode())}
            for rank, token in enumerate([piece, *(f"{piece}{rank}" for rank in range(1, 20))])
        ]
        content.append({**ranked[0], "top_logprobs": ranked[:alternatives]})
    return {"content": content}
