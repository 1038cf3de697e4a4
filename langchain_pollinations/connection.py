"""How tools and embeddings reach the gateway: the fields that chat models have, by their names."""

from typing import TYPE_CHECKING, Any

from langchain_core.utils import from_env, secret_from_env
from pydantic import ConfigDict, Field, SecretStr

from _pollinations.connection import ClientFields
from _pollinations.http.suggestions import refuse_unknown
from langchain_pollinations.errors import as_langchain_errors

_ALSO_KNOWN_AS = {"api_base": "pollinations_api_base", "model_id": "model", "model_name": "model"}


class Connection(ClientFields):
    """The gateway's address and key, as LangChain names them."""

    model_config = ConfigDict(
        populate_by_name=True, protected_namespaces=(), hide_input_in_errors=True
    )

    pollinations_api_key: SecretStr | None = Field(
        alias="api_key",
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
    """Seconds to wait for an answer (300, for a video 600), or a pair (connect, read)."""

    if not TYPE_CHECKING:  # to type checkers, the constructor takes the fields above

        def __init__(self, **given: Any) -> None:
            """Refuse names that nobody knows, and a key or an address that cannot be one.

            These are not validators: pydantic would show their whole input, the key included.
            """
            fields = type(self).model_fields
            aliases = {field.alias for field in fields.values() if field.alias}
            others = {name: mine for name, mine in _ALSO_KNOWN_AS.items() if name not in fields}
            with as_langchain_errors():
                refuse_unknown(given, {*fields, *aliases, *others}, owner=type(self).__name__)
                super().__init__(
                    **{others.get(n, n): value for n, value in given.items() if value is not None}
                )
                self._check()

    def _check(self) -> None:
        """Find what is wrong with the fields; nothing is opened."""
        self._clients()

    def _address(self) -> tuple[Any, str | None, float | tuple[float, float] | None]:
        return self.pollinations_api_key, self.pollinations_api_base, self.request_timeout
