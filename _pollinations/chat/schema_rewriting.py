"""Rewrites JSON schemas with less of the language, without knowing for whom."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

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
_OBJECT = {"type": "object"}
_MOST_NODES = 2_000
_MOST_RECURRENCES = 3


class NotSayableError(Exception):
    """The schema cannot be written so."""


def cleaned(schema: Any) -> Any:  # noqa: ANN401 - a schema may be a boolean
    """Write a schema as every provider wants it: no null, arrays with items, today's keywords."""
    if not isinstance(schema, Mapping):
        return schema
    made: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _DATA:
            made[name] = value
        elif name in _NAMED and isinstance(value, Mapping):
            made[name] = {key: cleaned(one) for key, one in value.items()}
        elif isinstance(value, list):
            made[name] = [cleaned(one) for one in value]
        elif value is not None:
            made[name] = cleaned(value)
    _modernise(made)
    if "array" in types_of(made):
        made.setdefault("items", {})
    return made


def _modernise(made: dict[str, Any]) -> None:
    """Write what older drafts of JSON Schema wrote otherwise as it is written today."""
    if isinstance(made.get("items"), list):
        made["prefixItems"] = made.pop("items")
    if isinstance(made.get("required"), bool):
        del made["required"]
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and limit in made:
            made[exclusive] = made.pop(limit)


def types_of(schema: Mapping[str, Any]) -> list[Any]:
    """The types of a schema; a single None if it has none."""
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [kind]


def properties_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a schema; none if they are no object."""
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def _list(schema: Mapping[str, Any], name: str) -> list[Any]:
    found = schema.get(name)
    return found if isinstance(found, list) else []


def _parts(
    schema: Mapping[str, Any], kind: str, root: Mapping[str, Any], within: tuple[object, ...]
) -> list[tuple[Mapping[str, Any], tuple[object, ...]]]:
    """The alternatives or parts of a schema, written out, each with the references to it."""
    return [
        (without_top_reference(part, root), (*within, part["$ref"]) if "$ref" in part else within)
        for part in _list(schema, kind)
        if isinstance(part, Mapping) and ("$ref" not in part or part["$ref"] not in within)
    ]


def _without_all_of(
    schema: Mapping[str, Any], root: Mapping[str, Any], within: tuple[object, ...]
) -> Mapping[str, Any]:
    """A schema and all that it must be as well, in one."""
    if "allOf" not in schema:
        return schema
    made = {name: value for name, value in schema.items() if name != "allOf"}
    for one, inner in _parts(schema, "allOf", root, within):
        part = _without_all_of(one, root, inner)
        properties = {**properties_of(part), **properties_of(made)}
        required = dict.fromkeys((*_list(made, "required"), *_list(part, "required")))
        made = {**part, **made}
        if properties:
            made["properties"] = properties
        if required:
            made["required"] = [*required]
    return made


def plain_object(
    schema: Mapping[str, Any], root: Mapping[str, Any], within: tuple[object, ...] = ()
) -> Mapping[str, Any]:
    """An object described at its top: no reference, and no choice among objects there."""
    schema = _without_all_of(without_top_reference(schema, root), root, within)
    is_plain = schema.get("type") == "object" and isinstance(schema.get("properties"), Mapping)
    if is_plain and schema.keys().isdisjoint(_NOT_AT_THE_TOP):
        return schema
    if "object" not in types_of({"type": "object", **schema}):
        return schema
    properties, required = dict(properties_of(schema)), {*_list(schema, "required")}
    for kind in ("anyOf", "oneOf"):
        parts = [
            plain_object(part, root, inner) for part, inner in _parts(schema, kind, root, within)
        ]
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


def referred(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
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


def without_top_reference(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
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


class Writer:
    """Writes a schema with few keywords: references are written out, as often as they may recur.

    Behind the last recurrence an array is empty, and what may be left out is left out, so that
    whatever follows the schema written here follows the one that was given.

    Args:
        root: The whole schema.
        keywords: Those that may be used.
    """

    def __init__(self, root: Mapping[str, Any], keywords: frozenset[str]) -> None:
        self._root = root
        self._keywords = keywords
        self._left = _MOST_NODES

    def write(self) -> dict[str, Any]:
        """Write the whole schema."""
        return self._write(self._root, ()) or dict(_OBJECT)

    def _write(self, schema: Any, within: tuple[object, ...]) -> dict[str, Any] | None:  # noqa: ANN401 - a schema may be a boolean
        """Write one schema; `within` are the references around it. None: it recurs too often."""
        self._left -= 1
        if not isinstance(schema, Mapping):
            return {}
        if "$ref" in schema:
            if within.count(schema["$ref"]) == _MOST_RECURRENCES or self._left < 0:
                return None
            within = (*within, schema["$ref"])
            schema = without_top_reference(schema, self._root)
        schema = _without_all_of(schema, self._root, within)
        made = {name: value for name, value in schema.items() if name in self._keywords}
        for name in ("anyOf", "oneOf"):
            if isinstance(schema.get(name), list):
                written = (self._write(one, within) for one in schema[name])
                made["anyOf"] = [one for one in written if one is not None]
                if not made["anyOf"]:
                    return None
        self._write_object(made, schema, within)
        if "items" in made:
            # The items of a tuple may come in any order here.
            fixed = schema.get("prefixItems") or made["items"]
            items = self._write({"anyOf": fixed} if isinstance(fixed, list) else fixed, within)
            made.update(
                {"items": dict(_OBJECT), "maxItems": 0} if items is None else {"items": items}
            )
        return _with_one_type(made, [schema["const"]] if "const" in schema else made.get("enum"))

    def _write_object(
        self, made: dict[str, Any], schema: Mapping[str, Any], within: tuple[object, ...]
    ) -> None:
        if "properties" in made or "propertyNames" in schema:
            given = {**_keys(schema, self._root), **properties_of(schema)}
            required = [name for name in _list(schema, "required") if name in given]
            written = {name: self._write(one, within) for name, one in given.items()}
            made["properties"] = {
                name: dict(_OBJECT) if one is None else one
                for name, one in written.items()
                if one is not None or name in required
            }
            made.pop("required", None)
            made.update({"required": required} if required else {})
        if isinstance(made.get("additionalProperties"), Mapping):
            made["additionalProperties"] = self._write(made["additionalProperties"], within) or True


def _keys(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of an object that has its possible keys in `propertyNames`."""
    names = schema.get("propertyNames")
    if not isinstance(names, Mapping):
        return {}
    names = without_top_reference(names, root)
    found = [names["const"]] if "const" in names else names.get("enum") or ()
    return {str(name): schema.get("additionalProperties", {}) for name in found}


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
