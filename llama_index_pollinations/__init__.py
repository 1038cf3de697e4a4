"""Pollinations (gen.pollinations.ai) for LlamaIndex.

Example:
    >>> from llama_index.core import Settings
    >>> from llama_index_pollinations import Pollinations
    >>> Settings.llm = Pollinations(model="openai")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations import __version__ as __version__
from _pollinations.http import errors as _errors
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there
from _pollinations.lazy_imports import lazy_names as _lazy_names

if TYPE_CHECKING:
    from llama_index_pollinations import gateway as gateway
    from llama_index_pollinations.budget import PollenBudget as PollenBudget
    from llama_index_pollinations.embeddings import PollinationsEmbedding as PollinationsEmbedding
    from llama_index_pollinations.errors import StructuredOutputError as StructuredOutputError
    from llama_index_pollinations.limits import RateLimiter as RateLimiter
    from llama_index_pollinations.llms import Pollinations as Pollinations
    from llama_index_pollinations.media_tools import PollinationsToolSpec as PollinationsToolSpec
    from llama_index_pollinations.registration import register as register

_HOMES = {
    "PollenBudget": "budget",
    "Pollinations": "llms",
    "PollinationsEmbedding": "embeddings",
    "PollinationsToolSpec": "media_tools",
    "RateLimiter": "limits",
    "StructuredOutputError": "errors",
    "register": "registration",
}
"""Names that are imported when they are first used, so that importing the package is quick."""

__all__ = [*_HOMES, *_errors.__all__]  # noqa: PLE0604 - the names are strings
__getattr__ = _lazy_names(__name__, _HOMES, needs="llama_index.core", extra="llama-index")

for _name in _errors.__all__:
    getattr(_errors, _name).__module__ = __name__  # tracebacks show the name that users import


def __dir__() -> list[str]:
    return sorted([*__all__, "gateway"])
