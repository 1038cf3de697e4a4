"""LangChain's parsers, but for whole answers only: half an answer is no smaller one.

LangChain closes open brackets and drops what cannot be read, so that data can be shown while it
comes; it does so with whole answers too, and makes `{"city": "San"}` of one that reached its limit.
"""

from json import JSONDecoder
from typing import TYPE_CHECKING, Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import (
    BaseLLMOutputParser,
    JsonOutputParser,
    PydanticOutputParser,
)
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    PydanticToolsParser,
)
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.utils.json import parse_json_markdown
from pydantic import BaseModel

if TYPE_CHECKING:
    from langchain_core.utils.pydantic import TBaseModel  # noqa: F401 - mypy's plugin looks here

_DECODER = JSONDecoder(strict=False)


class _OfWholeAnswers(BaseLLMOutputParser[Any]):
    """Reads an answer leniently while it comes, and to the letter when it is there."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        generation = result[0]
        message = generation.message if isinstance(generation, ChatGeneration) else None
        going_on = partial and getattr(message, "chunk_position", None) != "last"
        parsed = super().parse_result(result, partial=going_on)  # type: ignore[safe-super] # the parser that it is mixed into
        if not going_on and isinstance(message, AIMessage):
            self._refuse_half(message)
        return parsed

    def _refuse_half(self, message: AIMessage) -> None:
        raise NotImplementedError


class _OfWholeTexts(_OfWholeAnswers):
    def _refuse_half(self, message: AIMessage) -> None:
        try:
            parse_json_markdown(message.text, parser=_DECODER.raw_decode)
        except ValueError:
            raise _half(message, message.text, "the JSON") from None


class _OfWholeCalls(_OfWholeAnswers):
    def _refuse_half(self, message: AIMessage) -> None:
        if message.invalid_tool_calls and not message.tool_calls:
            call = message.invalid_tool_calls[0]
            raise _half(message, call["args"] or "", f"the arguments of {call['name']!r}")


class WholeJsonParser(_OfWholeTexts, JsonOutputParser):
    """Reads JSON out of a text."""


class WholePydanticParser(_OfWholeTexts, PydanticOutputParser[BaseModel]):
    """Makes an object of a text."""


class WholeCallParser(_OfWholeCalls, JsonOutputKeyToolsParser):
    """Reads the arguments of a tool call."""


class WholePydanticCallParser(_OfWholeCalls, PydanticToolsParser):
    """Makes an object of a tool call."""


def _half(message: AIMessage, text: str, what: str) -> OutputParserException:
    reason = message.response_metadata.get("finish_reason")
    advice = " Allow more max_tokens." if reason in {"length", "max_tokens"} else ""
    return OutputParserException(
        f"The answer ended within {what} (finish reason {reason!r}).{advice}", llm_output=text
    )
