"""Schemas are filled from the prompt, and what is filled is valid."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pollinations_sandbox.replier.filling import Hints, fill

TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def form(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


MAYBE = {"anyOf": [WHOLE, {"type": "null"}]}
NODE = form(value=WHOLE, next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})


@pytest.mark.parametrize(
    ("schema", "prompt", "filled"),
    [
        (form(a=NUMBER, b=NUMBER), "Add 2.5 and 1,400.", {"a": 2.5, "b": 1400}),
        (form(a=WHOLE), "Not 2.5 but -3, since 2026-01-01", {"a": -3}),
        (form(city=TEXT), "Is it cold in New York?", {"city": "New York"}),
        (form(name=TEXT, age=WHOLE), "Anna Smith is 34.", {"name": "Anna Smith", "age": 34}),
        (form(title=TEXT), "Write 'the end' for Ada", {"title": "the end"}),
        (form(city=TEXT, days=WHOLE), "days: 3, city: rome", {"city": "rome", "days": 3}),
        (form(ok={"type": "boolean"}), "ok = no", {"ok": False}),
        (form(mood={"enum": ["happy", "sad"]}), "He looks sadly at me", {"mood": "sad"}),
        (form(sizes={"type": "array", "items": NUMBER}), "2, 4 and 6", {"sizes": [2, 4, 6]}),
        (form(mail={**TEXT, "format": "email"}), "write to a.b@c.org.", {"mail": "a.b@c.org"}),
        (form(day={**TEXT, "format": "date"}), "until 2026-04-01", {"day": "2026-04-01"}),
        (form(n=MAYBE), "Take 3.", {"n": None}),
        (form(n=MAYBE), "Let n be 3.", {"n": 3}),
        ({**form(a=WHOLE, limit=WHOLE), "required": ["a"]}, "1 2", {"a": 1}),
        ({**form(a=WHOLE, limit=WHOLE), "required": ["a"]}, "1, limit 2", {"a": 1, "limit": 2}),
        ({"$defs": {"node": NODE}, "$ref": "#/$defs/node"}, "7", {"value": 7, "next": None}),
    ],
)
def test_fields_take_what_the_prompt_has(
    schema: dict[str, Any], prompt: str, filled: dict[str, Any]
) -> None:
    """Labels first, then numbers, quotes and names, in their order and each once."""
    assert fill(schema, prompt) == filled


@pytest.mark.parametrize(
    ("schema", "filled"),
    [
        (form(a={**TEXT, "default": "x"}, b={**TEXT, "examples": ["y"]}), {"a": "x", "b": "y"}),
        (form(text=TEXT), {"text": "[sandbox] text"}),
        (form(answer=TEXT), {"answer": "It is late."}),
        (form(a=WHOLE, b={"type": "boolean"}), {"a": 0, "b": True}),
        (form(a={**WHOLE, "minimum": 3, "multipleOf": 4}), {"a": 4}),
        (form(a={"type": "array", "items": TEXT}), {"a": ["[sandbox] a"]}),
        (form(a={"const": 5}), {"a": 5}),
        (form(a={"type": ["string", "null"]}), {"a": None}),
    ],
)
def test_fields_without_a_value_take_the_schema_or_are_marked(
    schema: dict[str, Any], filled: dict[str, Any]
) -> None:
    """No text is made up that could be taken for a model's."""
    assert fill(schema, "well", Hints(answer="It is late.")) == filled


@pytest.mark.parametrize(
    "schema",
    [
        form(a={**TEXT, "pattern": r"^[A-Z]{2}-\d{3}$"}),
        form(a={**TEXT, "minLength": 40}, b={**TEXT, "maxLength": 3}),
        form(a={"type": "array", "items": TEXT, "minItems": 4, "uniqueItems": True}),
        form(a={"type": "array", "items": WHOLE, "minItems": 4, "uniqueItems": True}),
        form(a={"type": "array", "prefixItems": [TEXT, WHOLE], "items": False}),
        form(a={**NUMBER, "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        form(a={**WHOLE, "maximum": -5}),
        form(a={"oneOf": [form(kind={"const": "x"}), form(kind={"const": "y"}, n=WHOLE)]}),
        form(a={"allOf": [form(b=TEXT), form(c=WHOLE)]}),
        form(a={"type": "object", "additionalProperties": WHOLE, "minProperties": 2}),
        {"$defs": {"node": NODE}, **form(first={"$ref": "#/$defs/node"})},
        {"type": "array", "items": {"$ref": "#"}},
        {"required": ["x"]},
        {},
    ],
)
@given(prompt=st.text(max_size=60) | st.sampled_from(["Ada is 7", "x: 1", "'a' and 2.5 or -3"]))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_filled_is_valid(schema: dict[str, Any], prompt: str) -> None:
    """Whatever the prompt is."""
    Draft202012Validator(schema).validate(fill(schema, prompt))


@pytest.mark.parametrize(
    "schema",
    [
        form(a={"$ref": "#/nowhere"}),
        form(a={"$ref": "http://127.0.0.1:1/away"}),
        form(a={**TEXT, "pattern": "(?<name"}),
        form(a={"type": "soup"}),
        form(a={"not": {}}),
        {"$ref": "#"},
        form(a={"enum": []}),
    ],
)
def test_a_broken_schema_breaks_nothing(schema: dict[str, Any]) -> None:
    """And nothing is fetched from another host."""
    fill(schema, "Ada is 7")
