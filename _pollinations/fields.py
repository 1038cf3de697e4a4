"""The options of a chat model, in both adapters by the same names, with the same defaults."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import Field, PrivateAttr, field_serializer

from _pollinations.chat import completions
from _pollinations.chat.messages import EchoReasoning, ToolMedia
from _pollinations.chat.options import Options
from _pollinations.chat.reply import Delta, Reply
from _pollinations.connection import UNCHECKED, ClientFields
from _pollinations.http.call import Call, Stream
from _pollinations.http.errors import InvalidInputError, PollinationsError
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.models.fallback import ChatFallback, StepT
from _pollinations.models.methods import TEXT, Methods, takes_tools
from _pollinations.models.requirements import Requirements

if TYPE_CHECKING:
    from _pollinations.models.catalog import Model
    from _pollinations.models.discovery import Catalog, Snapshot
else:  # it brings sqlite3, which most programs do not need
    Catalog = Any

AUTO = "auto"
"""The model's name that stands for the best one there is."""
WIRE_FIELDS = frozenset(Options.__annotations__) - {"model", "stream", "cache_control"}
"""Options of a call, by the names that the wire and the fields share."""
CALL_OPTIONS = WIRE_FIELDS | {"model", "extra_body"}
"""The options of a call, in both frameworks."""
_MAX_TOKENS = frozenset({"max_tokens", "max_completion_tokens"})


