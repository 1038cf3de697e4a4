"""How tools and embeddings reach the gateway: the fields that the language model has."""

import os
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field, SecretStr

from _pollinations.connection import ClientFields
from _pollinations.http.suggestions import refuse_unknown

_ALSO_KNOWN_AS = {"model": "model_name"}


class Connection(ClientFields):
    """The gateway's address and key, as LlamaIndex names them."""

    model_config = ConfigDict(protected_namespaces=(), hide_input_in_errors=True)

    api_key: SecretStr | None = Field(
        default_factory=lambda: _secret("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"),
        exclude=True,
        repr=False,
    )
    """Secret keys (sk_) belong on servers; publishable ones (pk_) are limited by the hour."""
    base_url: str | None = Field(default_factory=lambda: os.environ.get("POLLINATIONS_BASE_URL"))
    """The gateway, with or without `/v1`; None means https://gen.pollinations.ai."""
    timeout: float | tuple[float, float] | None = None
    """Seconds to wait for an answer (300, for a video 600), or a pair (connect, read)."""

    if not TYPE_CHECKING:  # checkers see the fields instead

        def __init__(self, **given: Any) -> None:
            """Refuse names that nobody knows, and a key or an address that cannot be one."""
            fields = type(self).model_fields
            others = {
                name: mine
                for name, mine in _ALSO_KNOWN_AS.items()
                if name not in fields and mine in fields
            }
            refuse_unknown(given, {*fields, *others}, owner=type(self).__name__)
            super().__init__(
                **{others.get(n, n): value for n, value in given.items() if value is not None}
            )
            self._check()

    def _check(self) -> None:
        """Find what is wrong with the fields; nothing is opened."""
        self._clients()

    def _address(self) -> tuple[Any, str | None, float | tuple[float, float] | None]:
        return self.api_key, self.base_url, self.timeout


def _secret(*names: str) -> SecretStr | None:
    found = next((os.environ[name] for name in names if os.environ.get(name)), None)
    return SecretStr(found) if found else None
