"""What a JSON schema allows: references resolved, one instance judged. Nothing is invented here."""

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_KEPT_LARGER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_KEPT_SMALLER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}


def resolve(schema: object, root: Schema) -> dict[str, Any]:
    """One flat schema: `$ref` followed, `allOf` merged, `True` as no demand at all.

    Args:
        schema: The schema, or a boolean.
        root: The document that references point into.
    """
    flat: dict[str, Any] = {}
    queue, seen = [schema], set[str]()
    while queue:
        current = queue.pop(0)
        if current is False:
            flat["not"] = {}
        if not isinstance(current, Mapping):
            continue
        rest = {key: value for key, value in current.items() if key not in {"$ref", "allOf"}}
        flat = merge(flat, rest)
        reference = current.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            queue.append(_pointed(reference, root))
        queue.extend(current.get("allOf", ()))
    return flat


def _pointed(reference: str, root: Schema) -> object:
    target: Any = root
    for step in reference.removeprefix("#").split("/"):
        if step:
            key = step.replace("~1", "/").replace("~0", "~")
            target = target.get(key, {}) if isinstance(target, Mapping) else {}
    return target


def merge(first: Schema, second: Schema) -> dict[str, Any]:
    """Both demands at once, as `allOf` makes them."""
    both = dict(first)
    for key, value in second.items():
        if key not in both:
            both[key] = value
        elif key == "properties":
            both[key] = _merge_properties(both[key], value)
        elif key == "required":
            both[key] = list(dict.fromkeys([*both[key], *value]))
        elif key == "enum":
            both[key] = [option for option in both[key] if option in value]
        elif key in _KEPT_LARGER:
            both[key] = max(both[key], value)
        elif key in _KEPT_SMALLER:
            both[key] = min(both[key], value)
        elif key == "type":
            both[key] = [name for name in type_names(first) if name in type_names(second)]
    return both


def _merge_properties(first: Schema, second: Schema) -> dict[str, Any]:
    shared = {name: {"allOf": [first[name], second[name]]} for name in first if name in second}
    return {**first, **second, **shared}


def type_names(schema: Schema) -> list[str]:
    """The types that the schema names, or what its other keywords speak of."""
    named = schema.get("type")
    if isinstance(named, str):
        return [named]
    if isinstance(named, list):
        return list(named)
    if "properties" in schema or "required" in schema or "additionalProperties" in schema:
        return ["object"]
    if "items" in schema or "prefixItems" in schema:
        return ["array"]
    if {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"} & set(schema):
        return ["number"]
    return []


def fits(value: object, schema: object, root: Schema) -> bool:
    """Whether `value` is an instance of `schema`."""
    flat = resolve(schema, root)
    if "not" in flat and fits(value, flat["not"], root):
        return False
    if "const" in flat and not _equal(value, flat["const"]):
        return False
    if "enum" in flat and not any(_equal(value, option) for option in flat["enum"]):
        return False
    return (
        _type_fits(value, flat.get("type"))
        and _branches_fit(value, flat, root)
        and _content_fits(value, flat, root)
    )


def _equal(first: object, second: object) -> bool:
    return isinstance(first, bool) == isinstance(second, bool) and first == second


def _type_fits(value: object, named: object) -> bool:
    if named is None:
        return True
    names = [named] if isinstance(named, str) else named
    assert isinstance(names, list)  # noqa: S101 - the schema's own grammar
    for name in names:
        is_bool = isinstance(value, bool)
        if isinstance(value, _TYPES.get(name, ())) and is_bool == (name == "boolean"):
            return True
        if name == "integer" and isinstance(value, float) and value.is_integer():
            return True
    return False


def _branches_fit(value: object, flat: Schema, root: Schema) -> bool:
    if "anyOf" in flat and not any(fits(value, branch, root) for branch in flat["anyOf"]):
        return False
    if "oneOf" in flat and sum(fits(value, branch, root) for branch in flat["oneOf"]) != 1:
        return False
    if "if" in flat:
        chosen = "then" if fits(value, flat["if"], root) else "else"
        return fits(value, flat.get(chosen, True), root)
    return True


def _content_fits(value: object, flat: Schema, root: Schema) -> bool:
    if isinstance(value, str):
        return _string_fits(value, flat)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int | float):
        return _number_fits(value, flat)
    if isinstance(value, list):
        return _array_fits(value, flat, root)
    return not isinstance(value, dict) or _object_fits(value, flat, root)


def _string_fits(value: str, flat: Schema) -> bool:
    if not flat.get("minLength", 0) <= len(value) <= flat.get("maxLength", len(value)):
        return False
    pattern = flat.get("pattern")
    try:
        return pattern is None or re.search(str(pattern), value) is not None
    except re.error:  # a dialect that Python does not speak
        return True


def _number_fits(value: float, flat: Schema) -> bool:
    if not flat.get("minimum", value) <= value <= flat.get("maximum", value):
        return False
    low, high = flat.get("exclusiveMinimum"), flat.get("exclusiveMaximum")
    if (low is not None and value <= low) or (high is not None and value >= high):
        return False
    step = flat.get("multipleOf")
    if not step:
        return True
    quotient: float = value / step
    return abs(quotient - round(quotient)) < 1e-9  # noqa: PLR2004 - dust of binary fractions


def _array_fits(value: list[Any], flat: Schema, root: Schema) -> bool:
    if not flat.get("minItems", 0) <= len(value) <= flat.get("maxItems", len(value)):
        return False
    if flat.get("uniqueItems") and any(item in value[:at] for at, item in enumerate(value)):
        return False
    first = flat.get("prefixItems", [])
    if not all(fits(item, schema, root) for item, schema in zip(value, first, strict=False)):
        return False
    rest = flat.get("items", True)
    if not all(fits(item, rest, root) for item in value[len(first) :]):
        return False
    return "contains" not in flat or any(fits(item, flat["contains"], root) for item in value)


def _object_fits(value: dict[str, Any], flat: Schema, root: Schema) -> bool:
    if any(name not in value for name in flat.get("required", ())):
        return False
    if not flat.get("minProperties", 0) <= len(value) <= flat.get("maxProperties", len(value)):
        return False
    properties = flat.get("properties", {})
    for name, item in value.items():
        patterns = flat.get("patternProperties", {})
        schemas = [patterns[key] for key in patterns if re.search(key, name)]
        if name in properties:
            schemas.append(properties[name])
        if not all(
            fits(item, schema, root)
            for schema in schemas or [flat.get("additionalProperties", True)]
        ):
            return False
    return True
