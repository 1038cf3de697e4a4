"""Pollinations (gen.pollinations.ai) for LangChain.

Example:
    >>> from langchain_pollinations import ChatPollinations
    >>> model = ChatPollinations(model="openai")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations.extras import public_name as _public_name
from _pollinations.http import errors as _errors

if TYPE_CHECKING:
    from langchain_pollinations.budget import PollenBudget as PollenBudget
    from langchain_pollinations.chat_models import ChatPollinations as ChatPollinations
    from langchain_pollinations.embeddings import PollinationsEmbeddings as PollinationsEmbeddings
    from langchain_pollinations.errors import *  # noqa: F403 - the names are listed there
    from langchain_pollinations.limits import RateLimiter as RateLimiter
    from langchain_pollinations.media_tools import PollinationsImageTool as PollinationsImageTool
    from langchain_pollinations.media_tools import PollinationsSpeechTool as PollinationsSpeechTool
    from langchain_pollinations.media_tools import (
        PollinationsTranscriptionTool as PollinationsTranscriptionTool,
    )
    from langchain_pollinations.media_tools import PollinationsVideoTool as PollinationsVideoTool
    from langchain_pollinations.registration import register as register

_HOMES = {
    **dict.fromkeys(_errors.__all__, "errors"),
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
"""Every public name, and the file that has it."""

__all__ = [*_HOMES]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = f"{__name__}.{_HOMES[name]}"
    return _public_name(module, name, needs="langchain_core", extra="langchain")


def __dir__() -> list[str]:
    return sorted(__all__)
