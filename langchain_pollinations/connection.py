"""How models, embeddings and tools reach the gateway, and the context of each call."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_core.utils import from_env, secret_from_env
from pydantic import BaseModel, ConfigDict, Field

from _pollinations.connection import Connected as _Connected
from _pollinations.connection import Connection
from _pollinations.fields import ApiKey
from _pollinations.http.unknown_names import renamed
from langchain_pollinations.budget import budgets_of_run
from langchain_pollinations.errors import as_langchain_errors

_ALSO = {
    "api_base": "base_url",
    "model_name": "model",
    "stop_sequences": "stop",
}
"""Names that other packages use, for classes that have no such field."""


@cache
def field_names(kind: type[BaseModel]) -> frozenset[str]:
    """What the arguments of a class's constructor may be called."""
    fields = kind.model_fields
    return frozenset([*fields, *(field.alias for field in fields.values() if field.alias)])


class Connected(_Connected):
    """The gateway's address and key, as LangChain names them."""

    model_config = ConfigDict(
        populate_by_name=True, protected_namespaces=(), hide_input_in_errors=True
    )

    pollinations_api_key: ApiKey = Field(
        alias="api_key",
        repr=False,
        default_factory=secret_from_env(
            ["POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"], default=None
        ),
    )
    """Secret keys (sk_) belong on servers; publishable ones (pk_) are limited by the hour."""
    pollinations_api_base: str | None = Field(
        alias="base_url", default_factory=from_env("POLLINATIONS_BASE_URL", default=None)
    )
    """The gateway, with or without `/v1`; None means https://gen.pollinations.ai."""
    request_timeout: float | tuple[float, float] | None = Field(default=None, alias="timeout")
    """Seconds to wait for an answer (300, for a video 600), or a pair (connect, read). While
    bytes arrive that complete no event and no body, up to four times that."""

    if not TYPE_CHECKING:  # to type checkers, the constructor takes the fields above

        @as_langchain_errors()
        def __init__(self, **options: Any) -> None:
            """Refuse unknown names, and an invalid key or address.

            These are not validators: pydantic would show their whole input, the key included.
            """
            kind = type(self)
            super().__init__(**renamed(options, field_names(kind), _ALSO, owner=kind.__name__))
            self._check()

    def _check(self) -> None:
        """Check the fields; no connection is opened."""
        self._connect()

    @contextmanager
    def _calling(self, run_manager: object = None) -> Iterator[Connection]:
        """The connection for one call: with the budgets of its run, and with LangChain's errors.

        Args:
            run_manager: LangChain's, if it passes one.
        """
        with as_langchain_errors():
            yield self._connect().for_call(budgets_of_run(run_manager))

    def _address(self) -> tuple[Any, str | None, float | tuple[float, float] | None]:
        return self.pollinations_api_key, self.pollinations_api_base, self.request_timeout
