"""How models, embeddings and tools reach the gateway."""

import os
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field, SecretStr

from _pollinations.connection import Connected as _Connected
from _pollinations.fields import ApiKey
from _pollinations.http.unknown_names import renamed

ALSO = {
    "api_base": "base_url",
    "model": "model_name",
    "model_name": "model",
    "request_timeout": "timeout",
}
"""Names that people write for fields, where a class has not both."""


class Connected(_Connected):
    """The gateway's address and key, as LlamaIndex names them."""

    model_config = ConfigDict(protected_namespaces=(), hide_input_in_errors=True)

    api_key: ApiKey = Field(
        default_factory=lambda: _secret("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"),
        exclude=True,
        repr=False,
    )
    """Secret keys (sk_) belong on servers; publishable ones (pk_) are limited by the hour."""
    base_url: str | None = Field(default_factory=lambda: os.environ.get("POLLINATIONS_BASE_URL"))
    """The gateway, with or without `/v1`; None means https://gen.pollinations.ai."""
    timeout: float | tuple[float, float] | None = None
    """Seconds to wait for an answer (300, for a video 600), or a pair (connect, read). While
    bytes arrive that complete nothing, it waits up to four times that."""

    if not TYPE_CHECKING:  # checkers see the fields instead

        def __init__(self, **options: Any) -> None:
            """Refuse unknown names, and a key or an address that cannot be one."""
            kind = type(self)
            super().__init__(**renamed(options, kind.model_fields, ALSO, owner=kind.__name__))
            self._check()

    def _check(self) -> None:
        """Find what is wrong with the fields; nothing is opened."""
        self._connect()

    def _address(self) -> tuple[Any, str | None, float | tuple[float, float] | None]:
        return self.api_key, self.base_url, self.timeout


def _secret(*names: str) -> SecretStr | None:
    found = next((os.environ[name] for name in names if os.environ.get(name)), None)
    return SecretStr(found) if found else None
