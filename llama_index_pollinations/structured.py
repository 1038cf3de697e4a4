"""Structured output: the ways to ask for it, and how to read it."""

from collections.abc import Sequence
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

from _pollinations.chat.schemas import json_format, unfenced
from _pollinations.http.json import dump
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
        mode: How; `auto` offers `json_schema` and what a model that refuses it is asked by.
        strict: Whether the schema must be followed to the letter, in a tool call.
        options: Further options of the call.
        larger: The model that is asked if the answer is no such object.
    """

    def __init__(
        self,
        output_cls: type[ModelT],
        messages: Sequence[ChatMessage],
        *,
        mode: Mode,
        strict: bool,
        options: dict[str, Any],
        larger: str | None = None,
    ) -> None:
        self._output_cls = output_cls
        self._messages = list(messages)
        self._larger = larger
        self._flexible: type[FlexibleModel] | None = None
        self._options = {name: value for name, value in options.items() if name not in _OURS}
        self._options["structured_output"] = {
            one: self._way(one, strict=strict) for one in (_AUTO if mode == "auto" else (mode,))
        }
        self.last: BaseModel | None = None
        """What `partial` gave last."""

    @property
    def request(self) -> dict[str, Any]:
        """The keywords of `chat` and its kind; `structured_output` has the ways, best first."""
        return {"messages": self._messages, **self._options}

    def read(self, response: ChatResponse) -> ModelT | None:
        """Read the whole answer.

        Returns:
            The object; None if `request` asks the larger model now.

        Raises:
            StructuredOutputError: The answer is something else; it holds what the model wrote.
        """
        text = _written(response)
        try:
            return self._output_cls.model_validate_json(unfenced(text))
        except ValidationError as error:
            told = response.additional_kwargs
            reason, model = told.get("finish_reason"), told.get("model_name")
            if self._larger not in {None, model}:
                self._options["model"], self._larger, self.last = self._larger, None, None
                return None
            raise StructuredOutputError(
                f"The answer is no {self._output_cls.__name__} (finish reason {reason}): {error}",
                text=text,
                model=model,
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

    def _way(self, mode: Mode, *, strict: bool) -> dict[str, Any]:
        """What a mode adds to the options of a call; `words` are put behind the question."""
        if mode == "tool":
            tools = to_wire_tools([get_function_tool(self._output_cls)], strict=strict)
            return {"tools": tools, "tool_choice": "required"}
        schema = self._output_cls.model_json_schema()
        if mode == "json_schema":
            name = str(schema.get("title", self._output_cls.__name__))
            return {"response_format": json_format(name, schema)}
        words = {
            "words": "Answer with one JSON object and nothing else: no Markdown, no explanation. "
            f"It follows this JSON schema:\n{dump(schema).decode()}"
        }
        return words if mode == "prompt" else {**words, "response_format": {"type": "json_object"}}


def _written(response: ChatResponse) -> str:
    """The arguments of the first tool call, or else the text: some models answer in text anyway."""
    for block in response.message.blocks:
        if isinstance(block, ToolCallBlock):
            return str(block.tool_kwargs)
    return response.message.content or ""


def with_words(messages: Sequence[ChatMessage], words: str) -> list[ChatMessage]:
    """Say something at the end of what the user said; the messages are not changed."""
    told: list[ContentBlock] = [TextBlock(text=words)]
    last = messages[-1] if messages else None
    if last is None or last.role != MessageRole.USER:
        return [*messages, ChatMessage(role=MessageRole.USER, blocks=told)]
    asked = last.model_copy(update={"blocks": [*last.blocks, *told]})
    return [*messages[:-1], asked]
