"""Rewrites JSON schemas with less of the language, without knowing for whom."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

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


class NotSayableError(Exception):
    """The schema cannot be written so."""


def mapped(schema: Schema, rewrite: Callable[[Any], Any]) -> dict[str, Any]:
    """Rewrite each schema that stands directly in a schema; a boolean may be one."""
    made: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _DATA:
            made[name] = value
        elif name in _NAMED and isinstance(value, Mapping):
            made[name] = {key: rewrite(one) for key, one in value.items()}
        elif isinstance(value, list):
            made[name] = [one if isinstance(one, str) else rewrite(one) for one in value]
        else:
            is_schema = name == "items" or isinstance(value, Mapping)
            made[name] = rewrite(value) if is_schema else value
    return made


def types_of(schema: Schema) -> list[Any]:
    """The types of a schema; a single None if it has none."""
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [kind]


def properties_of(schema: Schema) -> Schema:
    """The properties of a schema; none if they are no object."""
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def cleaned(schema: Any) -> Any:  # noqa: ANN401 - a schema may be a boolean
    """Write a schema as every provider wants it: no null, arrays with items, today's keywords."""
    if not isinstance(schema, Mapping):
        return schema
    made = {
        name: value
        for name, value in mapped(schema, cleaned).items()
        if value is not None or name in _DATA
    }
    # What older drafts of JSON Schema wrote otherwise.
    if isinstance(made.get("items"), list):
        made["prefixItems"] = made.pop("items")
    if isinstance(made.get("required"), bool):
        del made["required"]
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and limit in made:
            made[exclusive] = made.pop(limit)
    if "array" in types_of(made):
        made.setdefault("items", {})
    return made


def referred(schema: Schema, root: Schema) -> dict[str, Any]:
    """What a local reference names."""
    found: Any = root
    steps = unquote(str(schema["$ref"])).removeprefix("#").removeprefix("/").split("/")
    for step in steps if steps != [""] else ():
        name = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or name not in found:
            raise NotSayableError
        found = found[name]
    if not isinstance(found, Mapping):
        raise NotSayableError
    return dict(found)


def without_top_reference(schema: Schema, root: Schema) -> Schema:
    """A schema whose top is written out; the one given if its reference leads nowhere."""
    seen: set[object] = set()
    made = schema
    while "$ref" in made and made["$ref"] not in seen:
        seen.add(made["$ref"])
        beside = {name: value for name, value in made.items() if name != "$ref"}
        try:
            made = {**referred(made, root), **beside}
        except NotSayableError:
            return schema
    return made


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
        kept = {name: value for name, value in node.items() if name not in gone}
        return mapped(kept, lambda inner: write(inner, within))

    made: dict[str, Any] = write(schema, ())
    return made


def plain_object(schema: Schema) -> Schema:
    """An object described at its top: no reference, and no choice among objects there."""
    top = without_top_reference(schema, schema)
    is_plain = top.get("type") == "object" and isinstance(top.get("properties"), Mapping)
    if is_plain and top.keys().isdisjoint(_NOT_AT_THE_TOP):
        return top
    if top.keys() & {"allOf", "anyOf", "oneOf", "$ref"}:
        top = _without_all_of(inlined(top, schema))
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
    made = {name: value for name, value in whole.items() if name in keywords}
    choices = [*_list(whole, "anyOf"), *_list(whole, "oneOf")]
    if choices:
        made["anyOf"] = choices
    if "items" in made and _list(whole, "prefixItems"):
        made["items"] = {"anyOf": whole["prefixItems"]}  # its items may come in any order here
    free = whole.get("additionalProperties")
    keys = _list(whole.get("propertyNames", {}), "enum")
    properties = {**dict.fromkeys(map(str, keys), free or {}), **properties_of(made)}
    if properties:
        made["properties"] = properties
    required = [name for name in _list(made, "required") if name in properties]
    made.pop("required", None)
    if required:
        made["required"] = required
    return _with_one_type(made, [whole["const"]] if "const" in whole else made.get("enum"))


def _list(schema: Schema, name: str) -> list[Any]:
    found = schema.get(name)
    return found if isinstance(found, list) else []


def _without_all_of(schema: Schema) -> Schema:
    """A schema and all that it must be as well, in one."""
    made = {name: value for name, value in schema.items() if name != "allOf"}
    for one in _list(schema, "allOf"):
        part = _without_all_of(one) if isinstance(one, Mapping) else {}
        properties = {**properties_of(part), **properties_of(made)}
        required = dict.fromkeys((*_list(made, "required"), *_list(part, "required")))
        made = {**part, **made}
        made.update({"properties": properties} if properties else {})
        made.update({"required": [*required]} if required else {})
    return made


def _merged(schema: Schema) -> dict[str, Any]:
    """One object of several: each property may be any of them, what all require is required."""
    schema = _without_all_of(schema)
    properties, required = dict(properties_of(schema)), {*_list(schema, "required")}
    for kind in ("anyOf", "oneOf"):
        parts = [_merged(part) for part in _list(schema, kind) if isinstance(part, Mapping)]
        for part in parts:
            for name, one in properties_of(part).items():
                first = properties.setdefault(name, one)
                if first != one:
                    properties[name] = {"anyOf": [first, one]}
        if parts:
            required |= set.intersection(*({*_list(part, "required")} for part in parts))
    made = {name: value for name, value in schema.items() if name not in _NOT_AT_THE_TOP}
    made.update(type="object", properties=properties)
    if required:
        made["required"] = [name for name in properties if name in required]
    return made


def _with_one_type(made: dict[str, Any], values: list[Any] | None) -> dict[str, Any]:
    """A schema with one type, and with its values only if they are strings."""
    if values is not None:
        there = [value for value in values if value is not None]
        made.pop("enum", None)
        made.update({"nullable": True} if len(there) < len(values) else {})
        kind = next((_TYPES.get(type(value)) for value in there), None)
        if kind is not None:
            made.setdefault("type", kind)
        if there and all(isinstance(value, str) for value in there):
            made["enum"] = there
    if isinstance(made.get("type"), list):
        kinds = [str(kind) for kind in made.pop("type")]
        made.update({"nullable": True} if "null" in kinds else {})
        several = [
            {"type": kind, **{n: made.pop(n) for n in _OF_ONE_TYPE.get(kind, ()) if n in made}}
            for kind in kinds
            if kind != "null"
        ]
        made.update(several[0] if len(several) == 1 else {"anyOf": several} if several else {})
    return made
