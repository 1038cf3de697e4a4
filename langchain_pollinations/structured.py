"""Structured output: which request asks for data, and which parser reads it."""

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models import LanguageModelInput
from langchain_core.output_parsers import BaseOutputParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import (
    convert_to_json_schema,
    convert_to_openai_function,
)
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

from _pollinations.chat.parts import sanitised
from _pollinations.http.errors import InvalidInputError
from langchain_pollinations.escalation import Escalation
from langchain_pollinations.parsers import (
    WholeCallParser,
    WholeJsonParser,
    WholePydanticCallParser,
    WholePydanticParser,
)
from langchain_pollinations.tools import ToolLike

if TYPE_CHECKING:
    from langchain_pollinations.chat_models import ChatPollinations

StructuredMethod = Literal["function_calling", "json_schema", "json_mode"]
Schema = dict[str, Any] | type


def json_format(schema: Schema, *, strict: bool | None = None) -> dict[str, Any]:
    """Make a `response_format`.

    Args:
        schema: One that is made already, or a pydantic class, TypedDict or JSON schema.
        strict: Whether the answer must follow it to the letter.

    Returns:
        The wire's object; a schema always has a name, since some providers insist.

    Raises:
        InvalidInputError: It is no schema.
    """
    if isinstance(schema, dict) and schema.get("type") in ("text", "json_object", "json_schema"):
        return schema
    function = _function(schema, strict=strict)
    made = {
        "name": sanitised(function["name"]) or "answer",
        "schema": function.get("parameters", {"type": "object", "properties": {}}),
    }
    if function.get("description"):
        made["description"] = function["description"]
    if strict is not None:
        made["strict"] = strict
    return {"type": "json_schema", "json_schema": made}


def structured(
    model: "ChatPollinations",
    schema: Schema | None,
    /,
    *,
    method: StructuredMethod,
    include_raw: bool,
    strict: bool | None,
    tools: Sequence[ToolLike] | None,
    **kwargs: Any,
) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
    """Make the runnable of `ChatPollinations.with_structured_output`, where the rest is said."""
    if method not in ("function_calling", "json_schema", "json_mode"):
        raise InvalidInputError(
            f"method is function_calling, json_schema or json_mode, not {method!r}."
        )
    if schema is None and method != "json_mode":
        raise InvalidInputError(f"{method} needs a schema; only json_mode can do without one.")
    if tools and method != "json_schema":
        raise InvalidInputError(f"tools go beside json_schema, not beside {method}.")
    traced = {"kwargs": {"method": method, "strict": strict}, "schema": _traced(schema)}
    kwargs = {**kwargs, "ls_structured_output_format": traced}
    bound: Runnable[LanguageModelInput, Any]
    if method == "function_calling" and schema is not None:
        name = _function(schema)["name"]
        choice = kwargs.pop("tool_choice", name)
        bound = model.bind_tools([schema], tool_choice=choice, strict=strict, **kwargs)
        parser = _tools_parser(schema, name)
    elif method == "json_schema" and schema is not None:
        asked = json_format(schema, strict=strict)
        bound = (
            model.bind_tools(tools, response_format=asked, **kwargs)
            if tools
            else model.bind(response_format=asked, **kwargs)
        )
        parser = _text_parser(schema)
    else:
        bound = model.bind(response_format={"type": "json_object"}, **kwargs)
        parser = _text_parser(schema)
    if model.escalate_to:
        return Escalation(bound, parser, model.escalate_to, include_raw=include_raw)
    return _with_raw(bound, parser) if include_raw else bound | parser


def _with_raw(
    bound: Runnable[LanguageModelInput, Any], parser: BaseOutputParser[Any]
) -> Runnable[LanguageModelInput, Any]:
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=bound) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _tools_parser(schema: Schema, name: str) -> BaseOutputParser[Any]:
    if _is_pydantic(schema):
        return WholePydanticCallParser(tools=[schema], first_tool_only=True)
    return WholeCallParser(key_name=name, first_tool_only=True)


def _text_parser(schema: Schema | None) -> BaseOutputParser[Any]:
    """Both parsers read JSON out of the fences that Claude and Gemini put around it."""
    if schema is not None and _is_pydantic(schema):
        return WholePydanticParser(pydantic_object=schema)
    return WholeJsonParser()


def _is_pydantic(schema: Schema) -> bool:
    return isinstance(schema, type) and is_basemodel_subclass(schema)


def _function(schema: Schema, *, strict: bool | None = None) -> dict[str, Any]:
    try:
        return convert_to_openai_function(schema, strict=strict)
    except (TypeError, ValueError) as error:
        raise _no_schema(error) from error


def _traced(schema: Schema | None) -> dict[str, Any]:
    """What tracers are told of the schema."""
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
