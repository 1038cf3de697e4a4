"""The parser of structured output, the same for every method."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers.transform import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, ValidationError

from _pollinations.chat.json_answers import (
    TruncatedJSONError,
    parse_failure,
    read_answer,
    read_partial,
    validate_model,
)
from _pollinations.http.json import dump

try:
    from langchain_core.output_parsers._refusal import raise_if_refused
except ImportError:  # older releases of langchain-core have no error for refusals

    def raise_if_refused(message: BaseMessage) -> None:
        """Do nothing: there a refusal is text."""


_ROOTS: dict[Any, type] = {"object": dict, "array": list}


class SmallerModelError(OutputParserException):
    """An answer could not be parsed, and a larger model may be tried."""


class AnswerParser(BaseTransformOutputParser[Any]):
    """Parses the arguments of a tool call, or else the text, as a schema.

    While an answer streams, what came so far is yielded as soon as it is valid. A whole answer
    must be complete: LangChain closes the brackets of half an object, which then may validate.
    """

    tool: str | None = None
    """The tool that stands for the schema."""
    model_class: Any = None
    """The pydantic class of the answer; None if it is plain JSON."""
    json_schema: dict[str, Any] | None = None
    """The JSON schema of plain JSON; it is not validated, but finds the answer among others."""
    larger_model: str | None = None
    """The model to try if another model's answer cannot be parsed."""

    @property
    def _type(self) -> str:
        return "pollinations_answer_parser"

    @property
    def OutputType(self) -> Any:  # noqa: N802 - LangChain's name
        """The class of the answers."""
        return self.model_class or Any

    def parse(self, text: str) -> Any:
        """Parse plain text."""
        return self._whole(AIMessage(text))

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse an answer.

        Args:
            result: The answer; only the first is read.
            partial: Whether the answer is only the beginning of one.

        Returns:
            An instance, a dict or another JSON value; None if `partial` and nothing is valid yet.

        Raises:
            OutputParserException: The answer holds nothing that validates.
            ValidationError: The arguments of the tool call do not validate.
        """
        first = result[0]
        message: Any = first.message if isinstance(first, ChatGeneration) else AIMessage(first.text)
        return self._partial(message) if partial else self._whole(message)

    def _transform(self, input: Iterator[Any]) -> Iterator[Any]:  # noqa: A002 - LangChain's name
        whole = last = None
        for chunk in input:
            whole = chunk if whole is None else whole + chunk
            value = self._partial(whole)
            if value is not None and value != last:
                last = value
                yield value
        # Only now, so that the model's stream has ended and its connection is free.
        if whole is not None and (value := self._whole(whole)) != last:
            yield value

    async def _atransform(self, input: AsyncIterator[Any]) -> AsyncIterator[Any]:  # noqa: A002 - as above
        whole = last = None
        async for chunk in input:
            whole = chunk if whole is None else whole + chunk
            value = self._partial(whole)
            if value is not None and value != last:
                last = value
                yield value
        if whole is not None and (value := self._whole(whole)) != last:
            yield value

    def _partial(self, message: AIMessage) -> Any:
        calls = self._calls(message)
        value = calls[0] if calls else read_partial(message.text)
        try:
            return self._typed(value)
        except ValueError:
            return None

    def _whole(self, message: AIMessage) -> Any:
        raise_if_refused(message)
        try:
            return self._parsed(message)
        except Exception as error:  # a validator of the user's may raise anything
            model = message.response_metadata.get("model_name")
            if self.larger_model not in {None, model}:
                text = getattr(error, "llm_output", None)
                raise SmallerModelError(str(error), llm_output=text) from error
            raise

    def _parsed(self, message: AIMessage) -> Any:
        calls = self._calls(message)
        if calls:
            try:
                return self._typed(calls[0])
            except ValidationError as error:
                error.add_note(f"The model wrote: {dump(calls[0]).decode()}")
                raise
        invalid = [call["args"] or "" for call in message.invalid_tool_calls]
        text = invalid[0] if invalid else message.text
        try:
            try:
                return read_answer(text, self._expected, tool=self.tool)
            except TruncatedJSONError:
                raise
            except ValueError:
                return read_answer(text, self._typed, tool=self.tool)
        except ValueError as error:
            name, reason = self.tool or "JSON", message.response_metadata.get("finish_reason")
            cause: ValueError = error
            if message.tool_calls:
                called = ", ".join(call["name"] for call in message.tool_calls)
                cause = ValueError(f"The model called {called} instead.")
                arguments = [dump(call["args"]).decode() for call in message.tool_calls]
                text = "\n".join(filter(None, [text, *arguments]))
            failure = parse_failure(name, cause, reason)
            raise OutputParserException(f"{failure}\n{text}".strip(), llm_output=text) from error

    def _calls(self, message: AIMessage) -> list[dict[str, Any]]:
        return [call["args"] for call in message.tool_calls if call["name"] == self.tool]

    def _expected(self, value: Any) -> Any:
        """Refuse plain JSON that lacks a required key, or is not an object though it may be."""
        if self.model_class is None:
            schema = self.json_schema or {}
            if not isinstance(value, _ROOTS.get(schema.get("type"), dict)) or (
                isinstance(value, dict) and not value.keys() >= {*schema.get("required", ())}
            ):
                raise ValueError("Another value is expected.")
        return self._typed(value)

    def _typed(self, value: Any) -> Any:
        if self.model_class is None:
            root = (self.json_schema or {}).get("type")
            if value is None or not isinstance(value, _ROOTS.get(root, object)):
                raise ValueError(f"Its JSON is of type {type(value).__name__}, not {root}.")
            return value
        if issubclass(self.model_class, BaseModel):
            return validate_model(self.model_class, value)
        return self.model_class.parse_obj(value)  # a class of pydantic.v1


def is_pydantic(schema: object) -> bool:
    """Whether a schema is a pydantic class, of either version."""
    return isinstance(schema, type) and is_basemodel_subclass(schema)
