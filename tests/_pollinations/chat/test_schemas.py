"""Strict schemas say the same or nothing, and JSON is found in what a model wrote."""

from enum import Enum
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field

from _pollinations.chat.schemas import json_format, strict_schema, unfenced


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Wheel(BaseModel):
    size: int = Field(default=20, description="Inches")


class Car(BaseModel):
    """A car."""

    kind: Literal["car"] = "car"
    colour: Colour = Colour.RED
    wheels: list[Wheel]
    spare: Wheel | None = None
    best: Annotated[Wheel, Field(description="The best wheel")]


class Boat(BaseModel):
    kind: Literal["boat"] = "boat"
    name: str = Field(min_length=1)


class Fleet(BaseModel):
    first: Annotated[Car | Boat, Field(discriminator="kind")]


class Node(BaseModel):
    value: int
    child: "Node | None" = None
    other: Annotated["Node | None", Field(description="Another")] = None


def within(schema: Any) -> list[dict[str, Any]]:
    """Every dictionary in it, at any depth."""
    if isinstance(schema, dict):
        return [schema, *(found for value in schema.values() for found in within(value))]
    if isinstance(schema, list):
        return [found for value in schema for found in within(value)]
    return []


@pytest.mark.parametrize("model", [Car, Boat, Fleet, Node])
def test_every_object_is_closed_and_whole(model: type[BaseModel]) -> None:
    """All properties are required at every depth, and no others are allowed."""
    made = strict_schema(model.model_json_schema())

    assert made is not None
    jsonschema.Draft202012Validator.check_schema(made)
    for found in within(made):
        if found.get("type") != "object":
            continue
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])


@pytest.mark.parametrize("model", [Car, Fleet, Node])
def test_what_strict_output_refuses_is_gone(model: type[BaseModel]) -> None:
    """Defaults, discriminators, `oneOf` and keys beside a reference."""
    found = within(strict_schema(model.model_json_schema()))

    assert found
    for one in found:
        assert not one.keys() & {"default", "discriminator", "oneOf"}
        assert "$ref" not in one or one.keys() == {"$ref"}


def test_a_valid_object_stays_valid() -> None:
    """What the strict schema lets through, the model takes."""
    made = strict_schema(Car.model_json_schema())
    car = {
        "kind": "car",
        "colour": "blue",
        "wheels": [{"size": 1}],
        "spare": None,
        "best": {"size": 2},
    }

    assert made is not None
    jsonschema.validate(car, made)
    assert Car.model_validate(car).colour is Colour.BLUE


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": {"type": "object"}}},
        {"type": "object", "properties": {"a": True}},
        {"type": "object", "properties": {"a": {"type": "array"}}},
        {"type": "object", "properties": {"a": {"type": "array", "prefixItems": []}}},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/gone", "description": "x"}}},
        {"type": "object", "properties": {"a": {"allOf": [{"type": "string"}, {"enum": ["x"]}]}}},
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
        {"type": "array", "items": {"type": "string"}},
    ],
)
def test_what_strict_output_cannot_say_has_no_strict_schema(schema: dict[str, Any]) -> None:
    """Free keys, values of any type, tuples and roots that are no objects."""
    assert strict_schema(schema) is None


def test_a_schema_is_not_changed() -> None:
    """The strict schema is another object."""
    schema = Car.model_json_schema()

    strict_schema(schema)

    assert schema == Car.model_json_schema()


def test_a_single_all_of_is_its_content() -> None:
    """Older generators wrap references so."""
    schema = {
        "type": "object",
        "properties": {"a": {"allOf": [{"$ref": "#/$defs/A"}], "description": "An a"}},
        "$defs": {"A": {"type": "string"}},
    }

    made = strict_schema(schema)

    assert made is not None
    assert made["properties"]["a"] == {"type": "string", "description": "An a"}


def test_a_format_always_has_a_name() -> None:
    """Providers insist on one, and on its letters."""
    made = json_format("List[Car]", Boat.model_json_schema())["json_schema"]

    assert made["name"] == "List_Car"
    assert made["strict"] is True
    assert json_format("[]", {"type": "object"})["json_schema"] == {
        "name": "answer",
        "schema": {"type": "object"},
    }
    assert "strict" not in json_format("x", Boat.model_json_schema(), strict=False)["json_schema"]


def test_a_format_tells_the_description() -> None:
    """The docstring of a class is part of the question."""
    assert json_format("Car", Car.model_json_schema())["json_schema"]["description"] == "A car."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('  [1, "```"]  ', '[1, "```"]'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```\r\n{"a": 1}\r\n```', '{"a": 1}'),
        ('So:\n```json\n{"a": "```x```"}\n```\nOK', '{"a": "```x```"}'),
        ('```json\n{"a": 1, "b', '{"a": 1, "b'),
        ('Sure: {"a": {"b": 1}} done', '{"a": {"b": 1}}'),
        ('Sure: {"a": ', '{"a":'),
        ("no", "no"),
        ("", ""),
    ],
)
def test_json_is_found_in_text(text: str, found: str) -> None:
    """Fences and words around it are left out; what has no JSON stays as it is."""
    assert unfenced(text) == found
