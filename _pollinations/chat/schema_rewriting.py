"""Rewrites JSON schemas with less of the language, without knowing for whom."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from _pollinations.http.values import items, mapping

Schema = Mapping[str, Any]

# Keywords whose value is data, which may be null.
_DATA = frozenset({"const", "default", "enum", "example", "examples"})
# Keywords whose value holds schemas by names of the caller's own.
_NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_NOT_AT_THE_TOP = frozenset({"$ref", "allOf", "anyOf", "const", "enum", "not", "oneOf"})
_OF_ONE_TYPE = {
    "array": ("items", "maxItems", "minItems"),
    "object": ("additionalProperties", "properties", "required"),
}
_TYPES = {bool: "boolean", float: "number", int: "integer", str: "string"}
_MOST_NODES = 2_000
_MOST_RECURRENCES = 3


class NotExpressibleError(Exception):
    """The schema cannot be written with these keywords."""


def mapped(schema: Schema, rewrite: Callable[[Any], Any]) -> dict[str, Any]:
    """Rewrite each schema that stands directly in a schema; a boolean may be one."""
    result: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _DATA:
            result[name] = value
        elif name in _NAMED and isinstance(value, Mapping):
            result[name] = {key: rewrite(one) for key, one in value.items()}
        elif isinstance(value, list):
            result[name] = [one if isinstance(one, str) else rewrite(one) for one in value]
        else:
            is_schema = name == "items" or isinstance(value, Mapping)
            result[name] = rewrite(value) if is_schema else value
    return result


def types_of(schema: Schema) -> list[Any]:
    """The types of a schema; a single None if it has none."""
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [kind]


def cleaned(schema: Any) -> Any:  # noqa: ANN401 - a schema may be a boolean
    """Write a schema as every provider wants it: no null, arrays with items, today's keywords."""
    if not isinstance(schema, Mapping):
        return schema
    result = {
        name: value
        for name, value in mapped(schema, cleaned).items()
        if value is not None or name in _DATA
    }
    if isinstance(result.get("items"), list):  # as draft 7 wrote a tuple
        result["prefixItems"] = result.pop("items")
    if "array" in types_of(result):
        result.setdefault("items", {})
    return result


def referred(schema: Schema, root: Schema) -> dict[str, Any]:
    """What a local reference names."""
    target: Any = root
    steps = unquote(str(schema["$ref"])).removeprefix("#").removeprefix("/").split("/")
    for step in steps if steps != [""] else ():
        target = mapping(target).get(step.replace("~1", "/").replace("~0", "~"))
    if not isinstance(target, Mapping):
        raise NotExpressibleError
    return dict(target)


def without_top_reference(schema: Schema, root: Schema) -> Schema:
    """A schema whose top is written out; unchanged if its reference leads nowhere."""
    seen: set[object] = set()
    result = schema
    while "$ref" in result and result["$ref"] not in seen:
        seen.add(result["$ref"])
        beside = {name: value for name, value in result.items() if name != "$ref"}
        try:
            result = {**referred(result, root), **beside}
        except NotExpressibleError:
            return schema
    return result


def inlined(schema: Schema, root: Schema) -> dict[str, Any]:
    """Write all references out; what recurs more than three times may be any object.

    Args:
        schema: A schema.
        root: The schema in which its references are.

    Returns:
        A schema without references and definitions.
    """
    left = _MOST_NODES

    def write(node: Any, within: tuple[object, ...]) -> Any:  # noqa: ANN401 - a schema may be a boolean
        nonlocal left
        left -= 1
        if not isinstance(node, Mapping):
            return node
        if "$ref" in node:
            if within.count(node["$ref"]) == _MOST_RECURRENCES or left < 0:
                return {"type": "object"}
            within = (*within, node["$ref"])
            node = without_top_reference(node, root)
        gone = ("$ref", "$defs", "definitions")
        rest = {name: value for name, value in node.items() if name not in gone}
        return mapped(rest, lambda inner: write(inner, within))

    result: dict[str, Any] = write(schema, ())
    return result


