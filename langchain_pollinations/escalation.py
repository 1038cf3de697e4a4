"""Structured output that falls back to a larger model if an answer cannot be parsed."""

from operator import itemgetter
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough

from langchain_pollinations.parsers import AnswerParser, SmallerModelError

Model = Runnable[LanguageModelInput, Any]


def parsed(
    model: Model, parser: AnswerParser, *, include_raw: bool, larger: str | None = None
) -> Runnable[LanguageModelInput, Any]:
    """Make the runnable that calls a model and parses its answer.

    Args:
        model: The model, with the options that request the data.
        parser: Parses an answer.
        include_raw: Whether to return `{"raw", "parsed", "parsing_error"}` and never to raise
            for an answer that cannot be parsed.
        larger: The model to try if the answer of another one cannot be parsed.

    Returns:
        A runnable. Once a stream has yielded an object, the larger model is not tried any more:
        an answer that turns out to be wrong after that raises. With `include_raw` and `larger`, a
        stream yields one answer.
    """
    if larger is None:
        return _with_raw(model, parser) if include_raw else model | parser
    first = parser.model_copy(update={"larger_model": larger})
    second = parsed(model.bind(model=larger, model_name=larger), parser, include_raw=include_raw)
    raising = RunnableMap(raw=model) | _parsing(first) if include_raw else model | first
    both = raising.with_fallbacks([second], exceptions_to_handle=(SmallerModelError,))
    if include_raw:
        # The parts of a raw answer would be yielded before it is parsed.
        return RunnableLambda(both.invoke, both.ainvoke)
    # RunnableWithFallbacks.invoke puts its runs beside its own; a sequence holds them together.
    traced: Model = RunnablePassthrough()
    return traced | both


def _with_raw(model: Model, parser: AnswerParser) -> Runnable[LanguageModelInput, Any]:
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    parsing = _parsing(parser).with_fallbacks([failed], exception_key="parsing_error")
    return RunnableMap(raw=model) | parsing


def _parsing(parser: AnswerParser) -> Runnable[dict[str, Any], Any]:
    return RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
