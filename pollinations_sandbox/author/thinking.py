"""Which models think aloud, what they think, and how they sign or hide it."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from pollinations_sandbox.author.words import topic

_THINKERS = ("deepseek", "kimi", "glm", "minimax", "grok-reasoning", "perplexity-reasoning")
_THINKING_NAMES = frozenset({"openai-large", "gemini", "gemini-large", "gemini-legacy"})
_EFFORTS = {"minimal": 1, "low": 2, "medium": 3, "high": 4, "xhigh": 5, "max": 5}


def thoughts(body: Mapping[str, Any], asked: str, *, model: str) -> str:
    """What the model thinks before it speaks; empty if it does not think.

    Args:
        body: The chat body; `reasoning_effort` and `thinking` decide for every model.
        asked: The words of the request.
        model: The canonical name of the model.
    """
    effort = body.get("reasoning_effort")
    switch = (body.get("thinking") or {}).get("type")
    if effort == "none" or (switch == "disabled" and effort is None):
        return ""
    willing = model in _THINKING_NAMES or model.startswith(_THINKERS)
    if not (willing or effort or switch == "enabled" or body.get("thinking_budget")):
        return ""
    steps = (
        f"The user speaks of {topic(asked)}.",
        "I should see what is given and what is missing.",
        f"The request has {len(asked.split())} words, so a short answer will do.",
        "I check the answer once against the question.",
        "Nothing speaks against it; I can answer now.",
    )
    return " ".join(steps[: _EFFORTS.get(str(effort), 3)])


def shows_thoughts(model: str) -> bool:
    """Whether the reasoning of the model is visible; OpenAI's models only count it."""
    return not model.startswith("openai")


def signature(thought: str) -> str:
    """The seal that Claude sets under its thinking: the same thought has the same seal."""
    digest = hashlib.sha512(thought.encode()).digest()
    return base64.b64encode(b"\x12sandbox" + digest).decode() if thought else ""
