"""JSON that a request asks for: by `response_format`, by a schema in the prompt, or by keys."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pollinations_sandbox.author.chatting import arithmetic
from pollinations_sandbox.author.clues import Clues
from pollinations_sandbox.author.filling import instance
from pollinations_sandbox.author.judging import choices, hints
from pollinations_sandbox.author.quoting import answer_from_context, question_of
from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.vocabulary import ANSWERS, QUOTES
from pollinations_sandbox.author.words import cut, sentences

_SPEAKS_OF_SCHEMA = re.compile(r"\bschema\b", re.IGNORECASE)
_KEYS = re.compile(
    r"\b(?:keys?|fields?|properties)\b\s*(?:named|called|are|is|of)?\s*:?\s*(?P<behind>[^\n.]{1,300})",
    re.IGNORECASE,
)
_QUOTED_KEYS = re.compile(
    r"((?:[\"'`]\w{1,60}[\"'`](?:,? and |, | or )?){1,20})\s*(?:keys?|fields?|properties)\b",
    re.IGNORECASE,
)
_KEY = re.compile(r"[\"'`]?\b([A-Za-z_]\w{0,60})\b[\"'`]?(?:\s*\((\w{1,20})[^)]{0,80}\))?")
_NO_KEYS = frozenset(
    [
        "and",
        "or",
        "the",
        "with",
        "a",
        "an",
        "as",
        "of",
        "to",
        "return",
        "nothing",
        "other",
        "than",
        "json",
        "only",
        "object",
        "is",
        "are",
        "in",
    ]
)
_MOST_BRACES = 12
_ENDS = 12_000


def json_schema_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema that `response_format` demands."""
    demanded = body.get("response_format") or {}
    if demanded.get("type") != "json_schema":
        return None
    schema = demanded.get("json_schema", {}).get("schema")
    return schema if isinstance(schema, Mapping) else {}


def filled(schema: Mapping[str, Any], reading: Reading) -> str:
    """JSON text that is valid against the schema and speaks of the request."""
    clues = Clues(_evidence(grounded(reading)), known(reading))
    return json.dumps(instance(schema, clues, generous=True), ensure_ascii=False)


def grounded(reading: Reading) -> Reading:
    """The reading with only that part of its context which answers it."""
    told = answer_from_context(reading)
    return reading if told is None else replace(reading, asked=f"{told}\n{question_of(reading)}")


def known(reading: Reading) -> Mapping[str, Any]:
    """Values for fields of these names, as far as the request decides them itself."""
    told = reading.made[-1].result if reading.made else _last_reply(reading.asked)
    told = told or answer_from_context(reading) or arithmetic(reading.asked)
    if not told:
        return hints(reading)
    quoted = next(iter(sentences(told)), told)
    return {**dict.fromkeys(ANSWERS, told), **dict.fromkeys(QUOTES, quoted), **hints(reading)}


def _last_reply(asked: str) -> str | None:
    """What the assistant said last in a conversation that was sent as one text."""
    if "<current_conversation>" not in asked:
        return None
    return cut(asked.rpartition("<assistant>")[2], "<message>", "</message>")


def json_object(reading: Reading) -> str:
    """A JSON object with the keys that the prompt names; `answer` if it names none."""
    prompted = _prompted(reading)
    if prompted is not None:
        return prompted
    return json.dumps({"answer": _evidence(reading)[:500]}, ensure_ascii=False)


def prompted_json(reading: Reading) -> str | None:
    """JSON for a prompt that spells out a schema and wants nothing else; None otherwise."""
    text = f"{reading.system}\n{reading.asked}"
    if "Some choices are given below" in text and "JSON" in text:
        reason = hints(reading)["reason"]
        return json.dumps(
            [{"choice": number, "reason": reason} for number in choices(reading.asked)]
        )
    wants = re.search(
        r"\bJSON (?:schema|instance|object|format)\b|\bvalid JSON\b|\bas (?:a )?JSON\b",
        text,
        re.IGNORECASE,
    )
    return _prompted(reading) if wants else None


