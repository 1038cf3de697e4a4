"""What a chat model may be told, in both adapters by the same names, with the same defaults."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, PrivateAttr

from _pollinations.client import AsyncClient, Client
from _pollinations.conversation import EchoReasoning, ToolMedia
from _pollinations.options import Options
from _pollinations.retry import Retry

WIRE_FIELDS = frozenset(Options.__annotations__) - {"model", "stream", "cache_control"}
"""Options of a call, by the names that the wire and the fields share."""


class ChatFields(BaseModel):
    """The fields that a chat model has whatever framework it is of; None is not sent."""

    temperature: float | None = None
    """0 to 2; gpt-5 and o-models always use 1."""
    top_p: float | None = None
    """0 to 1."""
    max_tokens: int | None = None
    """The longest answer, in tokens."""
    max_completion_tokens: int | None = None
    """The same under its newer name; set one of them."""
    stop: list[str] | str | None = None
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
    """A JSON format for every answer; structured output sets it for a call."""
    parallel_tool_calls: bool | None = None
    """Whether one turn may call several tools."""
    safe: str | bool | None = None
    """Which safety filters to apply."""
    web_search_options: dict[str, Any] | None = None
    """For Perplexity: `{"search_context_size": "low"}`."""
    functions: list[dict[str, Any]] | None = None
    """Deprecated; bind tools instead."""
    function_call: str | dict[str, Any] | None = None
    """Deprecated; bind tools instead."""
    builtin_tools: list[str] | None = None
    """Tools that run at the provider, such as `google_search`; Gemini knows six."""

    stream_usage: bool = True
    """Whether streams end with token counts."""
    stream_options: dict[str, Any] | None = None
    """Sent as they are; `stream_usage` is the usual way."""
    echo_reasoning: EchoReasoning = "tool_calls"
    """On which past turns reasoning goes back: those with tool calls, "always" or "never"."""
    tool_media: ToolMedia = "lift"
    """Pictures in tool results: "lift" moves them into a user message, "inline", or "drop"."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the body last and unchecked: whatever the API learns before we do."""

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

    def _address(self) -> tuple[Any, str | None, float | tuple[float, float] | None]:
        """The key, the base URL and the timeout, which each framework names in its own way."""
        raise NotImplementedError

    def _clients(self) -> tuple[Client, AsyncClient]:
        """Both colours, made again when a copy's fields differ from what they were made of."""
        said = (*self._address(), *(getattr(self, name) for name in _CLIENT_FIELDS))
        if self._made is None or self._made[0] != said:
            api_key, base_url, timeout = said[:3]
            options: dict[str, Any] = {
                "api_key": api_key,
                "base_url": base_url,
                "timeout": timeout,
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


_CLIENT_FIELDS = (
    "stream_idle_timeout",
    "max_retries",
    "retry_after_limit",
    "default_headers",
    "proxy",
    "http_client",
    "http_async_client",
)
