"""What a schema allows, compared with a reference."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pollinations_sandbox.author.schema import fits, merge, resolve, type_names

SCHEMAS: list[Any] = [
    {},
    {"type": "string"},
    {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^a"},
    {"type": "integer"},
    {"type": "number", "minimum": 1, "exclusiveMaximum": 3, "multipleOf": 0.5},
    {"type": ["boolean", "null"]},
    {"enum": [1, "a", None]},
    {"const": True},
    {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
    {"type": "array", "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
    {"type": "array", "contains": {"const": 1}},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
    {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
    {"type": "object", "patternProperties": {"^a": {"type": "string"}}, "minProperties": 1},
    {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 2}]},
    {"oneOf": [{"type": "integer"}, {"minimum": 2}]},
    {"allOf": [{"minimum": 1}, {"maximum": 2}]},
    {"not": {"type": "string"}},
    {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "integer"}},
    {"$defs": {"x": {"type": "string"}}, "items": {"$ref": "#/$defs/x"}},
]
VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 2.0, 2.5, 2.75, 3, -1, "", "a", "ab", "abc", "abcd", "b",
    [], [1], [1, 2], [1, 1], [1, 2, 3], ["a"], ["a", 1], {}, {"a": 1}, {"a": "x"}, {"b": 1},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_the_judgement_is_that_of_the_reference(schema: Any) -> None:
    """Every value is judged as `jsonschema` judges it."""
    validator = Draft202012Validator(schema)
    for value in VALUES:
        assert fits(value, schema, schema) == validator.is_valid(value), value


def test_boolean_schemas_allow_everything_or_nothing() -> None:
    """`true` and `false` are schemas."""
    assert fits(1, schema=True, root={})
    assert not fits(1, schema=False, root={})


def test_references_are_followed_once() -> None:
    """A reference to itself ends."""
    root = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a", "type": "string"}}}
    assert resolve(root, root)["type"] == "string"
    assert resolve({"$ref": "#/missing/1"}, root) == {}


def test_merging_keeps_the_stricter_demand() -> None:
    """Limits tighten, options shrink, requirements add up."""
    first = {"minimum": 1, "maximum": 9, "enum": [1, 2], "required": ["a"], "type": "integer"}
    second = {"minimum": 2, "maximum": 8, "enum": [2, 3], "required": ["b"], "type": "integer"}
    assert merge(first, second) == {
        "minimum": 2,
        "maximum": 8,
        "enum": [2],
        "required": ["a", "b"],
        "type": ["integer"],
    }


def test_types_are_guessed_from_other_keywords() -> None:
    """Properties speak of an object, items of an array."""
    assert type_names({"properties": {}}) == ["object"]
    assert type_names({"items": {}}) == ["array"]
    assert type_names({"minimum": 1}) == ["number"]
    assert type_names({"type": ["string", "null"]}) == ["string", "null"]
    assert type_names({}) == []
