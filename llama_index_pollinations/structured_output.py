"""Structured output: the methods to request an object, and the parsing of its answer."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from pydantic import BaseModel, ValidationError

from _pollinations.chat.json_answers import (
    parse_failure,
    read_answer,
    read_partial,
    validate_model,
)
from _pollinations.chat.schemas import json_format
from _pollinations.http.json import dump
from _pollinations.models.methods import METHODS, TOOL, prompt_for
from llama_index_pollinations.errors import StructuredOutputError
from llama_index_pollinations.tools import to_wire_tools

Mode = Literal["auto", "json_schema", "tool", "json_object", "prompt"]
ModelT = TypeVar("ModelT", bound=BaseModel)

_AUTO: tuple[Mode, ...] = ("json_schema", "tool", "prompt")
_OURS = ("tool_required", "tool_choice", "allow_parallel_tool_calls", "tools", "response_format")


class Extraction(Generic[ModelT]):
    """The request for one object.

    Args:
        output_cls: The class of the object.
        messages: The conversation; it is not changed.
        mode: How to request it; `auto` tries `json_schema`, then a tool, then the prompt.
        strict: Whether the arguments of a tool must follow the schema exactly.
        options: Further options of the call.
        larger: The model to try if the answer is no such object.
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
        self._tool = get_function_tool(output_cls)
        self._flexible: type[FlexibleModel] | None = None
        self._options = {name: value for name, value in options.items() if name not in _OURS}
        self._options[METHODS] = {
            one: self._method(one, strict=strict) for one in (_AUTO if mode == "auto" else (mode,))
        }
        self.last: BaseModel | None = None
        """What `partial` returned last."""

    @property
    def request(self) -> dict[str, Any]:
        """The keywords of `chat` and its kind."""
        return {"messages": self._messages, **self._options}

    def read(self, response: ChatResponse) -> ModelT | None:
        """Read the whole answer.

        Returns:
            The object; None if `request` is now one to the larger model.

        Raises:
            StructuredOutputError: The answer is something else; `text` is what the model wrote.
        """
        text = _written(response)
        validate = partial(validate_model, self._output_cls)
        try:
            return read_answer(text, validate, tool=self._tool.metadata.name)
        except ValueError as error:
            metadata = response.additional_kwargs
            model = metadata.get("model_name")
            if self._larger not in {None, model}:
                self._options["model"], self._larger, self.last = self._larger, None, None
                return None
            reason = metadata.get("finish_reason")
            raise StructuredOutputError(
                parse_failure(self._output_cls.__name__, error, reason), text=text, model=model
            ) from error

    def partial(self, response: ChatResponse) -> ModelT | FlexibleModel | None:
        """Read the answer so far.

        Returns:
            The object if it is valid already, else one with the fields so far, the last of them
            perhaps unfinished; None if nothing is new.
        """
        value = read_partial(_written(response))
        partial_object: ModelT | FlexibleModel
        try:
            partial_object = self._output_cls.model_validate(value)
        except ValidationError:
            if not isinstance(value, dict):
                return None
            if self._flexible is None:
                self._flexible = create_flexible_model(self._output_cls)
            partial_object = self._flexible.model_validate(value)
        if partial_object == self.last:
            return None
        self.last = partial_object
        return partial_object

    def _method(self, mode: Mode, *, strict: bool) -> dict[str, Any]:
        """What a mode adds to the options of a call."""
        if mode == TOOL:
            return {"tools": to_wire_tools([self._tool], strict=strict), "tool_choice": "required"}
        schema = self._output_cls.model_json_schema()
        if mode == "json_schema":
            name = str(schema.get("title", self._output_cls.__name__))
            return {"response_format": json_format(name, schema)}
        prompt = prompt_for(schema)
        return (
            prompt if mode == "prompt" else {**prompt, "response_format": {"type": "json_object"}}
        )


def _written(response: ChatResponse) -> str:
    """The arguments of the first tool call, or else the text: some models answer in text anyway."""
    for block in response.message.blocks:
        if isinstance(block, ToolCallBlock):
            arguments = block.tool_kwargs
            text = arguments if isinstance(arguments, str) else dump(arguments).decode()
            return "{}" if text.strip() in {"", "null"} else text
    return response.message.content or ""
