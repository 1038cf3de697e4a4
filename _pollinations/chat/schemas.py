"""JSON schemas as providers take them: of tools, of structured output and of ready-made formats."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from _pollinations.chat.names import sanitised
from _pollinations.chat.providers import Family
from _pollinations.chat.schema_rewriting import (
    NotExpressibleError,
    cleaned,
    inlined,
    mapped,
    narrowed,
    plain_object,
    referred,
    types_of,
    without_top_reference,
)
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump, parse
from _pollinations.http.values import mapping

_NAME = "answer"
_NOT_EXPRESSIBLE = frozenset(
    {"allOf", "dependentSchemas", "if", "not", "patternProperties", "prefixItems"}
)
_STRICT_KEYWORDS = frozenset(
    {
        *("$defs", "additionalProperties", "anyOf", "const", "definitions", "description", "enum"),
        *("exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems", "maximum"),
        *("minItems", "minimum", "multipleOf", "pattern", "properties", "required", "title"),
        "type",
    }
)
_STRICT_FORMATS = frozenset(
    {"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"}
)


def wire_tool(tool: Mapping[str, Any], family: Family) -> dict[str, Any]:
    """Write a function tool as a family of models takes it.

    Null and an empty description are left out, the schema is one plain object at its top, and a
    strict one is closed; a schema that cannot be strict is sent without `strict`.

    Args:
        tool: `{"type": "function", "function": {...}}`; it is not changed.
        family: Of the model that will read it.

    Returns:
        The tool; do not change it, it is shared.

    Raises:
        InvalidInputError: It cannot be written as JSON.
    """
    return {**tool, "function": _fitted(tool["function"], "parameters", family)}


def wire_format(value: object, family: Family) -> dict[str, Any]:
    """Write a `response_format` as a family of models takes it.

    Args:
        value: As the API describes it, or a JSON schema with properties.
        family: Of the model that will read it.

    Returns:
        A `response_format`; do not change it, it is shared.

    Raises:
        InvalidInputError: It is something else, or cannot be written as JSON.
    """
    ready = mapping(value)
    if "properties" in ready:
        ready = {
            "type": "json_schema",
            "json_schema": {"name": ready.get("title"), "schema": ready},
        }
    if not isinstance(ready.get("type"), str):
        raise _no_format(value)
    if ready["type"] != "json_schema":
        return {**ready}
    inner = mapping(ready.get("json_schema"))
    if not isinstance(inner.get("schema"), Mapping):
        raise _no_format(value)
    named = {**inner, "name": sanitised(str(inner.get("name") or "")) or _NAME}
    return {"type": "json_schema", "json_schema": _fitted(named, "schema", family)}


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """Write a schema as strict output wants it.

    Every property is required, no other is allowed, defaults are gone, and a reference stands
    alone. See https://platform.openai.com/docs/guides/structured-outputs.

    Args:
        schema: A JSON schema, such as `Model.model_json_schema()`; it is not changed.

    Returns:
        The strict schema, or None if it cannot express the same: objects with free keys, tuples,
        values of any type.

    Example:
        >>> strict_schema({"type": "object", "properties": {"a": {"type": "string"}}})["required"]
        ['a']
        >>> strict_schema({"type": "object"}) is None
        True
    """
    try:
        result = _strict(without_top_reference(schema, schema), schema, ())
    except NotExpressibleError:
        return None
    return result if result.get("type") == "object" else None


def json_format(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Make the `response_format` that asks for JSON of a schema, strict where that can express it.

    Args:
        name: What the answer is, in any characters; see `wire_format`.
        schema: A JSON schema.

    Returns:
        A `response_format`.
    """
    inner = {"name": name, "schema": dict(schema), "description": schema.get("description")}
    strict_form = strict_schema(schema)
    if strict_form is not None:
        inner |= {"schema": strict_form, "strict": True}
    return {"type": "json_schema", "json_schema": inner}


def _no_format(value: object) -> InvalidInputError:
    return InvalidInputError(
        'response_format is {"type": "json_object"} or {"type": "json_schema", "json_schema": '
        f'{{"name": ..., "schema": {{...}}}}}}, not {value!r:.80}.'
    )


def _fitted(holder: Mapping[str, Any], key: str, family: Family) -> dict[str, Any]:
    """A function or a format with its schema as the family takes it."""
    try:
        return _fit(dump(holder), key, family)
    except (ValueError, RecursionError) as error:
        name = holder.get("name")
        raise InvalidInputError(f"The schema of {name!r} is not JSON: {error}") from None


# Agents send the same tools at each step, and rewriting a schema takes longer than reading it.
@lru_cache(maxsize=256)
def _fit(data: bytes, key: str, family: Family) -> dict[str, Any]:
    result = {name: value for name, value in parse(data).items() if value not in (None, "")}
    schema = result.get(key) or {}
    plain = key == "parameters"
    schema = plain_object(schema) if plain else without_top_reference(schema, schema)
    strict = strict_schema(schema) if result.get("strict") else None
    if strict is None and result.get("strict"):
        del result["strict"]
    schema = cleaned(strict or schema)
    if family.schema_keywords is not None:
        schema = narrowed(inlined(schema, schema), family.schema_keywords)
    return {**result, key: schema}


def _strict(schema: Any, root: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - a schema may be a boolean
    """Rewrite a schema; `within` are the references that are being written out."""
    if not isinstance(schema, Mapping) or schema.keys() & _NOT_EXPRESSIBLE:
        raise NotExpressibleError
    if "$ref" in schema:
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        if beside.keys() <= {"$defs", "default", "title"} or schema["$ref"] in within:
            return {"$ref": schema["$ref"]}
        return _strict({**referred(schema, root), **beside}, root, (*within, schema["$ref"]))
    if "oneOf" in schema:
        schema = {**schema, "anyOf": schema["oneOf"]}
    result = {name: value for name, value in schema.items() if name in _STRICT_KEYWORDS}
    if result.get("format") not in _STRICT_FORMATS:
        result.pop("format", None)
    if not result.keys() & {"type", "enum", "const", "anyOf"}:
        raise NotExpressibleError
    return mapped(_closed(result), lambda inner: _strict(inner, root, within))


def _closed(result: dict[str, Any]) -> dict[str, Any]:
    """An object with all its properties and no others; an array has items."""
    if "object" in types_of(result):
        if not mapping(result.get("properties")) or result.get("additionalProperties"):
            raise NotExpressibleError
        result.update(required=[*result["properties"]], additionalProperties=False)
    if "array" in types_of(result):
        result.setdefault("items", None)  # which is refused
    return result