class ChatFields(ClientFields):
    """The fields that a chat model has whatever framework it is of; None is not sent."""

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
    """`{"type": "content", "content": "..."}`: text that much of the answer will repeat."""
    parallel_tool_calls: bool | None = None
    """Whether one turn may call several tools."""
    safe: str | bool | None = None
    """Which safety filters to apply."""
    web_search_options: dict[str, Any] | None = None
    """For Perplexity: `{"search_context_size": "low"}`."""
    search_domain_filter: list[str] | None = None
    """For Perplexity: domains to search in; with "-" before it, one to leave out."""
    search_recency_filter: str | None = None
    """For Perplexity: how old pages may be: hour, day, week, month or year."""
    prompt_cache_options: dict[str, Any] | None = None
    """`{"mode": "explicit"}` caches prompts at parts with a `prompt_cache_breakpoint` alone."""
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

    fallback_models: list[str] = Field(default_factory=list)
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
    """Seconds between two events of a stream (120, or `timeout` if that is less). Bytes that
    complete no event extend the wait to four times that at most."""

    _own_catalog: Any = PrivateAttr(default=None)
    _own_circuit_breaker: CircuitBreaker | None = PrivateAttr(default=None)
    _accepted_methods: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_serializer("require")
    def _stored(self, require: Requirements | None) -> dict[str, Any] | None:
        # JSON, in which models are stored, has no sets.
        return (
            None
            if require is None
            else {
                name: sorted(value) if isinstance(value, AbstractSet) else value
                for name, value in require.items()
            }
        )

    def _check_requirements(self, model: str) -> None:
        """Refuse requirements that would have no effect.

        Raises:
            InvalidInputError: A name is unknown, or the model is named and not "auto".
        """
        refuse_unknown(self.require or (), Requirements.__annotations__, owner="require")
        if self.require is not None and model != AUTO:
            raise InvalidInputError(
                f'require selects a model where model="auto" is set; this one is {model!r}. Leave '
                "require out, or the model."
            )

    def _client_options(self) -> dict[str, Any]:
        return {**super()._client_options(), "idle_timeout": self.stream_idle_timeout}

    def _catalog(self, model: str) -> "Catalog | None":
        """Where models and prices are looked up; None looks nothing up."""
        if self.catalog not in (None, True, False):
            if not hasattr(self.catalog, "amodels"):
                raise InvalidInputError(f"catalog is a Catalog or True, not {self.catalog!r:.80}.")
            return cast("Catalog", self.catalog)
        if not self.catalog and model != AUTO:
            return None
        from _pollinations.models.discovery import Catalog  # noqa: PLC0415 - brings sqlite3, rarely

        client, async_client = self._clients()
        if self._own_catalog is None or self._own_catalog.client is not client:
            self._own_catalog = Catalog(client, async_client=async_client)
        return cast("Catalog", self._own_catalog)

    def _known(self, model: str) -> "Snapshot | None":
        """The models and prices; None if they are not needed or cannot be read."""
        catalog = self._catalog(model)
        try:
            return catalog.snapshot() if catalog else None
        except PollinationsError:
            return None

    async def _aknown(self, model: str) -> "Snapshot | None":
        catalog = self._catalog(model)
        try:
            return await catalog.asnapshot() if catalog else None
        except PollinationsError:
            return None

    def _selected(self, known: "Snapshot | None") -> tuple[str, ...]:
        """The models that "auto" stands for."""
        from _pollinations.models.selection import TEXT_ORDER, names_for  # noqa: PLC0415 - as above

        if known is None:
            return TEXT_ORDER
        if not self.require:
            return known.chosen["text"]
        return names_for(known.models, self.require)

    def _fallback(
        self,
        model: str,
        bodies: Callable[[str, Mapping[str, Any]], Mapping[str, Any]],
        make: Callable[[Mapping[str, Any]], StepT],
        known: "Snapshot | None",
        *,
        escalated: bool,
        methods: Mapping[str, Mapping[str, Any]] = TEXT,
    ) -> ChatFallback[StepT]:
        """Decide which models are tried in which order, and by which methods."""
        names = [model]
        if model == AUTO:
            names = [*self._selected(known)]
            if not names:
                raise InvalidInputError(f"No model of the gateway fulfils require={self.require}.")
        if escalated and self.escalate_to:
            names.insert(0, self.escalate_to)
        names = [*dict.fromkeys([*names, *self.fallback_models])]
        breaker = None
        if len(names) > 1:
            breaker = self._own_circuit_breaker or self.circuit_breaker or CircuitBreaker()
            self._own_circuit_breaker = breaker
        models = known.models if known else ()
        return ChatFallback(
            names,
            Methods(
                methods,
                bodies,
                self._accepted_methods,
                lambda name: self._takes_tools(name, models),
            ),
            make,
            known=models,
            circuit_breaker=breaker,
            catalog=self._catalog(AUTO) if model == AUTO else None,
            select=self._selected,
        )

    def _whole(self, body: Mapping[str, Any]) -> Call[Reply]:
        return completions.complete(body, path=self.chat_path or completions.PATH)

    def _pieces(self, body: Mapping[str, Any]) -> Stream[Delta]:
        return completions.stream(
            body, include_usage=self.stream_usage, path=self.chat_path or completions.PATH
        )

    def _takes_tools(self, model: str, models: "Sequence[Model]") -> bool:
        """Whether a model can be forced to call a tool."""
        return takes_tools(model, models)

    def _escalated(self, messages: Any, tokens: Callable[[Any], int]) -> bool:  # noqa: ANN401 - each framework has its own
        """Whether the messages are a case for the larger model."""
        when = self.escalate_when
        if when is None or self.escalate_to is None:
            return False
        return when(messages) if callable(when) else tokens(messages) > when


def overridden(fields: Mapping[str, Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the options of a call into the fields; `max_tokens` is one option with two names.

    Example:
        >>> overridden({"max_completion_tokens": 500, "seed": 1}, {"max_tokens": 20})
        {'seed': 1, 'max_tokens': 20}
    """
    renamed = any(kwargs.get(name) is not None for name in _MAX_TOKENS)
    others = {k: v for k, v in fields.items() if not (renamed and k in _MAX_TOKENS)}
    return {**others, **kwargs}


def without_unsent(kwargs: Mapping[str, Any], unsent: AbstractSet[str]) -> dict[str, Any]:
    """Leave out what frameworks pass to every model and the gateway does not need.

    Args:
        kwargs: The options of a call.
        unsent: Names that are never sent.

    Example:
        >>> without_unsent({"n": 1, "seed": 3, "extra_headers": {}}, {"extra_headers"})
        {'seed': 3}
    """
    return {
        name: value
        for name, value in kwargs.items()
        if name not in unsent and not (name == "n" and (value is None or value == 1))
    }
