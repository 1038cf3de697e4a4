"""The gateway's errors; LangChain objects raise them as members of LangChain's `ModelError` family.

Catch them by the gateway's names (`RateLimitError`), here as in `langchain_pollinations.gateway`,
or by LangChain's (`ModelRateLimitError`), as its retry and fallback middleware does.
"""

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any, ClassVar

from langchain_core import exceptions as langchain

from _pollinations.http import errors as gateway
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there
from _pollinations.http.errors import PollinationsError

__all__ = gateway.__all__

_FAMILY: dict[type[PollinationsError], type[Exception]] = {
    gateway.AuthenticationError: langchain.ModelAuthenticationError,
    gateway.PermissionDeniedError: langchain.ModelPermissionDeniedError,
    gateway.PaymentRequiredError: langchain.ModelError,
    gateway.BudgetExceededError: langchain.ModelError,
    gateway.InvalidRequestError: langchain.ModelInvalidRequestError,
    gateway.InvalidInputError: langchain.ModelInvalidRequestError,
    gateway.ContextOverflowError: langchain.ContextOverflowError,
    gateway.ContentFilteredError: langchain.ModelInvalidRequestError,
    gateway.NotFoundError: langchain.ModelNotFoundError,
    gateway.RateLimitError: langchain.ModelRateLimitError,
    gateway.ServerError: langchain.ModelAPIError,
    gateway.APIConnectionError: langchain.ModelConnectionError,
    gateway.APITimeoutError: langchain.ModelTimeoutError,
    gateway.InterruptedStreamError: langchain.ModelConnectionError,
    gateway.UnreadableAnswerError: langchain.ModelAPIError,
}


class _FamilyError(PollinationsError):
    """An error of the gateway that is also one of LangChain's."""

    gateway_kind: ClassVar[type[PollinationsError]]
    is_retryable: bool
    """LangChain's middleware reads this of an error, not of its class."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.is_retryable = bool(self.retryable)

    def __reduce__(
        self,
    ) -> tuple[Callable[..., PollinationsError], tuple[type, str, dict[str, Any]]]:
        return _again, (self.gateway_kind, self.message, self.facts)


_RAISED: dict[type[PollinationsError], type[PollinationsError]] = {
    kind: type(
        kind.__name__,
        (_FamilyError, kind, family),
        {"__module__": __name__, "__doc__": kind.__doc__, "gateway_kind": kind},
    )
    for kind, family in _FAMILY.items()
}


def _again(kind: type[PollinationsError], message: str, facts: dict[str, Any]) -> PollinationsError:
    return _RAISED[kind](message, **facts)


class as_langchain_errors(ContextDecorator):  # noqa: N801 - as those of contextlib
    """Raise the gateway's errors as members of LangChain's family, with all their facts.

    The frames of the client are left out: a traceback ends where the model was called.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PollinationsError) and type(error) in _RAISED:
            raise _again(type(error), error.message, error.facts) from error.__cause__
