"""Pollinations (gen.pollinations.ai) for LlamaIndex.

Example:
    >>> from llama_index.core import Settings
    >>> from llama_index_pollinations import Pollinations
    >>> Settings.llm = Pollinations(model="gemini")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations.extras import public_name as _public_name
from _pollinations.http import errors as _errors

if TYPE_CHECKING:
    from llama_index_pollinations.budget import PollenBudget as PollenBudget
    from llama_index_pollinations.embeddings import PollinationsEmbedding as PollinationsEmbedding
    from llama_index_pollinations.errors import *  # noqa: F403 - the names are listed there
    from llama_index_pollinations.limits import RateLimiter as RateLimiter
    from llama_index_pollinations.llms import Pollinations as Pollinations
    from llama_index_pollinations.media_tools import PollinationsToolSpec as PollinationsToolSpec
    from llama_index_pollinations.registration import register as register

_HOMES = {
    **dict.fromkeys(_errors.__all__, "errors"),
    "PollenBudget": "budget",
    "Pollinations": "llms",
    "PollinationsEmbedding": "embeddings",
    "PollinationsToolSpec": "media_tools",
    "RateLimiter": "limits",
    "StructuredOutputError": "errors",
    "register": "registration",
}
"""Every public name, and the file that has it."""

__all__ = [*_HOMES]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = f"{__name__}.{_HOMES[name]}"
    return _public_name(module, name, needs="llama_index.core", extra="llama-index")


def __dir__() -> list[str]:
    return sorted(__all__)
