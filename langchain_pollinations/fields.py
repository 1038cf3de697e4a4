"""The fields of the chat model, and the checks of its constructor."""

from typing import Any

from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.utils import from_env
from pydantic import Field

from _pollinations import __version__
from _pollinations.chat.options import builtin_tool
from _pollinations.chat_calls import check_requirements
from _pollinations.fields import WIRE_FIELDS, ChatFields
from _pollinations.http.unknown_names import refuse_unknown
from langchain_pollinations.batch import BatchingChatModel
from langchain_pollinations.connection import Connected


class ChatPollinationsFields(Connected, ChatFields, BatchingChatModel):
    """The fields of `ChatPollinations`, which documents them together."""

    model_name: str = Field(default="openai", alias="model")
    """The gateway's name for a model, such as `openai`, `gemini` or `claude`."""
    chat_path: str | None = Field(default_factory=from_env("POLLINATIONS_CHAT_PATH", default=None))
    streaming: bool = False
    """Whether `invoke` streams internally."""
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further documented options of a request, as if they were fields."""
    rate_limiter: BaseRateLimiter | None = Field(  # type: ignore[assignment] # LangChain calls it
        default=None, exclude=True, repr=False
    )
    """A `RateLimiter`, which several objects may share: each attempt waits for its turn. With a
    limiter of LangChain's own, each call waits once."""

    def _check(self) -> None:
        super()._check()
        refuse_unknown(self.model_kwargs, WIRE_FIELDS, owner="model_kwargs")
        check_requirements(self.require, self.model_name)
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
        fields = self.__dict__  # read twice a call, and quicker than attributes
        own = {name: fields[name] for name in _OPTION_FIELDS if fields.get(name) is not None}
        if self.builtin_tools:
            own["tools"] = [builtin_tool(name) or name for name in self.builtin_tools]
        return own | self.model_kwargs


_OPTION_FIELDS = tuple(name for name in ChatPollinationsFields.model_fields if name in WIRE_FIELDS)
