"""The language model of LlamaIndex on the gateway: eight methods, sync and async."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.generic_utils import prompt_to_messages
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.constants import DEFAULT_NUM_OUTPUTS
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.llm import ToolSelection
from pydantic import Field

from _pollinations.chat import completions
from _pollinations.chat.messages import Policy
from _pollinations.chat.options import extra_fields
from _pollinations.chat.providers import family_of
from _pollinations.chat.tokens import count_messages
from _pollinations.chat_calls import (
    check_requirements,
    fallback,
    is_escalated,
    overridden,
    pieces,
    whole,
    without_unsent,
)
from _pollinations.connection import Connection
from _pollinations.fields import CALL_OPTIONS, WIRE_FIELDS, ChatFields
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.models.fallback import ChatFallback, StepT
from _pollinations.models.known_models import known_model
from _pollinations.models.methods import METHODS, TEXT, takes_tools, with_words
from llama_index_pollinations.budget import budgets_of
from llama_index_pollinations.connection import Connected
from llama_index_pollinations.errors import StructuredOutputError
from llama_index_pollinations.from_wire import Answer, completion_of, completions_of
from llama_index_pollinations.results import piece_of, response_of
from llama_index_pollinations.streams import released
from llama_index_pollinations.structured_prediction import StructuredPrediction
from llama_index_pollinations.to_wire import to_wire
from llama_index_pollinations.tools import (
    ToolLike,
    calls_of,
    first_call_only,
    to_wire_tools,
)

if TYPE_CHECKING:
    from _pollinations.models.catalog import Snapshot
    from _pollinations.models.model import Model


CONTEXT_WINDOW = 128_000
"""Tokens that a model of unknown size is taken to read and write."""

_SENT = ("builtin_tools", *sorted(WIRE_FIELDS - {"tools", "tool_choice"}))
_CALL_OPTIONS = CALL_OPTIONS | {"builtin_tools", METHODS}
# DocumentContextExtractor passes headers of its own, which are for another provider.
_NOT_SENT = frozenset({"extra_headers"})
_ONLY_WITH_TOOLS = ("tool_choice", "parallel_tool_calls")


class Pollinations(Connected, StructuredPrediction):
    """The text models of gen.pollinations.ai for every query engine, chat engine and agent.

    Set `POLLINATIONS_API_KEY`, or pass `api_key`. Only what you set is sent. An identical request
    is answered from the gateway's cache for ever: `seed="random"` draws a new seed for each call.

    Making a model opens nothing. It may be shared by threads and event loops, pickled and copied.
    See POST /v1/chat/completions on https://gen.pollinations.ai/docs.

    Complete:
        >>> Pollinations(model="openai").complete("Why is the sky blue?").text  # doctest: +SKIP

    Everywhere:
        >>> from llama_index.core import Settings
        >>> Settings.llm = Pollinations(model="gemini", temperature=0.2)

    Stream:
        >>> for answer in Settings.llm.stream_chat([ChatMessage("Hi")]):  # doctest: +SKIP
        ...     print(answer.delta, end="")

    Reasoning:
        It is a `ThinkingBlock` of the message; streams have what is new of it in
        `additional_kwargs["thinking_delta"]`.

    Usage and metadata:
        `raw` is what the gateway sent; `additional_kwargs` holds token counts, `model_name` (asked
        for), `model` (the provider's id), `finish_reason`, `headers`, filters and what else came.
        Agents pass on only `raw`, so `model_name`, `fallbacks` and `cost` (pollen) are there too.

    Another model:
        >>> Pollinations(model="gemini", fallback_models=["openai"])  # doctest: +SKIP
        >>> Pollinations(model="auto", require={"vision": True})  # doctest: +SKIP
        >>> Pollinations(model="openai-fast", escalate_to="gemini-large")  # doctest: +SKIP

        "auto" is decided at the first call. `additional_kwargs["fallbacks"]` tells which models
        failed and why. A stream of objects that is escalated begins anew.

    `system_prompt` is used by `predict`, `stream` and structured output, as in LlamaIndex.
    """

    model: str = "openai"
    """The gateway's name for a model, such as `openai`, `gemini` or `claude`."""

    chat_path: str | None = Field(default_factory=lambda: os.environ.get("POLLINATIONS_CHAT_PATH"))
    additional_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further documented fields, as if they were set here."""
    context_window: int | None = None
    """Tokens that the model reads and writes; None looks it up, else takes 128,000."""
    is_function_calling_model: bool | None = None
    """Whether the model calls tools; None looks it up, else assumes it."""

    def _check(self) -> None:
        super()._check()
        refuse_unknown(self.additional_kwargs, _CALL_OPTIONS, owner="additional_kwargs")
        check_requirements(self.require, self.model)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that stored models are known by."""
        return "Pollinations_LLM"

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex reads before each call; it takes no request."""
        known = known_model(self.model)
        window = self.context_window or (known and known.context) or CONTEXT_WINDOW
        return LLMMetadata(
            context_window=window,
            num_output=self._num_output(window),
            is_chat_model=True,
            is_function_calling_model=self._calls_tools(self.model, ()),
            model_name=self.model,
        )

    def to_payload(self) -> dict[str, Any]:
        """Return what events and tracers record of a call, without the key and headers."""
        return {
            "class_name": self.class_name(),
            **self.metadata.model_dump(),
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "max_completion_tokens": self.max_completion_tokens,
            "fallback_models": self.fallback_models,
            "require": self.require,
            "escalate_to": self.escalate_to,
            "base_url": self._connect().client.settings.base_url,
        }

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Send a conversation and return the answer.

        Args:
            messages: The conversation; it is not changed.
            **kwargs: Options of this call, by the names of the fields or of the API.

        Returns:
            The answer.

        Raises:
            InvalidInputError: An option is unknown, or a message cannot be sent.
            PollinationsError: Any other failure; see `llama_index_pollinations.errors`.
        """
        return self._chat(messages, kwargs)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Send a conversation and return the answer in pieces; see `chat`.

        Returns:
            Responses that each hold the message so far; `delta` is what is new. The last one has
            usage and metadata.
        """
        return released(self._stream_chat(messages, kwargs))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Send one user message and return the answer; see `chat`."""
        del formatted
        return completion_of(self._chat(prompt_to_messages(prompt), kwargs))

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Send one user message and return the answer in pieces; see `stream_chat`."""
        del formatted
        return released(
            completion_of(response)
            for response in self._stream_chat(prompt_to_messages(prompt), kwargs)
        )

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Send a conversation and return the answer; see `chat`."""
        return await self._achat(messages, kwargs)

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Send a conversation and return the answer in pieces; see `stream_chat`."""
        return released(self._astream_chat(messages, kwargs))

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Send one user message and return the answer; see `chat`."""
        del formatted
        return completion_of(await self._achat(prompt_to_messages(prompt), kwargs))

    @llm_completion_callback()
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Send one user message and return the answer in pieces; see `stream_chat`."""
        del formatted
        responses = self._astream_chat(prompt_to_messages(prompt), kwargs)
        return released(completions_of(responses))

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Read the tool calls of a response, whole or of a stream that goes on.

        Args:
            response: The response.
            error_on_no_tool_call: Whether an answer without calls is an error.
            **kwargs: Not used.

        Returns:
            The calls in order.

        Raises:
            StructuredOutputError: There is no call, or its arguments are not a JSON object. Agents,
                which pass `error_on_no_tool_call=False`, get a call that fails instead, unless
                the arguments were cut off.
        """
        del kwargs
        calls = calls_of(response, must_read=error_on_no_tool_call)
        if not calls and error_on_no_tool_call:
            text = response.message.content or ""
            raise StructuredOutputError(f"{self.model} called no tool.", text=text)
        return calls

    def _prepare_chat_with_tools(  # noqa: PLR0917 - LlamaIndex's signature
        self,
        tools: Sequence[ToolLike] | str,
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | dict[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        del verbose
        messages = list(chat_history or ())
        if user_msg is not None:
            message = ChatMessage(user_msg) if isinstance(user_msg, str) else user_msg
            messages.append(message)
        wire_tools = to_wire_tools(tools, strict=self.strict if strict is None else strict)
        return {
            "messages": messages,
            "tools": wire_tools,
            "tool_choice": "required" if tool_required and tool_choice is None else tool_choice,
            "parallel_tool_calls": allow_parallel_tool_calls
            and self.parallel_tool_calls is not False,
            **kwargs,
        }

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[ToolLike],
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,
    ) -> ChatResponse:
        del tools, kwargs
        return response if allow_parallel_tool_calls else first_call_only(response)

    def _chat(self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]) -> ChatResponse:
        connection = self._connect().for_call(budgets_of(self.callback_manager))
        known = connection.known(self._model_of(kwargs))
        call = self._call(connection, whole, messages, kwargs, known=known)
        return response_of(connection.client.send(call), call)

    async def _achat(self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]) -> ChatResponse:
        connection = self._connect().for_call(budgets_of(self.callback_manager))
        known = await connection.aknown(self._model_of(kwargs))
        call = self._call(connection, whole, messages, kwargs, known=known)
        return response_of(await connection.async_client.send(call), call)

    def _stream_chat(
        self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]
    ) -> ChatResponseGen:
        connection = self._connect().for_call(budgets_of(self.callback_manager))
        known = connection.known(self._model_of(kwargs))
        call = self._call(connection, pieces, messages, kwargs, known=known)
        answer = Answer()
        for delta in connection.client.stream(call):
            yield piece_of(delta, call, answer)

    async def _astream_chat(
        self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]
    ) -> ChatResponseAsyncGen:
        connection = self._connect().for_call(budgets_of(self.callback_manager))
        known = await connection.aknown(self._model_of(kwargs))
        call = self._call(connection, pieces, messages, kwargs, known=known)
        answer = Answer()
        async with aclosing(connection.async_client.stream(call)) as deltas:
            async for delta in deltas:
                yield piece_of(delta, call, answer)

    def _call(
        self,
        connection: Connection,
        make: Callable[[ChatFields, Mapping[str, Any]], StepT],
        messages: Sequence[ChatMessage],
        kwargs: dict[str, Any],
        *,
        known: "Snapshot | None",
    ) -> ChatFallback[StepT]:
        """Make one call: which models are tried in which order, by which methods and bodies.

        A body has the fields, then the call's options, then the method's, then `extra_body`.
        """
        fields = self.__dict__  # quicker than attributes
        own = {name: fields[name] for name in _SENT if fields.get(name) is not None}
        unsent = without_unsent(kwargs, _NOT_SENT)
        overrides = {name: value for name, value in unsent.items() if value is not None}
        owner, constructor = "A call of Pollinations", type(self).model_fields
        refuse_unknown(overrides, _CALL_OPTIONS, owner=owner, constructor=constructor)
        options = overridden(own, {**self.additional_kwargs, **overrides})
        extra = extra_fields(self.extra_body, options.pop("extra_body", None))
        builtin = options.pop("builtin_tools", None) or ()
        methods = options.pop(METHODS, TEXT)
        wire = to_wire(messages)
        policy = Policy(self.echo_reasoning, self.tool_media)

        def body(model: str, method: Mapping[str, Any]) -> dict[str, Any]:
            parameters = {**options, **method, "model": model}
            prompt = with_words(wire, parameters.pop("words", None))
            tools = [*to_wire_tools(parameters.get("tools") or (), strict=self.strict), *builtin]
            if tools:
                parameters["tools"] = tools
            else:
                if not family_of(model).default_tools:
                    parameters.pop("tools", None)
                for name in _ONLY_WITH_TOOLS:
                    parameters.pop(name, None)
            return {**completions.body(prompt, parameters, policy=policy), **extra}

        return fallback(
            self,
            connection,
            make,
            self._model_of(kwargs),
            body,
            known=known,
            escalated=is_escalated(self, messages, lambda: count_messages(wire)),
            methods=methods,
            calls_tools=self._calls_tools,
        )

    def _model_of(self, kwargs: Mapping[str, Any]) -> str:
        return str(kwargs.get("model") or self.additional_kwargs.get("model") or self.model)

    def _calls_tools(self, model: str, models: "Sequence[Model]") -> bool:
        """Whether a model can be forced to call a tool."""
        if self.is_function_calling_model is not None:
            return self.is_function_calling_model
        return takes_tools(model, models)

    def _num_output(self, window: int) -> int:
        """Tokens to reserve for an answer; -1 lets LlamaIndex take its 256.

        At most a quarter of the window, so that enough is left for the prompt.
        """
        most = max(window // 4, 1)
        requested = self.max_tokens or self.max_completion_tokens
        if requested:
            return min(requested, most)
        return -1 if most >= DEFAULT_NUM_OUTPUTS else most
