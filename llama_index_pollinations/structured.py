"""Structured output: the ways to ask for it, which of them a model takes, and how to read it."""

from collections.abc import MutableMapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from _pollinations.errors import ContextOverflowError, InvalidInputError, InvalidRequestError
from _pollinations.schemas import json_format, unfenced
from _pollinations.wire import dump
from llama_index_pollinations.errors import StructuredOutputError
from llama_index_pollinations.tools import to_wire_tools

Mode = Literal["auto", "json_schema", "tool", "json_object", "prompt"]
ModelT = TypeVar("ModelT", bound=BaseModel)

_AUTO: tuple[Mode, ...] = ("json_schema", "tool", "prompt")
_OURS = ("tool_required", "tool_choice", "allow_parallel_tool_calls", "tools", "response_format")


class Extraction(Generic[ModelT]):
    """One object that a model is asked for.

    Args:
        output_cls: What the answer must be.
        messages: What is asked; they are not changed.
        mode: How; `auto` begins with `json_schema` and goes on to what the model does not refuse.
        model: The model's name.
        known: The modes that models were found to take; it is written to.
        tools: Whether the model calls tools.
        strict: Whether the schema must be followed to the letter, in a tool call.
        options: Further options of the call.
    """

    def __init__(
        self,
        output_cls: type[ModelT],
        messages: Sequence[ChatMessage],
        *,
        mode: Mode,
        model: str,
        known: MutableMapping[str, Mode],
        tools: bool,
        strict: bool,
        options: dict[str, Any],
    ) -> None:
        self._output_cls = output_cls
        self._messages = list(messages)
        self._model = model
        self._known = known
        self._strict = strict
        self._options = {name: value for name, value in options.items() if name not in _OURS}
        self._modes = [mode]
        if mode == "auto":
            refused = _AUTO.index(known.get(model, _AUTO[0]))
            self._modes = [one for one in _AUTO[refused:] if tools or one != "tool"]
        self._automatic = mode == "auto"
        self._flexible: type[FlexibleModel] | None = None
        self.last: BaseModel | None = None
        """What `partial` gave last."""

    @property
    def request(self) -> dict[str, Any]:
        """The keywords of `chat` and its kind."""
        asked = {"messages": self._messages, **self._options}
        mode = self._modes[0]
        if mode == "tool":
            tools = to_wire_tools([get_function_tool(self._output_cls)], strict=self._strict)
            return {**asked, "tools": tools, "tool_choice": "required"}
        schema = self._output_cls.model_json_schema()
        if mode == "json_schema":
            name = str(schema.get("title", self._output_cls.__name__))
            return {**asked, "response_format": json_format(name, schema)}
        asked["messages"] = _with_schema(self._messages, schema)
        return {**asked, "response_format": {"type": "json_object"}} if mode != "prompt" else asked

    def fall_back(self, error: InvalidRequestError) -> None:
        """Go on to the next mode, or raise the error if it is not about the mode."""
        if len(self._modes) == 1 or isinstance(error, InvalidInputError | ContextOverflowError):
            raise error
        del self._modes[0]

    def read(self, response: ChatResponse) -> ModelT:
        """Read the whole answer, and remember that the model took the mode.

        Raises:
            StructuredOutputError: The answer is something else; it holds what the model wrote.
        """
        if self._automatic:
            self._known[self._model] = self._modes[0]
        text = _written(response)
        try:
            return self._output_cls.model_validate_json(unfenced(text))
        except ValidationError as error:
            reason = response.additional_kwargs.get("finish_reason")
            raise StructuredOutputError(
                f"The answer is no {self._output_cls.__name__} (finish reason {reason}): {error}",
                text=text,
                model=self._model,
            ) from error

    def partial(self, response: ChatResponse) -> ModelT | FlexibleModel | None:
        """Read the answer so far.

        Returns:
            The object if it is valid already, else one with the fields that came, any of them
            perhaps unfinished; None if nothing is new.
        """
        try:
            value = from_json(unfenced(_written(response)), allow_partial="trailing-strings")
        except ValueError:
            return None
        made: ModelT | FlexibleModel
        try:
            made = self._output_cls.model_validate(value)
        except ValidationError:
            if not isinstance(value, dict):
                return None
            if self._flexible is None:
                self._flexible = create_flexible_model(self._output_cls)
            made = self._flexible.model_validate(value)
        if made == self.last:
            return None
        self.last = made
        return made


def _written(response: ChatResponse) -> str:
    """The arguments of the first tool call, or else the text: some models answer in text anyway."""
    for block in response.message.blocks:
        if isinstance(block, ToolCallBlock):
            return str(block.tool_kwargs)
    return response.message.content or ""


def _with_schema(messages: Sequence[ChatMessage], schema: dict[str, Any]) -> list[ChatMessage]:
    words = (
        "Answer with one JSON object and nothing else: no Markdown, no explanation. "
        f"It follows this JSON schema:\n{dump(schema).decode()}"
    )
    told: list[ContentBlock] = [TextBlock(text=words)]
    last = messages[-1] if messages else None
    if last is None or last.role != MessageRole.USER:
        return [*messages, ChatMessage(role=MessageRole.USER, blocks=told)]
    asked = last.model_copy(update={"blocks": [*last.blocks, *told]})
    return [*messages[:-1], asked]
