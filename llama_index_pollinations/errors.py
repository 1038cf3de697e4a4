"""The gateway's errors, the same in every adapter, and one for answers that miss their schema."""

from _pollinations.http.errors import (
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
    "PollinationsError",
    "RateLimitError",
    "ServerError",
    "StructuredOutputError",
    "UnreadableAnswerError",
]


class StructuredOutputError(UnreadableAnswerError, ValueError):
    """The answer, or the arguments of a tool call, do not hold what was asked for.

    `text` is what the model wrote. It is a `ValueError`, since LlamaIndex's own programs and
    synthesizers catch those.
    """

    advice = "What the model wrote is in .text. Ask again, or choose another model or mode."
