"""Structured output: the request for data, and the parser of its answer."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import (
    convert_to_json_schema,
    convert_to_openai_function,
)
from pydantic import BaseModel

from _pollinations.http.errors import InvalidInputError
from _pollinations.models.methods import METHODS, TOOL, prompt_for
from langchain_pollinations.escalation import parsed
from langchain_pollinations.parsers import AnswerParser, is_pydantic

StructuredMethod = Literal["auto", "function_calling", "json_schema", "json_mode"]
Schema = dict[str, Any] | type


def json_format(schema: Schema, *, strict: bool | None = None) -> dict[str, Any]:
    """Make a `response_format`.

    Args:
        schema: A `response_format`, or a pydantic class, TypedDict or JSON schema.
        strict: Whether the answer must follow it exactly.

    Returns:
        A ready-made one, of which `wire_format` makes what is sent.

    Raises:
        InvalidInputError: It is not a schema.
    """
    if isinstance(schema, dict) and schema.get("type") in ("text", "json_object", "json_schema"):
        return schema
    function = _function(schema, strict=strict)
    json_schema = {
        "name": function["name"],
        "schema": function.get("parameters", {"type": "object", "properties": {}}),
    }
    if function.get("description"):
        json_schema["description"] = function["description"]
    if strict is not None:
        json_schema["strict"] = strict
    return {"type": "json_schema", "json_schema": json_schema}


def structured_output(
    model: BaseChatModel,
    schema: Schema | None,
    /,
    *,
    method: StructuredMethod,
    include_raw: bool,
    strict: bool | None,
    tools: Sequence[Any] | None,
    larger: str | None,
    **kwargs: Any,
) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
    """Make the runnable of `ChatPollinations.with_structured_output`.

    Args:
        model: The chat model.
        schema: As there, with the other options.
        method: How to request the data.
        include_raw: Whether the raw answer is returned too.
        strict: Whether the answer must follow the schema exactly.
        tools: Further tools.
        larger: The model to try if the answer of another one cannot be parsed.
        **kwargs: Further options of the call.

    Returns:
        A runnable with data as its output.

    Raises:
        InvalidInputError: The schema or the method is invalid.
    """
    if method not in get_args(StructuredMethod):
        raise InvalidInputError(
            f"method is {', '.join(get_args(StructuredMethod))}, not {method!r}."
        )
    if tools and method == "auto":
        method = "json_schema"
    if schema is None and method != "json_mode":
        raise InvalidInputError(f"{method} needs a schema; only json_mode can do without one.")
    if tools and method != "json_schema":
        raise InvalidInputError(f"tools go beside json_schema, not beside {method}.")
    json_schema = _traced(schema)
    traced = {"kwargs": {"method": method, "strict": strict}, "schema": json_schema}
    kwargs = {**kwargs, "ls_structured_output_format": traced}
    name = None if schema is None else _function(schema)["name"]
    bound: Runnable[LanguageModelInput, Any]
    if method == "json_mode" or schema is None:
        bound = model.bind(response_format={"type": "json_object"}, **kwargs)
    elif method == "json_schema":
        wire_format = json_format(schema, strict=strict)
        bound = (
            model.bind_tools(tools, response_format=wire_format, **kwargs)
            if tools
            else model.bind(response_format=wire_format, **kwargs)
        )
    else:
        choice = kwargs.pop("tool_choice", name)
        bound = model.bind_tools([schema], tool_choice=choice, strict=strict, **kwargs)
        if method == "auto":
            bound = bound.bind(**{METHODS: _methods(schema, json_schema, strict=strict)})
    is_class = is_pydantic(schema)
    parser = AnswerParser(
        tool=name,
        model_class=schema if is_class else None,
        json_schema=None if is_class else json_schema,
    )
    return parsed(bound, parser, include_raw=include_raw, larger=larger)


def _methods(
    schema: Schema, json_schema: dict[str, Any], *, strict: bool | None
) -> dict[str, dict[str, Any]]:
    """The forced tool that is bound, and what replaces it for a model that refuses it."""
    no_tools = {"tools": None, "tool_choice": None}
    return {
        TOOL: {},
        "json_schema": {**no_tools, "response_format": json_format(schema, strict=strict)},
        "prompt": {**no_tools, **prompt_for(json_schema)},
    }


def _function(schema: Schema, *, strict: bool | None = None) -> dict[str, Any]:
    try:
        return convert_to_openai_function(schema, strict=strict)
    except (TypeError, ValueError) as error:
        raise _no_schema(error) from error


def _traced(schema: Schema | None) -> dict[str, Any]:
    """The JSON schema, as tracers show it."""
    if schema is None:
        return {}
    try:
        return convert_to_json_schema(schema)
    except (TypeError, ValueError, KeyError) as error:
        raise _no_schema(error) from error


def _no_schema(error: Exception) -> InvalidInputError:
    return InvalidInputError(
        f"The schema is a pydantic class, a TypedDict or a JSON schema with a title: {error}"
    )
