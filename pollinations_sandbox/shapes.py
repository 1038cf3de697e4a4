"""Small checks of JSON values, with zod's messages; they know no field of the gateway."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Check: TypeAlias = Callable[[object], list[str]]


class Missing:
    """The value of a key that is not there."""


MISSING: Final = Missing()
_KINDS: Final[Mapping[type, str]] = {
    Missing: "undefined",
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
}
_BAD: Final = ["Invalid input"]


def kind(value: object) -> str:
    """What JavaScript calls a value of this type."""
    if isinstance(value, float) and not math.isfinite(value):
        return "Infinity"
    return _KINDS.get(type(value), "object")


def _expected(what: str, value: object) -> list[str]:
    return [f"Invalid input: expected {what}, received {kind(value)}"]


def anything(value: object) -> list[str]:
    """Whatever is there, but it must be there."""
    return _expected("nonoptional", value) if value is MISSING else []


def string(value: object) -> list[str]:
    """A string."""
    return [] if isinstance(value, str) else _expected("string", value)


def boolean(value: object) -> list[str]:
    """True or false, and not "true"."""
    return [] if isinstance(value, bool) else _expected("boolean", value)


def number(low: float | None = None, high: float | None = None, *, whole: bool = False) -> Check:
    """A number between `low` and `high`, both included."""

    def check(value: object) -> list[str]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _expected("number", value)
        if not math.isfinite(value):
            return _expected("number", value)
        if whole and value != int(value):
            return ["Invalid input: expected int, received number"]
        if low is not None and value < low:
            return [f"Too small: expected number to be >={low}"]
        if high is not None and value > high:
            return [f"Too big: expected number to be <={high}"]
        return []

    return check


def one_of(*options: str) -> Check:
    """One of these words."""
    listed = "|".join(f'"{option}"' for option in options)
    message = f"Invalid option: expected one of {listed}"
    return lambda value: [] if isinstance(value, str) and value in options else [message]


def literal(word: str) -> Check:
    """This word and no other."""
    return lambda value: [] if value == word else [f'Invalid input: expected "{word}"']


def array(item: Check, low: int = 0, high: int | None = None) -> Check:
    """A list of `low` to `high` items that all pass."""

    def check(value: object) -> list[str]:
        if not isinstance(value, list):
            return _expected("array", value)
        if len(value) < low:
            return [f"Too small: expected array to have >={low} items"]
        if high is not None and len(value) > high:
            return [f"Too big: expected array to have <={high} items"]
        return [message for each in value for message in item(each)]

    return check


def record(fields: Mapping[str, Check]) -> Check:
    """An object whose named keys pass; other keys are let through."""

    def check(value: object) -> list[str]:
        if not isinstance(value, dict):
            return _expected("object", value)
        return [
            message for name, field in fields.items() for message in field(value.get(name, MISSING))
        ]

    return check


def mapping(item: Check) -> Check:
    """An object whose values all pass."""

    def check(value: object) -> list[str]:
        if not isinstance(value, dict):
            return _expected("record", value)
        return [message for each in value.values() for message in item(each)]

    return check


def union(*checks: Check) -> Check:
    """A value that passes one of the checks.

    When none passes, zod says why only if one alone has the right type and a wrong size.
    """

    def check(value: object) -> list[str]:
        found = [each(value) for each in checks]
        if not all(found):
            return []
        near = [said for said in found if all(one.startswith("Too ") for one in said)]
        return near[0] if len(near) == 1 else _BAD

    return check


def absent(name: str) -> Check:
    """A key that must not be there."""
    return lambda value: [] if value is MISSING else [f'Unrecognized key: "{name}"']


def optional(check: Check) -> Check:
    """A key that may be left out, but not be null."""
    return lambda value: [] if value is MISSING else check(value)


def nullable(check: Check) -> Check:
    """A key that may be null."""
    return lambda value: [] if value is None else check(value)


def of_schema(schema: Any, known: Mapping[str, Any], name: str = "") -> Check:  # noqa: ANN401 - JSON
    """The check of a JSON Schema, of the few keywords that the sandbox's own files use.

    Args:
        schema: The schema; False for a key that must not be there.
        known: The schemas that a `$ref` names.
        name: The key that it belongs to.
    """
    match schema:
        case False:
            return absent(name)
        case {"$ref": other}:
            return of_schema(known[other], known)
        case {"anyOf": [*options]}:
            return union(*(of_schema(option, known) for option in options))
        case {"enum": [*options]}:
            return one_of(*options)
        case {"const": word}:
            return literal(word)
        case _:
            return _typed(schema, known)


def _typed(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Check:
    kind = schema.get("type")
    if isinstance(kind, list):
        return nullable(_typed({**schema, "type": kind[0]}, known))
    if kind == "object" and "properties" in schema:
        checks = {key: of_schema(one, known, key) for key, one in schema["properties"].items()}
        needed = schema["required"]
        return record({k: one if k in needed else optional(one) for k, one in checks.items()})
    if kind == "object":
        return mapping(of_schema(schema["additionalProperties"], known))
    if kind == "array":
        inner = of_schema(schema["items"], known)
        return array(inner, schema.get("minItems", 0), schema.get("maxItems"))
    if kind in {"integer", "number"}:
        return number(schema.get("minimum"), schema.get("maximum"), whole=kind == "integer")
    return _SIMPLE[kind]


_SIMPLE: Final[Mapping[str | None, Check]] = {
    None: anything,
    "string": string,
    "boolean": boolean,
    "null": lambda value: [] if value is None else _BAD,
}
