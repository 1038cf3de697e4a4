"""Data that does not validate is asked for once more, of a larger model."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from functools import reduce
from operator import add
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForChainRun, CallbackManagerForChainRun
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import BaseOutputParser
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ValidationError

_UNREAD = (OutputParserException, ValidationError)


class Escalation(Runnable[LanguageModelInput, Any]):
    """Asks for data; if there is none in the answer, or not what the schema says, asks again.

    Streams hand out the first model's objects as they come; each replaces the one before, and so
    do those of the larger model. With `include_raw` they hand out one answer, as always.

    Args:
        bound: The model, with everything that asks for the data.
        parser: Reads it out of an answer.
        larger: The model that is asked in the end.
        include_raw: Whether to return `{"raw", "parsed", "parsing_error"}`.
    """

    def __init__(
        self,
        bound: Runnable[LanguageModelInput, Any],
        parser: BaseOutputParser[Any],
        larger: str,
        *,
        include_raw: bool,
    ) -> None:
        self._bound = bound
        self._parser = parser
        self._larger = larger
        self._include_raw = include_raw

    def invoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """Ask, and ask again if need be."""
        return self._call_with_config(self._whole, input, config, **kwargs)

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """Ask, and ask again if need be."""
        return await self._acall_with_config(self._awhole, input, config, **kwargs)

    def stream(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Ask, and hand out what comes."""
        yield from self._transform_stream_with_config(iter([input]), self._pieces, config, **kwargs)

    async def astream(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Ask, and hand out what comes."""

        async def inputs() -> AsyncIterator[LanguageModelInput]:
            yield input

        pieces = self._atransform_stream_with_config(inputs(), self._apieces, config, **kwargs)
        async for piece in pieces:
            yield piece

    def _whole(
        self,
        asked: LanguageModelInput,
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
        **said: Any,
    ) -> Any:
        del run_manager
        answer: dict[str, Any] = {}
        for call in self._calls(said):
            answer = self._read(self._bound.invoke(asked, config, **call), config)
            if not self._escalates(answer):
                break
        return self._told(answer)

    async def _awhole(
        self,
        asked: LanguageModelInput,
        run_manager: AsyncCallbackManagerForChainRun,
        config: RunnableConfig,
        **said: Any,
    ) -> Any:
        del run_manager
        answer: dict[str, Any] = {}
        for call in self._calls(said):
            answer = await self._aread(await self._bound.ainvoke(asked, config, **call), config)
            if not self._escalates(answer):
                break
        return self._told(answer)

    def _pieces(
        self,
        inputs: Iterator[LanguageModelInput],
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
        **said: Any,
    ) -> Iterator[Any]:
        del run_manager
        (asked,) = inputs
        answer: dict[str, Any] = {}
        for call in self._calls(said):
            heard: list[Any] = []
            pieces = _kept(self._bound.stream(asked, config, **call), heard)
            # What a parser cannot read as it comes, it cannot read afterwards either.
            with suppress(*_UNREAD):
                for item in pieces if self._include_raw else self._parser.transform(pieces, config):
                    if not self._include_raw:
                        yield item
            answer = self._read(reduce(add, heard), config)
            if not self._escalates(answer):
                break
        told = self._told(answer)
        if self._include_raw:
            yield told

    async def _apieces(
        self,
        inputs: AsyncIterator[LanguageModelInput],
        run_manager: AsyncCallbackManagerForChainRun,
        config: RunnableConfig,
        **said: Any,
    ) -> AsyncIterator[Any]:
        del run_manager
        asked = await anext(inputs)
        answer: dict[str, Any] = {}
        for call in self._calls(said):
            heard: list[Any] = []
            pieces = _akept(self._bound.astream(asked, config, **call), heard)
            with suppress(*_UNREAD):
                items = pieces if self._include_raw else self._parser.atransform(pieces, config)
                async for item in items:
                    if not self._include_raw:
                        yield item
            answer = await self._aread(reduce(add, heard), config)
            if not self._escalates(answer):
                break
        told = self._told(answer)
        if self._include_raw:
            yield told

    def _calls(self, said: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        return said, {**said, "model": self._larger, "model_name": self._larger}

    def _read(self, message: AIMessage, config: RunnableConfig) -> dict[str, Any]:
        try:
            return _parsed(message, self._parser.invoke(message, config))
        except Exception as error:  # noqa: BLE001 - a validator of the user's may raise anything
            return _parsed(message, None, error)

    async def _aread(self, message: AIMessage, config: RunnableConfig) -> dict[str, Any]:
        try:
            return _parsed(message, await self._parser.ainvoke(message, config))
        except Exception as error:  # noqa: BLE001 - a validator of the user's may raise anything
            return _parsed(message, None, error)

    def _escalates(self, answer: dict[str, Any]) -> bool:
        """Whether there is nothing in it, and somebody else can be asked."""
        answered = answer["raw"].response_metadata.get("model_name")
        return answer["parsed"] is None and answered != self._larger

    def _told(self, answer: dict[str, Any]) -> Any:
        if self._include_raw:
            return answer
        if answer["parsing_error"] is not None:
            raise cast("Exception", answer["parsing_error"])
        return answer["parsed"]


def _parsed(message: AIMessage, parsed: Any, error: Exception | None = None) -> dict[str, Any]:
    return {"raw": message, "parsed": parsed, "parsing_error": error}


def _kept(pieces: Iterator[Any], heard: list[Any]) -> Iterator[Any]:
    for piece in pieces:
        heard.append(piece)
        yield piece


async def _akept(pieces: AsyncIterator[Any], heard: list[Any]) -> AsyncIterator[Any]:
    async with aclosing(pieces) as open_pieces:  # type: ignore[type-var] # LangChain's iterators are generators
        async for piece in open_pieces:
            heard.append(piece)
            yield piece
