"""JSON schemas as strict output wants them, and the JSON in what a model wrote."""

import re
from collections.abc import Mapping
from typing import Any

from _pollinations.chat.parts import sanitised

_FENCE = re.compile(r"```[\w-]*[ \t]*\r?\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_UNSAYABLE = frozenset({"patternProperties", "prefixItems", "not", "if", "dependentSchemas"})
_DROPPED = frozenset(
    {"default", "discriminator", "minLength", "maxLength", "uniqueItems", "$schema"}
)
_NAME = "answer"


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """Write a schema as strict output wants it.

    Every property is required, no other is allowed, defaults are gone, and a reference stands
    alone. See https://platform.openai.com/docs/guides/structured-outputs.

    Args:
        schema: A JSON schema, such as `Model.model_json_schema()`; it is not changed.

    Returns:
        The strict schema, or None if it cannot say the same: objects with free keys, tuples,
        values of any type.

    Example:
        >>> strict_schema({"type": "object", "properties": {"a": {"type": "string"}}})["required"]
        ['a']
        >>> strict_schema({"type": "object"}) is None
        True
    """
    try:
        made = _strict(_referred(schema, schema) if "$ref" in schema else schema, schema, ())
    except _UnsayableError:
        return None
    return made if made.get("type") == "object" else None


def json_format(
    name: str, schema: Mapping[str, Any], *, strict: bool | None = None
) -> dict[str, Any]:
    """Make the `response_format` that asks for JSON of a schema.

    Args:
        name: What the answer is; characters that providers refuse are replaced.
        schema: A JSON schema.
        strict: Whether it must be followed to the letter; None does so where it can be said.

    Returns:
        A `response_format`.
    """
    said = strict_schema(schema) if strict is not False else None
    made: dict[str, Any] = {"name": sanitised(name) or _NAME, "schema": dict(schema)}
    if isinstance(schema.get("description"), str):
        made["description"] = schema["description"]
    if said is not None:
        made.update(schema=said, strict=True)
    return {"type": "json_schema", "json_schema": made}


def unfenced(text: str) -> str:
    r"""Take the JSON out of a Markdown fence or of words around it, whole or not yet whole.

    Args:
        text: What the model wrote, or has written so far.

    Returns:
        What looks like JSON in it; the text itself if nothing does.

    Example:
        >>> unfenced('Here you are:\n```json\n{"a": 1}\n```')
        '{"a": 1}'
    """
    text = text.strip()
    if text.startswith(("{", "[")):
        return text
    fenced = _FENCE.search(text)
    if fenced:
        return fenced[1].strip()
    start = text.find("{")
    if start < 0:
        return text
    end = text.rfind("}")
    return text[start : end + 1] if end > start else text[start:]


class _UnsayableError(Exception):
    """A strict schema cannot say this."""


def _strict(schema: Any, root: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - a schema may be a boolean
    """Rewrite a schema; `within` are the references that are being written out."""
    if not isinstance(schema, Mapping) or schema.keys() & _UNSAYABLE:
        raise _UnsayableError
    if "$ref" in schema:
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        if beside.keys() <= {"$defs", "default", "title"} or schema["$ref"] in within:
            return {"$ref": schema["$ref"]}
        return _strict({**_referred(schema, root), **beside}, root, (*within, schema["$ref"]))
    if "allOf" in schema:
        if len(schema["allOf"]) != 1:
            raise _UnsayableError
        rest = {name: value for name, value in schema.items() if name != "allOf"}
        return _strict({**schema["allOf"][0], **rest}, root, within)
    made = {name: value for name, value in schema.items() if name not in _DROPPED}
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if not made.keys() & {"type", "enum", "const", "anyOf"}:
        raise _UnsayableError
    return _inside(made, root, within)


def _inside(
    made: dict[str, Any], root: Mapping[str, Any], within: tuple[str, ...]
) -> dict[str, Any]:
    if "anyOf" in made:
        made["anyOf"] = [_strict(one, root, within) for one in made["anyOf"]]
    for name in ("$defs", "definitions"):
        if name in made:
            made[name] = {key: _strict(one, root, within) for key, one in made[name].items()}
    if made.get("type") == "object":
        _close(made, root, within)
    if made.get("type") == "array":
        made["items"] = _strict(made.get("items"), root, within)
    return made


def _close(made: dict[str, Any], root: Mapping[str, Any], within: tuple[str, ...]) -> None:
    properties = made.get("properties")
    if not properties or made.get("additionalProperties"):
        raise _UnsayableError
    made["properties"] = {name: _strict(one, root, within) for name, one in properties.items()}
    made["required"] = list(properties)
    made["additionalProperties"] = False


def _referred(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """What a local reference names, and the definitions of the root with it at the root."""
    found: Any = root
    for step in str(schema["$ref"]).removeprefix("#/").split("/"):
        if not isinstance(found, Mapping) or step not in found:
            raise _UnsayableError
        found = found[step]
    kept = {name: root[name] for name in ("$defs", "definitions") if name in root}
    return {**found, **(kept if schema is root else {})}
