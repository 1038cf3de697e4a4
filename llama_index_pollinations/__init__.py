"""Pollinations (gen.pollinations.ai) for LlamaIndex.

Example:
    >>> from llama_index.core import Settings
    >>> from llama_index_pollinations import Pollinations
    >>> Settings.llm = Pollinations(model="gemini")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations.extras import public_name as _public_name

if TYPE_CHECKING:
    from llama_index_pollinations.budget import PollenBudget
    from llama_index_pollinations.embeddings import PollinationsEmbedding
    from llama_index_pollinations.errors import (
        APIConnectionError,
        APITimeoutError,
        AuthenticationError,
        BudgetExceededError,
        ContentFilteredError,
        ContextOverflowError,
        InterruptedStreamError,
        InvalidInputError,
        InvalidRequestError,
        NotFoundError,
        PaymentRequiredError,
        PermissionDeniedError,
        PollinationsError,
        RateLimitError,
        ServerError,
        StructuredOutputError,
        UnreadableAnswerError,
    )
    from llama_index_pollinations.limits import RateLimiter
    from llama_index_pollinations.llms import Pollinations
    from llama_index_pollinations.media_tools import PollinationsToolSpec
    from llama_index_pollinations.registration import register

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AuthenticationError",
    "BudgetExceededError",
    "ContentFilteredError",
    "ContextOverflowError",
    "InterruptedStreamError",
    "InvalidInputError",
    "InvalidRequestError",
    "NotFoundError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "PollenBudget",
    "Pollinations",
    "PollinationsEmbedding",
    "PollinationsError",
    "PollinationsToolSpec",
    "RateLimitError",
    "RateLimiter",
    "ServerError",
    "StructuredOutputError",
    "UnreadableAnswerError",
    "register",
]

_HOMES = {
    "PollenBudget": "budget",
    "Pollinations": "llms",
    "PollinationsEmbedding": "embeddings",
    "PollinationsToolSpec": "media_tools",
    "RateLimiter": "limits",
    "register": "registration",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package is quick."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = f"{__name__}.{_HOMES.get(name, 'errors')}"
    return _public_name(module, name, needs="llama_index.core", extra="llama-index")


def __dir__() -> list[str]:
    return sorted(__all__)
