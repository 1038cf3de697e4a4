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