def plain_object(schema: Schema) -> Schema:
    """An object described at its top: no reference, and no choice among objects there."""
    top = without_top_reference(schema, schema)
    is_plain = top.get("type") == "object" and isinstance(top.get("properties"), Mapping)
    if is_plain and top.keys().isdisjoint(_NOT_AT_THE_TOP):
        return top
    if top.keys() & {"allOf", "anyOf", "oneOf", "$ref"}:
        top = inlined(top, schema)
    return _merged(top) if "object" in types_of({"type": "object", **top}) else top


def narrowed(schema: Any, keywords: frozenset[str]) -> dict[str, Any]:  # noqa: ANN401 - a schema may be a boolean
    """Write a schema without references with few keywords.

    Args:
        schema: The schema.
        keywords: Those that may be used.
    """
    if not isinstance(schema, Mapping):
        return {}
    whole = mapped(_without_all_of(schema), lambda inner: narrowed(inner, keywords))
    result = {name: value for name, value in whole.items() if name in keywords}
    choices = [*items(whole.get("anyOf")), *items(whole.get("oneOf"))]
    if choices:
        result["anyOf"] = choices
    if "items" in result and items(whole.get("prefixItems")):
        result["items"] = {"anyOf": whole["prefixItems"]}  # its items may come in any order here
    free = whole.get("additionalProperties")
    keys = items(whole.get("propertyNames", {}).get("enum"))
    properties = {**dict.fromkeys(map(str, keys), free or {}), **mapping(result.get("properties"))}
    if properties:
        result["properties"] = properties
    required = [name for name in items(result.get("required")) if name in properties]
    result.pop("required", None)
    if required:
        result["required"] = required
    return _with_one_type(result, [whole["const"]] if "const" in whole else result.get("enum"))


def _without_all_of(schema: Schema) -> dict[str, Any]:
    """A schema and all that it must be as well, in one."""
    result = {name: value for name, value in schema.items() if name != "allOf"}
    for one in items(schema.get("allOf")):
        part = _without_all_of(mapping(one))
        properties = {**mapping(part.get("properties")), **mapping(result.get("properties"))}
        required = [*items(result.get("required")), *items(part.get("required"))]
        result = {**part, **result}
        if properties:
            result |= {"properties": properties, "required": [*dict.fromkeys(required)]}
    return result


def _merged(schema: Schema) -> dict[str, Any]:
    """One object of several: each property may be any of them, what all require is required."""
    properties, required = dict(mapping(schema.get("properties"))), {*items(schema.get("required"))}
    for kind in ("allOf", "anyOf", "oneOf"):
        parts = [_merged(part) for part in items(schema.get(kind)) if isinstance(part, Mapping)]
        for part in parts:
            for name, one in part["properties"].items():
                first = properties.setdefault(name, one)
                if first != one:
                    properties[name] = {"anyOf": [first, one]}
        needed = [{*items(part.get("required"))} for part in parts]
        if needed:
            required |= set.union(*needed) if kind == "allOf" else set.intersection(*needed)
    result = {name: value for name, value in schema.items() if name not in _NOT_AT_THE_TOP}
    result.update(type="object", properties=properties)
    if required:
        result["required"] = [name for name in properties if name in required]
    return result


def _with_one_type(result: dict[str, Any], values: list[Any] | None) -> dict[str, Any]:
    """A schema with one type, and with its values only if they are strings."""
    if values is not None:
        there = [value for value in values if value is not None]
        result.pop("enum", None)
        if len(there) < len(values):
            result["nullable"] = True
        kind = next((_TYPES.get(type(value)) for value in there), None)
        if kind is not None:
            result.setdefault("type", kind)
        if there and all(isinstance(value, str) for value in there):
            result["enum"] = there
    if isinstance(result.get("type"), list):
        kinds = [str(kind) for kind in result.pop("type")]
        if "null" in kinds:
            result["nullable"] = True
            kinds = [kind for kind in kinds if kind != "null"]
        if len(kinds) == 1:
            result["type"] = kinds[0]
        elif kinds:
            result["anyOf"] = [_moved_to_type(result, kind) for kind in kinds]
    return result


def _moved_to_type(result: dict[str, Any], kind: str) -> dict[str, Any]:
    """A schema of one type, with the keywords of that type, which it takes from `result`."""
    own = [name for name in _OF_ONE_TYPE.get(kind, ()) if name in result]
    return {"type": kind, **{name: result.pop(name) for name in own}}
