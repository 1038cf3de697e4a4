"""What may be said of a chat model, and the clients that are made of it."""

from typing import TYPE_CHECKING, Any

from langchain_core.utils import from_env, secret_from_env
from pydantic import ConfigDict, Field, SecretStr

from _pollinations import __version__
from _pollinations.chat.options import builtin_tool
from _pollinations.fields import WIRE_FIELDS, ChatFields
from _pollinations.http.suggestions import refuse_unknown
from langchain_pollinations.batch import BatchingChatModel
from langchain_pollinations.connection import named
from langchain_pollinations.errors import as_langchain_errors


class ChatPollinationsFields(BatchingChatModel, ChatFields):
    """The fields of `ChatPollinations`, which documents them together."""

    model_config = ConfigDict(
        populate_by_name=True, protected_namespaces=(), hide_input_in_errors=True
    )

    model_name: str = Field(default="openai", alias="model")
    """The gateway's name for a model, such as `openai`, `gemini` or `claude`."""
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
    chat_path: str | None = Field(default_factory=from_env("POLLINATIONS_CHAT_PATH", default=None))
    """None means /v1/chat/completions; `/openai` is the deprecated path."""

    streaming: bool = False
    """Whether `invoke` streams inside."""
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further documented fields, as if they were set here."""
    request_timeout: float | tuple[float, float] | None = Field(default=None, alias="timeout")
    """Seconds to wait for an answer (300), or a pair (connect, read). Bytes that
    complete nothing extend the wait to four times that at most."""
    if not TYPE_CHECKING:  # to type checkers, the constructor takes the fields above

        def __init__(self, **given: Any) -> None:
            """Refuse unknown names, and a key or an address that cannot be one.

            These are not validators: pydantic would show their whole input, the key included.
            """
            with as_langchain_errors():
                super().__init__(**named(type(self), given))
                refuse_unknown(self.model_kwargs, WIRE_FIELDS, owner="model_kwargs")
                self._check_requirements(self.model_name)
                self._clients()
            self._add_version("pollinations-adapters", __version__)

    @property
    def model(self) -> str:
        """The model's name."""
        return self.model_name

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Where the key comes from when the model is loaded again."""
        return {"pollinations_api_key": "POLLINATIONS_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """A model can be dumped and loaded; the key is left out."""
        return True

    def _own_options(self) -> dict[str, Any]:
        said = self.__dict__  # asked for three times a call, and quicker than by attribute
        own = {name: said[name] for name in _OPTION_FIELDS if said.get(name) is not None}
        if self.builtin_tools:
            own["tools"] = [builtin_tool(name) or name for name in self.builtin_tools]
        return own | self.model_kwargs

    def _address(self) -> tuple[Any, str | None, float | tuple[float, float] | None]:
        return self.pollinations_api_key, self.pollinations_api_base, self.request_timeout


_OPTION_FIELDS = tuple(name for name in ChatPollinationsFields.model_fields if name in WIRE_FIELDS)
