"""The options that both adapters have, by the same names: fields, and nothing that a call does."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    SecretStr,
)
from pydantic_core import core_schema

from _pollinations.chat.messages import EchoReasoning, ToolMedia
from _pollinations.chat.options import Options
from _pollinations.http.settings import SizeLimits
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.limits.rate_limiter import RateLimiter
from _pollinations.models.budget import PollenBudget
from _pollinations.models.requirements import Requirements

if TYPE_CHECKING:
    from _pollinations.models.catalog import Catalog
else:  # it brings sqlite3, which most programs do not need
    Catalog = Any

WIRE_FIELDS = frozenset(Options.__annotations__) - {"model", "stream", "cache_control"}
"""Options of a call, by the names that the wire and the fields share."""
CALL_OPTIONS = WIRE_FIELDS | {"model", "extra_body"}
"""The options of a call, in both frameworks."""


def _secret(key: str | SecretStr | None) -> SecretStr | None:
    return SecretStr(key) if isinstance(key, str) else key


def _as_list(names: object) -> object:
    return [names] if isinstance(names, str) else names


ModelNames = Annotated[list[str], BeforeValidator(_as_list)]
"""Names of models; a single one may be written without a list."""
ApiKey = Annotated[str | SecretStr | None, AfterValidator(_secret)]
"""A key as people write it; the field holds a `SecretStr`."""
UNCHECKED = GetPydanticSchema(lambda _source, _handler: core_schema.any_schema())
"""Marks a field whose type is for people and type checkers: any object may take its place."""


class ConnectionFields(BaseModel):
    """The options of the clients, which every public class has."""

    model_config = ConfigDict(defer_build=True)  # imports are quick; see `signatures`

    max_retries: int = 2
    """Further attempts after the first: on connection errors, 408, 409, 429 and those 5xx that are
    temporary; see `gateway.Retry`."""
    retry_after_limit: float = 60.0
    """The longest wait in seconds that the gateway may ask for; a longer one raises at once."""
    default_headers: dict[str, str] | None = Field(default=None, exclude=True, repr=False)
    """Sent with every request."""
    proxy: str | None = Field(default=None, exclude=True, repr=False)
    """Address of an HTTP proxy; None takes the environment's."""
    http_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.Client` of your own, or one with its API; it is neither closed nor pickled."""
    http_async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.AsyncClient` of your own, or one with its API; it is neither closed nor pickled."""
    rate_limiter: Annotated[RateLimiter | None, UNCHECKED] = Field(
        default=None, exclude=True, repr=False
    )
    """A `RateLimiter`, which several objects may share; each attempt waits for its turn."""
    budget: Annotated[PollenBudget | None, UNCHECKED] = Field(
        default=None, exclude=True, repr=False
    )
    """A `PollenBudget`, which several may share: an attempt that would pass it is not sent. An
    object with a budget cannot be pickled, since the budget counts in one process."""

    size_limits: SizeLimits | None = Field(default=None, exclude=True, repr=False)
    """The largest answer, event, error and headers, in bytes; None is `gateway.SizeLimits()`."""


class ChatFields(ConnectionFields):
    """The options of a chat model; None is not sent."""

    temperature: float | None = None
    """0 to 2; gpt-5 and o-models always use 1."""
    top_p: float | None = None
    """0 to 1."""
    top_k: int | None = None
    """How many of the likeliest tokens to choose from, for models that read it."""
    min_p: float | None = None
    """0 to 1: the least likely token, as a share of the likeliest, for models that read it."""
    max_tokens: int | None = None
    """The longest answer, in tokens."""
    max_completion_tokens: int | None = None
    """The same under its newer name; set one of them. Claude and Nova get it as `max_tokens`."""
    stop: list[str] | str | None = None
    """At most four strings that end the answer."""
    seed: int | Literal["random"] | None = None
    """0 to 2147483647; "random" draws one for each call; with -1 the gateway does, uncached."""
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
    """none, minimal, low, medium, high, xhigh or another word that the gateway knows."""
    reasoning: dict[str, Any] | None = None
    """`{"effort": "high"}` or `{"max_tokens": 2000}`, for providers that read this form."""
    include_reasoning: bool | None = None
    """Whether the answer holds the reasoning."""
    verbosity: str | None = None
    """How long answers are: low, medium or high; for models of OpenAI."""
    thinking: dict[str, Any] | None = None
    """Not read any more: the gateway has dropped it since August 2026; use `reasoning_effort`."""
    thinking_budget: int | None = None
    """Not read any more: the gateway has dropped it since August 2026; use `reasoning_effort`."""
    modalities: list[str] | None = None
    """`["text", "audio"]` to let openai-audio speak."""
    audio: dict[str, Any] | None = None
    """`{"voice": "alloy", "format": "wav"}`; streams need pcm16."""
    response_format: dict[str, Any] | None = None
    """A JSON format for every answer; structured output sets it for a call."""
    structured_outputs: bool | None = None
    """Whether a provider must follow the JSON schema, for those that read it."""
    prediction: dict[str, Any] | None = None
    """`{"type": "content", "content": "..."}`: text that the answer will mostly repeat."""
    parallel_tool_calls: bool | None = None
    """Whether one turn may call several tools."""
    safe: str | bool | None = None
    """Safety filters, separated by commas: privacy, secrets, sexual, violence, shield, nsfw (sexual
    and violence); True is privacy and secrets."""
    web_search_options: dict[str, Any] | None = None
    """For Perplexity: `{"search_context_size": "low"}`."""
    search_domain_filter: list[str] | None = None
    """For Perplexity: domains to search in; with "-" before it, one to leave out."""
    search_recency_filter: str | None = None
    """For Perplexity: how old pages may be: hour, day, week, month or year."""
    prompt_cache_options: dict[str, Any] | None = None
    """`{"mode": "explicit"}` caches prompts only at parts with a `prompt_cache_breakpoint`."""
    functions: list[dict[str, Any]] | None = None
    """Ignored by the gateway, which reports no error; bind tools instead."""
    function_call: str | dict[str, Any] | None = None
    """Ignored by the gateway, which reports no error; bind tools instead."""
    builtin_tools: list[str] | None = None
    """Tools that run at the provider, such as `google_search`; Gemini knows six."""

    chat_path: str | None = None
    """None means /v1/chat/completions; `/openai` is the deprecated path."""
    stream_usage: bool = True
    """Whether streams end with token counts."""
    stream_options: dict[str, Any] | None = None
    """Sent as they are; `stream_usage` is the usual way."""
    echo_reasoning: EchoReasoning = "tool_calls"
    """On which past turns reasoning goes back: those with tool calls, "always" or "never"."""
    tool_media: ToolMedia = "user_message"
    """Where pictures in tool results go: "user_message" moves them into a user message behind the
    results, "inline" leaves them, "drop" leaves them out."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the body last and unchecked, for options that are newer than this package."""

    fallback_models: ModelNames = Field(default_factory=list)
    """Models to try next when a model is unknown, not allowed, overloaded or broken."""
    require: Requirements | None = None
    """For the model "auto": what it must be able to do, such as `{"tools": True}`."""
    escalate_to: str | None = None
    """A larger model, for what `escalate_when` selects and for data that does not validate."""
    escalate_when: int | Callable[[Any], bool] | None = Field(
        default=None, exclude=True, repr=False
    )
    """With more tokens than this, or if this function of the messages is true, `escalate_to` is
    tried first."""
    catalog: Catalog | bool | None = Field(default=None, exclude=True, repr=False)
    """A `gateway.Catalog`, or True for one in your cache folder: answers then have their cost."""
    circuit_breaker: Annotated[CircuitBreaker | None, UNCHECKED] = Field(
        default=None, exclude=True, repr=False
    )
    """A `gateway.CircuitBreaker`: how many failures in a row move a model behind the others."""

    stream_idle_timeout: float | None = None
    """Seconds between two events of a stream (120, or `timeout` if that is less). While
    bytes arrive that complete no event, it waits up to four times that."""


class EmbeddingFields(ConnectionFields):
    """The options of embeddings."""

    dimensions: int | None = None
    """Numbers in a vector, 128 to 4096, for models that can shorten it."""
    task_type: str | None = None
    """Such as `CLUSTERING`; with `RETRIEVAL_DOCUMENT`, questions are embedded as
    `RETRIEVAL_QUERY`."""
    input_type: str | None = None
    """For Cohere; with `document`, questions are embedded as `query`."""
    encoding_format: str | None = None
    """`float` or `base64`, which is shorter on the wire."""
    max_concurrency: int = Field(default=8, ge=1)
    """Requests that may be under way at once, for one list of texts."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the body last and unchecked, for options that are newer than this package."""
