"""Pollinations (gen.pollinations.ai) for LangChain.

Example:
    >>> from langchain_pollinations import ChatPollinations
    >>> model = ChatPollinations(model="openai")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations.extras import lazy_names as _lazy_names
from _pollinations.http import errors as _errors
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there

if TYPE_CHECKING:
    from langchain_pollinations.budget import PollenBudget
    from langchain_pollinations.chat_models import ChatPollinations
    from langchain_pollinations.embeddings import PollinationsEmbeddings
    from langchain_pollinations.limits import RateLimiter
    from langchain_pollinations.media_tools import (
        PollinationsImageTool,
        PollinationsSpeechTool,
        PollinationsTranscriptionTool,
        PollinationsVideoTool,
    )
    from langchain_pollinations.registration import register

__all__ = [
    "ChatPollinations",
    "PollenBudget",
    "PollinationsEmbeddings",
    "PollinationsImageTool",
    "PollinationsSpeechTool",
    "PollinationsTranscriptionTool",
    "PollinationsVideoTool",
    "RateLimiter",
    "register",
]
__all__ += _errors.__all__

_HOMES = {
    "ChatPollinations": "chat_models",
    "PollenBudget": "budget",
    "PollinationsEmbeddings": "embeddings",
    "PollinationsImageTool": "media_tools",
    "PollinationsSpeechTool": "media_tools",
    "PollinationsTranscriptionTool": "media_tools",
    "PollinationsVideoTool": "media_tools",
    "RateLimiter": "limits",
    "register": "registration",
}

# Each is imported when it is first used, so that importing the package is quick.
__getattr__ = _lazy_names(__name__, _HOMES, needs="langchain_core", extra="langchain")


def __dir__() -> list[str]:
    return sorted(__all__)
