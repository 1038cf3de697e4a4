"""Strict schemas say the same or nothing; everything that may be a format becomes one."""

import copy
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar

import jsonschema
import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from _pollinations.chat.options import chat_options
from _pollinations.chat.schemas import strict_schema
from _pollinations.http.errors import InvalidInputError


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


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def within(schema: Any) -> list[dict[str, Any]]:
    """Every dictionary in it, at any depth."""
    if isinstance(schema, dict):
        return [schema, *(one for value in schema.values() for one in within(value))]
    if isinstance(schema, list):
        return [one for value in schema for one in within(value)]
    return []


class Marked(BaseModel):
    url: str = Field(json_schema_extra={"format": "uri", "examples": ["x"], "readOnly": True})
    day: str = Field(json_schema_extra={"format": "date", "contentEncoding": "base64"})
    few: list[int] = Field(json_schema_extra={"uniqueItems": True, "x-vendor": 1})


REFUSED = {"default", "discriminator", "oneOf", "examples", "readOnly", "contentEncoding"}


@pytest.mark.parametrize("model", [Car, Boat, Fleet, Node, Marked])
def test_every_object_is_closed_and_what_strict_output_refuses_is_gone(
    model: type[BaseModel],
) -> None:
    """At every depth; no defaults, keys beside a reference, unknown keywords and formats."""
    schema = strict_schema(model.model_json_schema())

    assert schema is not None
    jsonschema.Draft202012Validator.check_schema(schema)
    for one in within(schema):
        if one.get("type") == "object":
            assert one["additionalProperties"] is False
            assert one["required"] == list(one["properties"])
        assert not one.keys() & {*REFUSED, "uniqueItems", "x-vendor"}
        assert one.get("format") in {None, "date"}
        assert "$ref" not in one or one.keys() == {"$ref"}


def test_a_valid_object_stays_valid() -> None:
    """What the strict schema lets through, the model takes."""
    schema = strict_schema(Car.model_json_schema())
    wheel = {"size": 1}
    car = {"kind": "car", "colour": "blue", "wheels": [wheel], "spare": None, "best": wheel}

    jsonschema.validate(car, schema or False)
    assert Car.model_validate(car).colour is Colour.BLUE


@pytest.mark.parametrize(
    "schema",
    [
        *({"type": "object"}, {"type": "array", "items": {"type": "string"}}),
        *(obj(a=inner) for inner in ({}, {"type": "object"}, True, {"type": "array"})),
        obj(a={"type": "array", "prefixItems": []}),
        obj(a={"$ref": "#/$defs/gone", "description": "x"}),
        obj(a={"allOf": [{"type": "string"}, {"enum": ["x"]}]}),
        {**obj(a={"type": "string"}), "additionalProperties": True},
    ],
)
def test_what_strict_output_cannot_express_has_no_strict_schema(schema: dict[str, Any]) -> None:
    """Free keys, values of any type, tuples and roots that are no objects."""
    assert strict_schema(schema) is None


def test_a_single_all_of_is_its_content() -> None:
    """Older generators wrap references so."""
    schema = obj(a={"allOf": [{"$ref": "#/$defs/A"}], "description": "An a"})
    schema["$defs"] = {"A": {"type": "string"}}
    strict = strict_schema(schema) or {}

    assert strict["properties"]["a"] == {"type": "string", "description": "An a"}


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class Free(BaseModel):
    counts: dict[str, int]


class Typed(TypedDict):
    a: int


@dataclass
class Point:
    x: int


def format_of(value: Any, model: str = "openai") -> Any:
    """The `response_format` that is sent; the caller's stays as it was."""
    before = copy.deepcopy(value)
    result = chat_options({"model": model, "response_format": value})["response_format"]
    assert value == before
    return result


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((Car, "Car"), (Page[int], "Page_int"), (Typed, "Typed"), (Point, "Point")),
        (Node, "Node"),
    ],
)
def test_a_class_is_a_format(kind: Any, name: str) -> None:
    """Pydantic's, generic, recursive, a TypedDict or a dataclass; strict where possible.

    Its docstring is the description, and its name has the letters that providers take.
    """
    assert format_of(Car)["json_schema"]["description"] == "A car."
    inner = format_of(kind)["json_schema"]

    assert (inner["name"], inner["strict"]) == (name, True)
    assert inner["schema"]["type"] == "object"
    assert inner["schema"]["additionalProperties"] is False


FREE = {"name": "N", "schema": Free.model_json_schema(), "strict": True}


@pytest.mark.parametrize("kind", [Free, list[int], {"type": "json_schema", "json_schema": FREE}])
def test_what_strict_output_cannot_express_is_not_strict(kind: Any) -> None:
    """Free keys have no strict form, and OpenAI refuses what is not closed."""
    assert "strict" not in format_of(kind)["json_schema"]


@pytest.mark.parametrize("schema", [Car.model_json_schema(), Node.model_json_schema()])
def test_a_schema_is_a_format(schema: dict[str, Any]) -> None:
    """Without the object around it, as people hand it over; a reference at its top is resolved."""
    inner = format_of(schema)["json_schema"]

    assert inner["schema"]["type"] == "object"
    assert inner["schema"]["properties"]
    assert "strict" not in inner


@pytest.mark.parametrize("strict", [True, False, None])
def test_a_ready_made_format_is_closed_when_it_is_strict(*, strict: bool | None) -> None:
    """Every property is required then, at every depth; else the schema travels as it is."""
    schema = Car.model_json_schema()
    ready = {"name": "N", "schema": schema, "strict": strict}
    inner = format_of({"type": "json_schema", "json_schema": ready})["json_schema"]

    assert inner.get("strict") == strict
    assert inner["schema"] == (strict_schema(schema) if strict else schema)


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        *(({"name": None}, "answer"), ({"name": "[]"}, "answer"), ({"name": "N"}, "N")),
        ({"description": None}, "answer"),
    ],
)
def test_a_format_is_complete(inner: dict[str, Any], name: str) -> None:
    """Providers insist on a name, and null is refused; other APIs leave an object out."""
    complete = {"name": name, "schema": {"type": "object"}}
    inner = {"schema": {"type": "object"}, **inner}

    assert format_of({"type": "json_schema", "json_schema": inner})["json_schema"] == complete
    assert format_of({"type": "json_schema", **inner})["json_schema"] == complete
    assert format_of({"type": "from the future", "a": 1}) == {"type": "from the future", "a": 1}


@pytest.mark.parametrize(
    "value", ["json_object", 3, {}, {"a": 1}, {"type": "json_schema"}, {"type": 3}, object()]
)
def test_what_is_no_format_is_refused(value: Any) -> None:
    """The error says what a format looks like."""
    with pytest.raises(InvalidInputError, match="response_format"):
        chat_options({"response_format": value})


def test_gemini_takes_a_format_with_few_keywords() -> None:
    """The schema of a format is written as that of a tool."""
    refused = {"$ref", "$defs", "const", "oneOf", "discriminator"}
    schemas = within(format_of(Fleet, "gemini")["json_schema"]["schema"])

    assert not any(one.keys() & refused for one in schemas)
