"""The gateway's errors as LangChain knows them: each is also one of its `ModelError` family.

Catch them by the gateway's names (`RateLimitError`), or by LangChain's (`ModelRateLimitError`), as
its retry and fallback middleware does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core.exceptions import (
    ContextOverflowError as _ModelContextOverflowError,
)
from langchain_core.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from _pollinations.http import errors as gateway
from _pollinations.http.errors import PollinationsError

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
    "UnreadableAnswerError",
]


class _RetryableError(PollinationsError):
    """LangChain's middleware asks an error, not its class, whether to try again."""

    is_retryable: bool

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.is_retryable = self.retryable


class AuthenticationError(_RetryableError, gateway.AuthenticationError, ModelAuthenticationError):
    """401: the key is missing, mistyped, expired or revoked."""


class PermissionDeniedError(
    _RetryableError, gateway.PermissionDeniedError, ModelPermissionDeniedError
):
    """403, or a refusal sent as 200: this key may not do that."""


class PaymentRequiredError(_RetryableError, gateway.PaymentRequiredError, ModelError):
    """402, or a refusal sent as 200: the account or the key's budget has no pollen left for it."""


class BudgetExceededError(_RetryableError, gateway.BudgetExceededError, ModelError):
    """A call might pass the limit that its caller set: nothing was sent."""


class InvalidRequestError(_RetryableError, gateway.InvalidRequestError, ModelInvalidRequestError):
    """400, 405, 413, 415, 422 and their like: the request itself must change."""


class InvalidInputError(InvalidRequestError, gateway.InvalidInputError):
    """The same, found before anything was sent; also a `ValueError`."""


class ContextOverflowError(
    InvalidRequestError, gateway.ContextOverflowError, _ModelContextOverflowError
):
    """The messages are longer than the model can read."""


class ContentFilteredError(_RetryableError, gateway.ContentFilteredError, ModelInvalidRequestError):
    """The gateway or the provider refused the content."""


class NotFoundError(_RetryableError, gateway.NotFoundError, ModelNotFoundError):
    """404 or 410: no such route or model."""


class RateLimitError(_RetryableError, gateway.RateLimitError, ModelRateLimitError):
    """429: too many requests, or a publishable key over its hourly pollen."""


class ServerError(_RetryableError, gateway.ServerError, ModelAPIError):
    """408, 409, 5xx and error events: the gateway or the provider failed."""


class APIConnectionError(_RetryableError, gateway.APIConnectionError, ModelConnectionError):
    """No answer came: refused, reset, unknown host, broken TLS."""


class APITimeoutError(_RetryableError, gateway.APITimeoutError, ModelTimeoutError):
    """No answer came in time."""


class InterruptedStreamError(_RetryableError, gateway.InterruptedStreamError, ModelConnectionError):
    """The answer broke off: `text` and `reasoning` hold what came before."""


class UnreadableAnswerError(_RetryableError, gateway.UnreadableAnswerError, ModelAPIError):
    """A 2xx answer that is not what the gateway documents, such as an HTML page."""


_OURS: dict[type[PollinationsError], type[PollinationsError]] = {
    getattr(gateway, kind.__name__): kind
    for kind in (
        AuthenticationError,
        PermissionDeniedError,
        PaymentRequiredError,
        BudgetExceededError,
        InvalidRequestError,
        InvalidInputError,
        ContextOverflowError,
        ContentFilteredError,
        NotFoundError,
        RateLimitError,
        ServerError,
        APIConnectionError,
        APITimeoutError,
        InterruptedStreamError,
        UnreadableAnswerError,
    )
}


@contextmanager
def as_langchain_errors() -> Iterator[None]:
    """Raise the gateway's errors as the classes of this module, with all their facts."""
    try:
        yield
    except PollinationsError as error:
        kind = _OURS.get(type(error))
        if kind is None:
            raise
        raise kind(error.message, **error.facts).with_traceback(
            error.__traceback__
        ) from error.__cause__
