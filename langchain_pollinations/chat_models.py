"""The chat model: fields in, a call out, an answer back; everything it knows stands elsewhere."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal, Self

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils import from_env, secret_from_env
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from _pollinations import __version__, completions
from _pollinations.answer import Delta, Reply
from _pollinations.call import Call, Stream
from _pollinations.client import AsyncClient, Client
from _pollinations.conversation import EchoReasoning, Policy, ToolMedia
from _pollinations.misspelt import refuse_unknown
from _pollinations.options import Options
from _pollinations.options import tool_choice as chosen
from _pollinations.retry import Retry
from langchain_pollinations import translator
from langchain_pollinations.chunks import generation
from langchain_pollinations.errors import as_langchain_errors
from langchain_pollinations.messages import from_delta, from_reply, to_wire
from langchain_pollinations.profiles import profile_of
from langchain_pollinations.structured import StructuredMethod, json_format, structured
from langchain_pollinations.tokens import count, count_messages
from langchain_pollinations.tools import ToolLike, to_wire_tools

translator.install()

_WIRE_FIELDS = frozenset(Options.__annotations__) - {"model", "stream", "cache_control"}
_ALSO_KNOWN_AS = {
    "model_id": "model_name",
    "pollinations_api_key": "pollinations_api_key",
    "api_key": "pollinations_api_key",
    "base_url": "pollinations_api_base",
    "api_base": "pollinations_api_base",
    "timeout": "request_timeout",
    "stop_sequences": "stop",
}
_PER_CALL = frozenset({"model", "model_name", "extra_body", "strict"})
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
_NOT_SENT = frozenset({"stream", "ls_structured_output_format", "run_manager"})


class ChatPollinations(BaseChatModel):
    """Chat with the text models of gen.pollinations.ai.

    Setup:
        Install `pollinations-adapters[langchain]` and set `POLLINATIONS_API_KEY`. Without a key,
        `pollinations-sandbox run -- python your_script.py` plays the gateway on your machine.

    Instantiate:
        >>> model = ChatPollinations(model="openai", temperature=0.2, seed="random")

    Invoke:
        >>> model.invoke("Why is the sky blue?").text  # doctest: +SKIP

    Stream:
        >>> for chunk in model.stream("Why is the sky blue?"):  # doctest: +SKIP
        ...     print(chunk.text, end="")

    Reasoning:
        It is in `additional_kwargs["reasoning_content"]` and in `content_blocks`.

    Tools:
        >>> model.bind_tools([add, "google_search"], tool_choice="any")  # doctest: +SKIP

    Structured output:
        >>> model.with_structured_output(Joke)  # doctest: +SKIP

    Pictures, sound, video and files:
        >>> model.invoke(
        ...     [
        ...         HumanMessage(
        ...             [
        ...                 {"type": "text", "text": "What is this?"},
        ...                 {"type": "image", "url": "https://example.com/cat.png"},
        ...             ]
        ...         )
        ...     ]
        ... )  # doctest: +SKIP

    Usage and metadata:
        `usage_metadata` counts tokens; `response_metadata` holds `model_name` (asked for), `model`
        (the provider's id), `finish_reason`, `headers`, citations, filters and whatever else came.

    Only what you set is sent. An identical request is answered from the gateway's cache for ever:
    `seed="random"` draws a new seed for each call and reports it in `response_metadata["seed"]`.

    Making a model opens nothing. It may be shared by threads and event loops, pickled and copied.
    See POST /v1/chat/completions on https://gen.pollinations.ai/docs.
    """

    model_config = ConfigDict(populate_by_name=True, protected_namespaces=())

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

    @model_validator(mode="before")
    @classmethod
    def _name_fields(cls, values: Any) -> Any:
        """Take the usual other names, and refuse names that nobody knows."""
        if not isinstance(values, dict):
            return values
        aliases = {field.alias for field in cls.model_fields.values() if field.alias}
        known = {*cls.model_fields, *aliases, *_ALSO_KNOWN_AS}
        with as_langchain_errors():
            refuse_unknown(values, known, owner=cls.__name__)
        named = {_ALSO_KNOWN_AS.get(name, name): value for name, value in values.items()}
        return {name: value for name, value in named.items() if value is not None}

    @model_validator(mode="after")
    def _check_settings(self) -> Self:
        """Refuse a key or an address that cannot be one, before anything is sent."""
        with as_langchain_errors():
            refuse_unknown(self.model_kwargs, _WIRE_FIELDS, owner="model_kwargs")
            self._clients()
        self._add_version("pollinations-adapters", __version__)
        return self

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

    @property
    def _llm_type(self) -> str:
        return "pollinations-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Everything that shapes an answer: LangChain's cache keys on it."""
        return {
            "model_name": self.model_name,
            "base_url": self.pollinations_api_base,
            "chat_path": self.chat_path,
            "echo_reasoning": self.echo_reasoning,
            "tool_media": self.tool_media,
            "extra_body": self.extra_body,
            **self._own_options(),
        }

    def _own_options(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in _WIRE_FIELDS if name in _FIELDS}
        own["tools"] = [{"type": name} for name in self.builtin_tools or ()] or None
        return {name: value for name, value in own.items() if value is not None} | self.model_kwargs

    def _body(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The body of one call: the fields, then what the call says, then `extra_body`."""
        said = {name: value for name, value in given.items() if name not in _NOT_SENT}
        refuse_unknown(said, _WIRE_FIELDS | _PER_CALL, owner="A call of ChatPollinations")
        extra = {**self.extra_body, **(said.pop("extra_body", None) or {})}
        said.pop("strict", None)
        options = {
            "model": said.pop("model_name", None) or self.model_name,
            **self._own_options(),
            **said,
        }
        if stop is not None:
            options["stop"] = stop
        if said.get("tools") is not None and self.builtin_tools:
            options["tools"] = [*said["tools"], *self._own_options()["tools"]]
        policy = Policy(self.echo_reasoning, self.tool_media)
        return {**completions.body(to_wire(messages), options, policy=policy), **extra}

    def _whole(self, body: dict[str, Any]) -> Call[Reply]:
        return completions.complete(body, path=self.chat_path or completions.PATH)

    def _pieces(self, body: dict[str, Any]) -> Stream[Delta]:
        return completions.stream(
            body, include_usage=self.stream_usage, path=self.chat_path or completions.PATH
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        with as_langchain_errors():
            body = self._body(messages, stop, kwargs)
            return _result(self._clients()[0].send(self._whole(body)), body)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del run_manager
        with as_langchain_errors():
            body = self._body(messages, stop, kwargs)
            return _result(await self._clients()[1].send(self._whole(body)), body)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with as_langchain_errors():
            body = self._body(messages, stop, kwargs)
            for delta in self._clients()[0].stream(self._pieces(body)):
                chunk = generation(from_delta(delta, asked=body))
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with as_langchain_errors():
            body = self._body(messages, stop, kwargs)
            async with aclosing(self._clients()[1].stream(self._pieces(body))) as deltas:
                async for delta in deltas:
                    chunk = generation(from_delta(delta, asked=body))
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool | str],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        response_format: dict[str, Any] | type | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Let the model call tools.

        Args:
            tools: Functions, tools, pydantic classes, TypedDicts, JSON schemas, or the gateway's
                built-in tools by name (`"google_search"`). An empty list is sent as such: it
                switches off the tools that Gemini has by default. On Gemini, your own tools
                replace its default ones.
            tool_choice: auto, none, required (also any or True), a tool's name, or an object.
            strict: Whether arguments must follow the schema.
            parallel_tool_calls: Whether one turn may call several tools.
            response_format: A JSON format for the final answer, or a schema for one.
            **kwargs: Further options of the call.

        Returns:
            A runnable like this model.

        Raises:
            InvalidInputError: Something is no tool, or `tool_choice` names none of them.
        """
        with as_langchain_errors():
            made = to_wire_tools(tools, strict=strict)
            choice = None if tool_choice is None else chosen(tool_choice, made)
            given = {
                "tool_choice": choice if made else None,
                "parallel_tool_calls": parallel_tool_calls,
                "response_format": None
                if response_format is None
                else json_format(response_format, strict=strict),
            }
        said = {name: value for name, value in given.items() if value is not None}
        return self.bind(tools=made, **said, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: StructuredMethod = "function_calling",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[ToolLike] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Let the model answer with data instead of text.

        Args:
            schema: A pydantic class (answers are instances of it), or a TypedDict or a JSON schema
                with a title (answers are dicts). It may be left out for json_mode only.
            method: `function_calling` works with every model that has tools; `json_schema` asks
                for the schema itself; `json_mode` asks for any JSON, so say in the prompt which.
            include_raw: Whether to return `{"raw", "parsed", "parsing_error"}`.
            strict: Whether the answer must follow the schema to the letter.
            tools: Further tools that the model may call before it answers (json_schema only).
            **kwargs: Further options of the call.

        Returns:
            A runnable with data as its output.

        Raises:
            InvalidInputError: The schema or the method is none.
        """
        with as_langchain_errors():
            return structured(
                self,
                schema,
                method=method,
                include_raw=include_raw,
                strict=strict,
                tools=tools,
                **kwargs,
            )

    def get_num_tokens(self, text: str) -> int:
        """Estimate the tokens of a text, without a network: one per four characters."""
        return count(text)

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], tools: Sequence[ToolLike] | None = None
    ) -> int:
        """Estimate the tokens of messages and tools, without a network.

        Args:
            messages: Pictures, sounds, videos and files count as constants.
            tools: As for `bind_tools`.

        Returns:
            Tokens, approximately.
        """
        return count_messages(
            messages,
            to_wire_tools(tools or (), strict=None),
            with_reasoning=self.echo_reasoning != "never",
        )

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
        return {**state, "__dict__": fields, "__pydantic_private__": {"_made": None}}

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

    def _resolve_model_profile(self) -> ModelProfile | None:
        return profile_of(self.model_name)

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        said = {**self._own_options(), **kwargs}
        made = LangSmithParams(
            ls_provider="pollinations",
            ls_model_name=said.get("model") or self.model_name,
            ls_model_type="chat",
        )
        if said.get("temperature") is not None:
            made["ls_temperature"] = said["temperature"]
        limit = said.get("max_tokens") or said.get("max_completion_tokens")
        if limit is not None:
            made["ls_max_tokens"] = limit
        stops = stop or said.get("stop")
        if stops:
            made["ls_stop"] = [stops] if isinstance(stops, str) else list(stops)
        return made

    def _combine_llm_outputs(self, _llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        outputs = [output for output in _llm_outputs if output]
        usage: dict[str, Any] = {}
        for output in outputs:
            usage = _added(usage, output.get("token_usage") or {})
        return {"token_usage": usage, "model_name": self.model_name} if outputs else {}


_FIELDS = frozenset(ChatPollinations.model_fields)


def _result(reply: Reply, body: Mapping[str, Any]) -> ChatResult:
    message = from_reply(reply, asked=body)
    usage = message.response_metadata.get("token_usage", {})
    return ChatResult(
        generations=[ChatGeneration(message=message)],
        llm_output={"token_usage": usage, "model_name": body.get("model")},
    )


def _added(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Sum counts by name, details included."""
    total = dict(left)
    for name, value in right.items():
        if isinstance(value, dict):
            total[name] = _added(total.get(name) or {}, value)
        elif isinstance(value, int | float):
            total[name] = (total.get(name) or 0) + value
    return total
