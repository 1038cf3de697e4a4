"""What may be said of a chat model, and the clients that are made of it."""

from typing import TYPE_CHECKING, Any, Literal, Self
from weakref import WeakKeyDictionary

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.utils import from_env, secret_from_env
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr

from _pollinations import __version__
from _pollinations.client import AsyncClient, Client
from _pollinations.conversation import EchoReasoning, ToolMedia
from _pollinations.misspelt import refuse_unknown
from _pollinations.options import Options
from _pollinations.retry import Retry
from langchain_pollinations.errors import as_langchain_errors

WIRE_FIELDS = frozenset(Options.__annotations__) - {"model", "stream", "cache_control"}
"""Options of a call, by the names that the wire and the fields share."""

_ALSO_KNOWN_AS = {
    "model_id": "model_name",
    "api_base": "pollinations_api_base",
}
_CLIENT_FIELDS = (
    "pollinations_api_key",
    "pollinations_api_base",
    "request_timeout",
    "stream_idle_timeout",
    "max_retries",
    "retry_after_limit",
    "default_headers",
    "proxy",
    "http_client",
    "http_async_client",
)


class ChatPollinationsFields(BaseChatModel):
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

    temperature: float | None = None
    """0 to 2; gpt-5 and o-models always use 1."""
    top_p: float | None = None
    """0 to 1."""
    max_tokens: int | None = None
    """The longest answer, in tokens."""
    max_completion_tokens: int | None = None
    """The same under its newer name; set one of them."""
    stop: list[str] | str | None = Field(default=None, alias="stop_sequences")
    """At most four strings that end the answer."""
    seed: int | Literal["random"] | None = None
    """0 to 2147483647, or "random" for another one at each call."""
    frequency_penalty: float | None = None
    """-2 to 2."""
    presence_penalty: float | None = None
    """-2 to 2."""
    repetition_penalty: float | None = None
    """0 to 2."""
    logit_bias: dict[str, int] | None = None
    """Bias by token id."""
    logprobs: bool | None = None
    """Whether to return log probabilities."""
    top_logprobs: int | None = None
    """0 to 20."""
    user: str | None = None
    """An id of your end user."""
    reasoning_effort: str | None = None
    """none, minimal, low, medium, high, xhigh or what the gateway knows by now."""
    thinking: dict[str, Any] | None = None
    """`{"type": "enabled", "budget_tokens": 1024}`, for Claude and Gemini."""
    thinking_budget: int | None = None
    """Tokens to think with."""
    modalities: list[str] | None = None
    """`["text", "audio"]` to let openai-audio speak."""
    audio: dict[str, Any] | None = None
    """`{"voice": "alloy", "format": "wav"}`; streams need pcm16."""
    response_format: dict[str, Any] | None = None
    """A JSON format for every answer; see `with_structured_output`."""
    parallel_tool_calls: bool | None = None
    """Whether one turn may call several tools."""
    safe: str | bool | None = None
    """Which safety filters to apply."""
    web_search_options: dict[str, Any] | None = None
    """For Perplexity: `{"search_context_size": "low"}`."""
    functions: list[dict[str, Any]] | None = None
    """Deprecated; use `bind_tools`."""
    function_call: str | dict[str, Any] | None = None
    """Deprecated; use `bind_tools`."""
    builtin_tools: list[str] | None = None
    """Tools that run at the provider, such as `google_search`; Gemini knows six."""

    streaming: bool = False
    """Whether `invoke` streams inside."""
    stream_usage: bool = True
    """Whether streams end with token counts."""
    stream_options: dict[str, Any] | None = None
    """Sent as they are; `stream_usage` is the usual way."""
    echo_reasoning: EchoReasoning = "tool_calls"
    """On which past turns reasoning goes back: those with tool calls, "always" or "never"."""
    tool_media: ToolMedia = "lift"
    """Pictures in tool results: "lift" moves them into a user message, "inline", or "drop"."""
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further documented fields, as if they were set here."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the body last and unchecked: whatever the API learns before we do."""

    request_timeout: float | tuple[float, float] | None = Field(default=None, alias="timeout")
    """Seconds to wait for an answer (300), or a pair (connect, read)."""
    stream_idle_timeout: float | None = None
    """Seconds between two pieces of a stream (120)."""
    max_retries: int = 2
    """Further attempts after the first: on connection errors, 408, 409, 429 and 5xx."""
    retry_after_limit: float = 60.0
    """The longest wait in seconds that the gateway may ask for; a longer one raises at once."""
    default_headers: dict[str, str] | None = Field(default=None, exclude=True, repr=False)
    """Sent with every request."""
    proxy: str | None = Field(default=None, exclude=True, repr=False)
    """URL of an HTTP proxy; those of the environment are used anyway."""
    http_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.Client` of your own; it is not closed here, nor pickled."""
    http_async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.AsyncClient` of your own; it is not closed here, nor pickled."""

    _made: tuple[tuple[object, ...], Client, AsyncClient] | None = PrivateAttr(default=None)

    if not TYPE_CHECKING:  # to type checkers, the constructor takes the fields above

        def __init__(self, **given: Any) -> None:
            """Refuse names that nobody knows, and a key or an address that cannot be one.

            These are not validators: pydantic would show their whole input, the key included.
            """
            with as_langchain_errors():
                super().__init__(**_named(type(self), given))
                refuse_unknown(self.model_kwargs, WIRE_FIELDS, owner="model_kwargs")
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
        own = {name: getattr(self, name) for name in _OPTION_FIELDS}
        own["tools"] = [{"type": name} for name in self.builtin_tools or ()] or None
        return {name: value for name, value in own.items() if value is not None} | self.model_kwargs

    def close(self) -> None:
        """Let the connections go that blocking calls opened; the model can still be used."""
        self._clients()[0].close()

    async def aclose(self) -> None:
        """Let the connections go that calls from this event loop opened."""
        await self._clients()[1].aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        fields = {**state["__dict__"], "http_client": None, "http_async_client": None}
        private = {**(state["__pydantic_private__"] or {}), "_made": None}
        return {**state, "__dict__": fields, "__pydantic_private__": private}

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        memo = {} if memo is None else memo
        for http in (self.http_client, self.http_async_client):
            memo[id(http)] = http  # yours is shared, not copied
        copied = super().__deepcopy__(memo)
        copied._made = None  # noqa: SLF001 - a model of our own class
        return copied

    def _clients(self) -> tuple[Client, AsyncClient]:
        """Both colours, made again when `model_copy` has changed what they are made of."""
        said = tuple(getattr(self, name) for name in _CLIENT_FIELDS)
        if self._made is None or self._made[0] != said:
            options: dict[str, Any] = {
                "api_key": self.pollinations_api_key,
                "base_url": self.pollinations_api_base,
                "timeout": self.request_timeout,
                "idle_timeout": self.stream_idle_timeout,
                "retry": Retry(self.max_retries, retry_after_limit=self.retry_after_limit),
                "headers": self.default_headers,
                "proxy": self.proxy,
            }
            self._made = (
                said,
                Client(**options, http_client=self.http_client),
                AsyncClient(**options, http_client=self.http_async_client),
            )
        return self._made[1:]


def _named(kind: type[ChatPollinationsFields], given: dict[str, Any]) -> dict[str, Any]:
    """Take the usual other names; None means not said."""
    known = _known.get(kind)
    if known is None:
        aliases = {field.alias for field in kind.model_fields.values() if field.alias}
        known = _known[kind] = frozenset({*kind.model_fields, *aliases, *_ALSO_KNOWN_AS})
    refuse_unknown(given, known, owner=kind.__name__)
    return {
        _ALSO_KNOWN_AS.get(name, name): value for name, value in given.items() if value is not None
    }


_known: WeakKeyDictionary[type, frozenset[str]] = WeakKeyDictionary()
_OPTION_FIELDS = tuple(name for name in ChatPollinationsFields.model_fields if name in WIRE_FIELDS)
