"""Pollinations (gen.pollinations.ai) for LangChain.

Example:
    >>> from langchain_pollinations import ChatPollinations
    >>> model = ChatPollinations(model="openai")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations import __version__ as __version__
from _pollinations.http import errors as _errors
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there
from _pollinations.lazy_imports import lazy_names as _lazy_names

if TYPE_CHECKING:
    from langchain_pollinations import gateway as gateway
    from langchain_pollinations.budget import PollenBudget as PollenBudget
    from langchain_pollinations.chat_models import ChatPollinations as ChatPollinations
    from langchain_pollinations.embeddings import PollinationsEmbeddings as PollinationsEmbeddings
    from langchain_pollinations.limits import RateLimiter as RateLimiter
    from langchain_pollinations.media_tools import PollinationsImageTool as PollinationsImageTool
    from langchain_pollinations.media_tools import PollinationsSpeechTool as PollinationsSpeechTool
    from langchain_pollinations.media_tools import (
        PollinationsTranscriptionTool as PollinationsTranscriptionTool,
    )
    from langchain_pollinations.media_tools import PollinationsVideoTool as PollinationsVideoTool
    from langchain_pollinations.registration import register as register

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
"""Names that are imported when they are first used, so that importing the package is quick."""

__all__ = [*_HOMES, *_errors.__all__]  # noqa: PLE0604 - the names are strings
__getattr__ = _lazy_names(__name__, _HOMES, needs="langchain_core", extra="langchain")

for _name in _errors.__all__:
    _error = getattr(_errors, _name)
    # Tracebacks show the name that users import; if LlamaIndex's package is loaded, that is its
    # name, since LangChain's objects raise the classes of `langchain_pollinations.errors`.
    if _error.__module__ == _errors.__name__:
        _error.__module__ = __name__


def __dir__() -> list[str]:
    return sorted([*__all__, "gateway"])
