"""Pollinations (gen.pollinations.ai) for LangChain.

Example:
    >>> from langchain_pollinations import ChatPollinations
    >>> model = ChatPollinations(model="openai")  # reads POLLINATIONS_API_KEY at the first call
"""

from typing import TYPE_CHECKING

from _pollinations.extras import public_name as _public_name

if TYPE_CHECKING:
    from langchain_pollinations.budget import PollenBudget
    from langchain_pollinations.chat_models import ChatPollinations
    from langchain_pollinations.embeddings import PollinationsEmbeddings
    from langchain_pollinations.errors import (
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
        UnreadableAnswerError,
    )
    from langchain_pollinations.limits import RateLimiter
    from langchain_pollinations.media_tools import (
        PollinationsImageTool,
        PollinationsSpeechTool,
        PollinationsTranscriptionTool,
        PollinationsVideoTool,
    )
    from langchain_pollinations.registration import register

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AuthenticationError",
    "BudgetExceededError",
    "ChatPollinations",
    "ContentFilteredError",
    "ContextOverflowError",
    "InterruptedStreamError",
    "InvalidInputError",
    "InvalidRequestError",
    "NotFoundError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "PollenBudget",
    "PollinationsEmbeddings",
    "PollinationsError",
    "PollinationsImageTool",
    "PollinationsSpeechTool",
    "PollinationsTranscriptionTool",
    "PollinationsVideoTool",
    "RateLimitError",
    "RateLimiter",
    "ServerError",
    "UnreadableAnswerError",
    "register",
]

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


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package is quick."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = f"{__name__}.{_HOMES.get(name, 'errors')}"
    return _public_name(module, name, needs="langchain_core", extra="langchain")


def __dir__() -> list[str]:
    return sorted(__all__)
