"""The gateway's schemas, in schemas.json: what passes, and zod's words for what does not."""

import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from pollinations_sandbox import errors
from pollinations_sandbox.catalog import entries
from pollinations_sandbox.errors import Api
from pollinations_sandbox.recorded import Recorded
from pollinations_sandbox.tables import table

Json = dict[str, Any]

_MISSING: Final = object()
_KINDS: Final = {type(None): "null", bool: "boolean", str: "string", list: "array", dict: "object"}
_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")
_SAFE: Final = ("privacy", "secrets", "sexual", "violence", "shield", "true", "nsfw", "false", "0")


def posted(record: Recorded, *, api: Api) -> Json:
    """The JSON object of a request; without its content type the gateway sees an empty one.

    Raises:
        GatewayError: 400, when it is not JSON, or not an object.
    """
    if not record.headers.get("content-type", "").lower().startswith("application/json"):
        return {}
    if record.body is None or isinstance(record.body, bytes):
        raise errors.known("malformed", api=api)
    if not isinstance(record.body, dict):
        message = f"Invalid input: expected object, received {_kind(record.body)}"
        raise errors.invalid({}, api=api, form=message)
    return record.body


def check_body(route: str, body: Mapping[str, Any], *, api: Api) -> None:
    """Let a JSON body pass; fields that the schema does not name always do.

    Args:
        route: The name of its schema.
        body: The body.
        api: Whose schema.

    Raises:
        GatewayError: 400, with the names of the wrong fields.
    """
    wrong = complaints(route, body, api=api)
    if wrong:
        raise errors.invalid(wrong, api=api)


def check_query(route: str, query: Mapping[str, str], *, api: Api) -> None:
    """Let a query pass whose parameters fit.

    Raises:
        GatewayError: 400, with the names of the wrong parameters.
    """
    wrong = complaints(route, query, api=api, texts=True)
    if wrong:
        raise errors.invalid(wrong, api=api, what="Query parameter")


def complaints(
    route: str, fields: Mapping[str, Any], *, api: Api, texts: bool = False
) -> dict[str, list[str]]:
    """What a schema has against each field; with `texts` numbers are texts, as in a query."""
    validator = _validator(route, api)
    read = dict(fields)
    for name, schema in validator.schema["properties"].items() if texts else ():
        if name in read and schema.get("type") in {"number", "integer"}:
            read[name] = number_of(str(read[name]))
    wrong: dict[str, list[str]] = {}
    for error in validator.iter_errors(read):
        wrong.setdefault(str(error.path[0]), []).append(_message(error))
    return wrong


def provider_complaints(name: str, body: Mapping[str, Any]) -> Iterator[str]:
    """What a provider has against a body, each with its place."""
    for error in _Validator(table("schemas")[name]).iter_errors(body):
        yield f"Invalid value at '{error.json_path.removeprefix('$.')}': {_message(error)}"


def number_of(text: str) -> float:
    """What JavaScript's `Number` makes of a text: nothing is 0, words are NaN."""
    if not text.strip():
        return 0
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return int(value) if value.is_integer() else value


def unknown_filters(listed: object) -> list[str]:
    """The words in a list of safety filters that the gateway does not know."""
    words = listed if isinstance(listed, list) else str(listed).split(",")
    return [word for word in map(str, words) if word.strip().lower() not in (*_SAFE, "")]


def _required(
    validator: Draft202012Validator, names: list[str], value: Json, schema: Json
) -> Iterator[ValidationError]:
    """A missing key is one whose value is `undefined`."""
    for name in names if isinstance(value, dict) else ():
        if name not in value:
            yield from validator.descend(_MISSING, schema["properties"][name], path=name)


def _finite(_: object, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


_Validator: Final = extend(
    Draft202012Validator,
    {"required": _required},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _finite),
)
_FORMATS: Final = FormatChecker(())
_FORMATS.checks("safe")(lambda value: not isinstance(value, str) or not unknown_filters(value))


@cache
def _validator(route: str, api: Api) -> Draft202012Validator:
    """The schema of a route; in 2026-01 it lists the models."""
    schemas = table("schemas")
    own = schemas[route]
    properties = {**own["properties"], **own.get(api, {})}
    if api == "2026-01" and "models" in own:
        kinds = own["models"]
        able = [one for one in entries(api) if one.kind in kinds and one.inputs[0] != "audio"]
        ids, aliases = [one.id for one in able], [name for one in able for name in one.aliases]
        properties["model"] = {"enum": ids + aliases}
    schema = {
        "$defs": schemas["$defs"],
        "properties": properties,
        "required": own.get("required", []),
    }
    return _Validator(schema, format_checker=_FORMATS)


def _kind(value: object) -> str:
    """What JavaScript calls a value of this type."""
    if value is _MISSING:
        return "undefined"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity"
    return _KINDS.get(type(value), "number")


def _message(error: ValidationError) -> str:
    """Zod's message for an error; of a union it does not say why."""
    limit, kind = error.validator_value, _kind(error.instance)
    match error.validator:
        case "type":
            wanted = limit if isinstance(limit, str) else limit[0]
            if wanted == "integer":
                wanted = "int" if kind == "number" else "number"
            elif wanted == "object" and "additionalProperties" in error.schema:
                wanted = "record"
            return f"Invalid input: expected {wanted}, received {kind}"
        case "enum":
            options = "|".join(f'"{option}"' for option in limit)
            return f"Invalid option: expected one of {options}"
        case "not":
            return f'Unrecognized key: "{error.path[-1]}"'
    words: Mapping[str, str] = table("schemas")["words"]
    return words.get(str(error.validator), "Invalid input").format(limit)
