"""The JSON in what a model wrote: which value is the answer, whatever stands around it.

Models put thoughts, prose, fences, citations or a second object beside the JSON that was asked
for. Thoughts are skipped, since they may hold drafts; of the values that remain, the last one that
validates is the answer.
"""

import re
from collections import deque
from collections.abc import Callable, Sequence
from json import JSONDecodeError, JSONDecoder
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import from_json

from _pollinations.http.json import dump, parse_object

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=BaseModel)

_DECODER = JSONDecoder(strict=False)  # line breaks may stand in strings as they are
_OPENING = re.compile(
    r'\{(?=\s*(?:["}]|\Z))|\[(?=\s*(?:["\[{\]\-\dtfnNI]|\Z))'
    r"|[<\u25c1](/?)(?:think(?:ing)?|thoughts?|reasoning)[>\u25b7]",
    re.IGNORECASE,
)
"""Where a value may begin, or where a thought begins or ends."""
_TOKEN_START = re.compile(
    r"-?(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)?|\.|e[+-]?|u[\da-f]{0,4}", re.IGNORECASE
)
"""The beginning of a word, a number or an escape, which is all that is left of a cut text."""
_MOST = 256
"""Values that are looked at, and failed attempts to read one, which cost a look at all the text."""
_AROUND = "\ufeff \t\r\n`"


class TruncatedJSONError(ValueError):
    """The text ends within a JSON value."""


def read_answer(text: str, validate: Callable[[Any], T], *, tool: str | None = None) -> T:
    r"""Return the last JSON value of a text that validates.

    Args:
        text: What the model wrote.
        validate: Returns the answer for a value, or raises `ValueError`.
        tool: The tool that stands for the answer: of a call that was written as text
            (`{"name": ..., "arguments": {...}}`), the arguments are the answer.

    Returns:
        What `validate` returned.

    Raises:
        TruncatedJSONError: The text ends within a value, so an earlier one is no answer.
        ValueError: There is no JSON value outside thoughts, or none validates; then it is the
            error of the longest one.

    Example:
        >>> read_answer('<think>{"a": 9}?</think> Sure:\n```json\n{"a": 1}\n```', dict)
        {'a': 1}
    """
    values, unfinished = _values(text)
    if unfinished:
        raise TruncatedJSONError("The answer ended within the JSON.")
    errors: list[tuple[int, ValueError]] = []
    for size, value in reversed(values):
        try:
            return validate(_arguments_of(value, tool))
        except ValueError as error:
            errors.append((size, error))
    if not errors:
        raise ValueError("The answer holds no JSON.")
    raise max(errors, key=lambda pair: pair[0])[1]


def read_partial(text: str) -> Any:  # noqa: ANN401 - JSON text can hold any JSON value
    """Return the JSON value of a text that is still being written, as far as it came.

    Args:
        text: What the model has written so far.

    Returns:
        The unfinished value at its end, in which the last string may be incomplete; else the last
        whole value; None if there is neither.

    Example:
        >>> read_partial('Here you are: {"a": 1, "b": "he')
        {'a': 1, 'b': 'he'}
    """
    values, unfinished = _values(text)
    if unfinished:
        try:
            return from_json(unfinished, allow_partial="trailing-strings")
        except ValueError:
            return None
    return values[-1][1] if values else None


def read_arguments(text: str) -> dict[str, Any]:
    r"""Return the arguments of a tool call as models write them.

    Args:
        text: JSON text of an object, perhaps fenced or within a JSON string. Blank text and
            `null` mean no arguments.

    Returns:
        The arguments.

    Raises:
        TruncatedJSONError: The text is only the beginning of an object.
        ValueError: The text is something else.

    Example:
        >>> read_arguments('```json\n{"city": "Rome"}\n```'), read_arguments("null")
        ({'city': 'Rome'}, {})
    """
    try:
        return parse_object(text)
    except ValueError as error:
        values, unfinished = _values(text)
        if unfinished:
            raise TruncatedJSONError("The arguments are only the beginning of an object.") from None
        match [value for _, value in values if not isinstance(value, str)]:
            case [None]:
                return {}
            case [dict() as arguments]:
                return arguments
        raise error from None


def validate_model(model: type[ModelT], value: Any) -> ModelT:  # noqa: ANN401 - any JSON value
    """Validate a JSON value as JSON, so that strict models take dates, enums and tuples too."""
    return model.model_validate_json(dump(value))


def parse_failure(name: str, error: Exception, finish_reason: str | None) -> str:
    """Say that an answer could not be parsed, and what to do.

    Example:
        >>> parse_failure("Joke", TruncatedJSONError("The answer ended within the JSON."), "length")
        "Could not parse the answer as Joke (finish reason 'length'): The answer ended within the \
JSON. Allow more max_tokens."
    """
    advice = " Allow more max_tokens." if finish_reason in {"length", "max_tokens"} else ""
    reason = f" (finish reason {finish_reason!r})" if finish_reason else ""
    return f"Could not parse the answer as {name}{reason}: {error}{advice}"


def _arguments_of(value: Any, tool: str | None) -> Any:  # noqa: ANN401 - any JSON value
    """The arguments of a call of the tool; any other value as it is."""
    if tool is not None and isinstance(value, dict) and value.get("name") == tool:
        arguments = value.get("arguments", value.get("parameters", value))
        return parse_object(arguments) if isinstance(arguments, str) else arguments
    return value


def _values(text: str) -> tuple[Sequence[tuple[int, Any]], str]:
    """Find the values outside thoughts, each with its length, and the beginning of one more.

    The search goes on where an attempt failed: no part of an unreadable value is an answer.
    """
    text = text.strip(_AROUND)
    try:
        whole = _DECODER.decode(text)
    except RecursionError:
        return [], ""
    except ValueError:
        return _search(text)
    if isinstance(whole, str):
        inner, unfinished = _values(whole)
        if not unfinished:
            return [(0, whole), *inner], ""
    return [(len(text), whole)], ""


def _search(text: str) -> tuple[Sequence[tuple[int, Any]], str]:
    values: deque[tuple[int, Any]] = deque(maxlen=_MOST)
    place, thinking, attempts = 0, False, 0
    while attempts < _MOST and (opening := _OPENING.search(text, place)):
        start, place = opening.start(), opening.end()
        if opening[0] not in "{[":
            if opening[1] and not thinking and place < len(text):
                # The opening tag may have been part of the prompt: all before is a thought.
                values.clear()
            thinking = not opening[1]
        elif not thinking:
            try:
                value, place = _DECODER.raw_decode(text, start)
            except JSONDecodeError as error:
                if _is_truncation(text, error):
                    return values, text[start:]
                place, attempts = max(place, error.pos), attempts + 1
            except RecursionError:
                break
            else:
                values.append((place - start, value))
    return values, ""


def _is_truncation(text: str, error: JSONDecodeError) -> bool:
    """Whether a value could not be read because the text ends within it."""
    cut_string = error.msg.startswith("Unterminated string")
    return cut_string or _TOKEN_START.fullmatch(text, error.pos) is not None