def _single_braces(text: str) -> str:
    """The text as it was meant: some templates send the braces of a schema twice."""
    return text.replace("{{", "{").replace("}}", "}") if '{{"' in text else text


def _prompted(reading: Reading) -> str | None:
    reading = replace(
        reading, system=_single_braces(reading.system), asked=_single_braces(reading.asked)
    )
    text = f"{reading.system}\n{reading.asked}"
    schema, place = _schema_in(text)
    if schema is None:
        schema, place = _schema_of_keys(text), ""
    if schema is None:
        return None
    asked = reading.asked.replace(place, " ") if place else reading.asked
    told = [one for one in re.split(r"(?<=[.!?])\s+|\n+", asked) if "JSON" not in one]
    asked = "\n".join(told) if sentences("\n".join(told)) else asked
    for key in schema.get("properties", {}):  # the name of a key is no value
        asked = re.sub(rf"[\"'`]{re.escape(key)}[\"'`]", f" {key} ", asked)
    return filled(schema, replace(reading, asked=asked))


def _evidence(reading: Reading) -> str:
    asked = reading.asked
    if len(asked) > 2 * _ENDS:  # the facts stand at the beginning, the question often at the end
        asked = f"{asked[:_ENDS]}\n{asked[-_ENDS:]}"
    found = "\n".join((made.result or "")[:_ENDS] for made in reading.made)
    return f"{found}\n{asked}" if found else asked


def _schema_in(text: str) -> tuple[Mapping[str, Any] | None, str]:
    """The last JSON schema, or else the last example, that stands in the prompt."""
    example: tuple[Mapping[str, Any] | None, str] = (None, "")
    schema: tuple[Mapping[str, Any] | None, str] = (None, "")
    place, tries = text.find("{"), 0
    while place >= 0 and tries < _MOST_BRACES:
        tries += 1
        try:
            value, end = json.JSONDecoder().raw_decode(text, place)
        except ValueError:
            place = text.find("{", place + 1)
            continue
        if isinstance(value, dict) and value:
            if _is_schema(value):
                schema = (value, text[place:end])
            elif "JSON" in text:
                example = (_schema_of_example(value), text[place:end])
        place = text.find("{", end)
    return schema if schema[0] is not None and _SPEAKS_OF_SCHEMA.search(text) else example


def _is_schema(value: Mapping[str, Any]) -> bool:
    return (
        isinstance(value.get("properties"), dict)
        or "$ref" in value
        or (isinstance(value.get("type"), str) and bool({"items", "enum", "anyOf"} & set(value)))
    )


def _schema_of_example(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {key: _schema_of_value(item) for key, item in value.items()},
        "required": list(value),
    }


def _schema_of_value(value: object) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return _schema_of_example(value)
    if isinstance(value, list):
        return {
            "type": "array",
            "items": _schema_of_value(value[0]) if value else {"type": "string"},
        }
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int | float):
        return {"type": "number"}
    return {"type": "string"}


def _schema_of_keys(text: str) -> Mapping[str, Any] | None:
    text = text[-20_000:]
    quoted = _QUOTED_KEYS.search(text)
    listed = _KEYS.search(text)
    said = quoted[1] if quoted else listed["behind"] if listed else ""
    if quoted is None and '"' in said + "'" and re.search(r"[\"'`]\w+[\"'`]", said):
        keys = [(key, "") for key in re.findall(r"[\"'`](\w+)[\"'`]", said)]
    else:
        keys = [(match[1], match[2] or "") for match in _KEY.finditer(said)]
    kinds = {
        "int": "integer",
        "integer": "integer",
        "number": "number",
        "float": "number",
        "bool": "boolean",
        "boolean": "boolean",
        "list": "array",
        "array": "array",
    }
    names = {
        key: {"type": kinds.get(kind.lower(), _kind_of(key))}
        for key, kind in keys
        if key.lower() not in _NO_KEYS
    }
    return {"type": "object", "properties": names, "required": list(names)} if names else None


def _kind_of(key: str) -> str:
    numeric = {
        "age",
        "count",
        "number",
        "year",
        "price",
        "score",
        "population",
        "total",
        "amount",
        "quantity",
    }
    return "number" if key.lower() in numeric else "string"
