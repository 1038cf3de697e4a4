"""The chat model: makes a call of messages and options, and returns its answer."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import reduce
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from _pollinations.chat import completions
from _pollinations.chat.messages import Policy
from _pollinations.chat.options import extra_fields
from _pollinations.chat.options import tool_choice as to_wire_choice
from _pollinations.chat.tokens import count, count_messages
from _pollinations.chat_calls import (
    fallback,
    is_escalated,
    overridden,
    pieces,
    whole,
    without_unsent,
)
from _pollinations.connection import Connection
from _pollinations.fields import CALL_OPTIONS, ChatFields
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.models.fallback import ChatFallback, StepT
from _pollinations.models.methods import METHODS, TEXT, with_words
from langchain_pollinations import translator
from langchain_pollinations.chunks import PROVIDER
from langchain_pollinations.connection import field_names
from langchain_pollinations.errors import as_langchain_errors
from langchain_pollinations.fields import ChatPollinationsFields
from langchain_pollinations.profiles import profile_of
from langchain_pollinations.results import chunk_of, result_of
from langchain_pollinations.to_wire import to_wire
from langchain_pollinations.tools import ToolLike, to_wire_tools

if TYPE_CHECKING:
    from _pollinations.models.catalog import Snapshot
    from langchain_pollinations.structured_output import StructuredMethod

translator.install()

_CALL_OPTIONS = CALL_OPTIONS | {"model_name"}
_IDENTIFYING = (
    *("model_name", "pollinations_api_base", "chat_path", "echo_reasoning", "tool_media"),
    *("extra_body", "fallback_models", "require", "escalate_to"),
)
_NOT_SENT = frozenset({"stream", "ls_structured_output_format", "run_manager"})


class ChatPollinations(ChatPollinationsFields):
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
        (the provider's id), `finish_reason`, `headers`, citations and all other fields that came.

    Only what you set is sent. An identical request is answered from the gateway's cache for ever:
    `seed="random"` draws a new seed for each call and reports it in `response_metadata["seed"]`.

    The constructor opens no connection. Threads and event loops may share an instance; it can be
    pickled and copied.

    See POST /v1/chat/completions on https://gen.pollinations.ai/docs.
    """

    @property
    def _llm_type(self) -> str:
        return "pollinations-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Everything that shapes an answer, as tracers show it."""
        return {name: getattr(self, name) for name in _IDENTIFYING} | self._own_options()

    def _call(
        self,
        connection: Connection,
        make: Callable[[ChatFields, Mapping[str, Any]], StepT],
        messages: Sequence[BaseMessage],
        stop: list[str] | None,
        kwargs: Mapping[str, Any],
        *,
        known: "Snapshot | None",
    ) -> ChatFallback[StepT]:
        """Make one call: the models that are tried, in their order, and the body for each."""
        overrides = without_unsent(kwargs, _NOT_SENT)
        methods = overrides.pop(METHODS, TEXT)
        owner, constructor = "A call of ChatPollinations", field_names(type(self))
        refuse_unknown(overrides, _CALL_OPTIONS, owner=owner, constructor=constructor)
        extra = extra_fields(self.extra_body, overrides.pop("extra_body", None))
        model = self._model_of(overrides)
        overrides = {k: v for k, v in overrides.items() if k not in {"model", "model_name"}}
        options = overridden(self._own_options(), overrides)
        if stop is not None:
            options["stop"] = stop
        if isinstance(options.get("response_format"), type):
            options["response_format"] = _json_format(options["response_format"], None)
        if overrides.get("tools") is not None and self.builtin_tools:
            own = self._own_options()["tools"]
            options["tools"] = [*to_wire_tools(overrides["tools"], strict=None), *own]
        wire = to_wire(messages)
        policy = Policy(self.echo_reasoning, self.tool_media)

        def body(name: str, method: Mapping[str, Any]) -> dict[str, Any]:
            parameters = {"model": name, **options, **method}
            prompt = with_words(wire, parameters.pop("words", None))
            return {**completions.body(prompt, parameters, policy=policy), **extra}

        escalated = is_escalated(
            self, messages, lambda: self.get_num_tokens_from_messages(messages)
        )
        return fallback(
            self, connection, make, model, body, known=known, escalated=escalated, methods=methods
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._calling(run_manager) as connection:
            known = connection.known(self._model_of(kwargs))
            call = self._call(connection, whole, messages, stop, kwargs, known=known)
            return result_of(connection.client.send(call), call)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._calling(run_manager) as connection:
            known = await connection.aknown(self._model_of(kwargs))
            call = self._call(connection, whole, messages, stop, kwargs, known=known)
            return result_of(await connection.async_client.send(call), call)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with self._calling(run_manager) as connection:
            known = connection.known(self._model_of(kwargs))
            call = self._call(connection, pieces, messages, stop, kwargs, known=known)
            for delta in connection.client.stream(call):
                chunk = chunk_of(delta, call)
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
        with self._calling(run_manager) as connection:
            known = await connection.aknown(self._model_of(kwargs))
            call = self._call(connection, pieces, messages, stop, kwargs, known=known)
            async with aclosing(connection.async_client.stream(call)) as deltas:
                async for delta in deltas:
                    chunk = chunk_of(delta, call)
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    def _model_of(self, kwargs: Mapping[str, Any]) -> str:
        return str(kwargs.get("model_name") or kwargs.get("model") or self.model_name)

    @as_langchain_errors()
    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool | str] | str,
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
                built-in tools by name (`"google_search"`). A name that providers refuse is
                replaced in the request and restored in the answer. An empty list is sent as such:
                it switches off the tools that Gemini has by default. On Gemini, your own tools
                replace its default ones.
            tool_choice: auto, none, required (also any or True), a tool's name, or an object.
            strict: Whether arguments must follow the schema.
            parallel_tool_calls: Whether one turn may call several tools.
            response_format: A JSON format for the final answer, or a schema for one.
            **kwargs: Further options of the call.

        Returns:
            A runnable like this model.

        Raises:
            InvalidInputError: Something is not a tool, or `tool_choice` names none of them.
        """
        wire_tools = to_wire_tools(tools, strict=strict)
        choice = None if tool_choice is None else to_wire_choice(tool_choice, wire_tools)
        options = {
            "tool_choice": choice if wire_tools else None,
            "parallel_tool_calls": parallel_tool_calls,
            "response_format": _json_format(response_format, strict),
        }
        options = {name: value for name, value in options.items() if value is not None}
        return self.bind(tools=wire_tools, **options, **kwargs)

    @as_langchain_errors()
    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: "StructuredMethod" = "auto",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[ToolLike] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Make a runnable that returns data instead of text.

        Args:
            schema: A pydantic class (answers are instances of it), or a TypedDict or a JSON schema
                with a title (answers are dicts). It may be left out for json_mode only.
            method: `function_calling` forces a tool call; `json_schema` asks for the schema
                itself; `json_mode` asks for any JSON, so say in the prompt which. `auto` is
                `function_calling`; for a model that refuses it, `json_schema`, else the schema in
                the prompt. The instance remembers which one a model takes.
            include_raw: Whether to return `{"raw", "parsed", "parsing_error"}`.
            strict: Whether the answer must follow the schema exactly.
            tools: Further tools that the model may call before it answers (json_schema only).
            **kwargs: Further options of the call.

        Returns:
            A runnable with data as its output: the last JSON value that validates, in the tool call
            or the text; reasoning is not searched. Unless `include_raw`, it raises
            `OutputParserException`, which holds what the model wrote, or pydantic's
            `ValidationError`. With `escalate_to`, a larger model is tried before that.

        Raises:
            InvalidInputError: The schema or the method is invalid.
        """
        from langchain_pollinations.structured_output import (  # noqa: PLC0415 - see _json_format
            structured_output,
        )

        return structured_output(
            self,
            schema,
            method=method,
            include_raw=include_raw,
            strict=strict,
            tools=tools,
            larger=self.escalate_to,
            **kwargs,
        )

    def get_num_tokens(self, text: str) -> int:
        """Estimate the tokens of a text, without a request: one per four characters."""
        return count(text)

    @as_langchain_errors()
    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], tools: Sequence[ToolLike] | None = None
    ) -> int:
        """Estimate the tokens of messages and tools, without a request.

        Args:
            messages: Pictures, sounds, videos and files count as constants.
            tools: As for `bind_tools`.

        Returns:
            Tokens, approximately.
        """
        return count_messages(
            to_wire(messages),
            to_wire_tools(tools or (), strict=None),
            with_reasoning=self.echo_reasoning != "never",
        )

    def _resolve_model_profile(self) -> ModelProfile | None:
        return profile_of(self.model_name)

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        # LangChain puts the call's stop, None too, in place of the model's own.
        own = [self.stop] if isinstance(self.stop, str) else self.stop
        shown = {name: value for name, value in kwargs.items() if name != METHODS}
        return super()._get_invocation_params(stop or own, **shown)

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        options = {**self._own_options(), **kwargs}
        stops = stop or options.get("stop")
        params = super()._get_ls_params(
            [stops] if isinstance(stops, str) else stops,
            model=options.get("model"),
            temperature=options.get("temperature"),
            max_tokens=options.get("max_tokens") or options.get("max_completion_tokens"),
        )
        params["ls_provider"] = PROVIDER
        return params

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        usages = [output.get("token_usage") or {} for output in llm_outputs if output]
        return (
            {"token_usage": reduce(_added, usages), "model_name": self.model_name} if usages else {}
        )


def _json_format(
    schema: dict[str, Any] | type | None, strict: bool | None
) -> dict[str, Any] | None:
    if schema is None:
        return None
    # The parsers of langchain-core take their time to import, and most programs need none.
    from langchain_pollinations.structured_output import json_format  # noqa: PLC0415

    return json_format(schema, strict=strict)


def _added(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Sum counts by name, details included."""
    total = dict(left)
    for name, value in right.items():
        if isinstance(value, dict):
            total[name] = _added(total.get(name) or {}, value)
        elif isinstance(value, int | float):
            total[name] = (total.get(name) or 0) + value
    return total
