"""Pollinations (gen.pollinations.ai) for LlamaIndex.

Example:
    >>> from llama_index.core import Settings
    >>> from llama_index_pollinations import Pollinations
    >>> Settings.llm = Pollinations(model="gemini")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations.extras import lazy_names as _lazy_names
from _pollinations.http import errors as _errors
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there

if TYPE_CHECKING:
    from llama_index_pollinations.budget import PollenBudget
    from llama_index_pollinations.embeddings import PollinationsEmbedding
    from llama_index_pollinations.errors import StructuredOutputError
    from llama_index_pollinations.limits import RateLimiter
    from llama_index_pollinations.llms import Pollinations
    from llama_index_pollinations.media_tools import PollinationsToolSpec
    from llama_index_pollinations.registration import register

__all__ = [
    "PollenBudget",
    "Pollinations",
    "PollinationsEmbedding",
    "PollinationsToolSpec",
    "RateLimiter",
    "StructuredOutputError",
    "register",
]
__all__ += _errors.__all__

_HOMES = {
    "PollenBudget": "budget",
    "Pollinations": "llms",
    "PollinationsEmbedding": "embeddings",
    "PollinationsToolSpec": "media_tools",
    "RateLimiter": "limits",
    "StructuredOutputError": "errors",
    "register": "registration",
}

# Each is imported when it is first used, so that importing the package is quick.
__getattr__ = _lazy_names(__name__, _HOMES, needs="llama_index.core", extra="llama-index")


def __dir__() -> list[str]:
    return sorted(__all__)
