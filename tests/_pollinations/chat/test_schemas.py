"""Strict schemas say the same or nothing; everything that may be a format becomes one."""

import copy
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar

import jsonschema
import pytest
from pydantic import BaseModel, Field

from _pollinations.chat.options import chat_options
from _pollinations.chat.schemas import json_format, strict_schema
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


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class Free(BaseModel):
    counts: dict[str, int]


def format_of(value: Any, model: str = "openai") -> Any:
    """The `response_format` that is sent; the caller's stays as it was."""
    before = copy.deepcopy(value)
    result = chat_options({"model": model, "response_format": value})["response_format"]
    assert value == before
    return result


@pytest.mark.parametrize("model", [Car, Page[int], Node])
def test_a_format_is_strict_where_that_can_express_the_schema(model: type[BaseModel]) -> None:
    """Its description is the schema's, and its name has the letters that providers take."""
    inner = format_of(json_format(model.__name__, model.model_json_schema()))["json_schema"]

    assert inner.get("description") == ("A car." if model is Car else None)
    assert (inner["name"], inner["strict"]) == (model.__name__.replace("[int]", "_int"), True)
    assert inner["schema"]["type"] == "object"
    assert inner["schema"]["additionalProperties"] is False


FREE = Free.model_json_schema()
STRICT = {"type": "json_schema", "json_schema": {"name": "N", "schema": FREE, "strict": True}}


@pytest.mark.parametrize("ready", [json_format("N", FREE), STRICT])
def test_what_strict_output_cannot_express_is_not_strict(ready: Any) -> None:
    """Free keys have no strict form, and OpenAI refuses what is not closed."""
    assert "strict" not in format_of(ready)["json_schema"]


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
    """Providers insist on a name, and null is refused."""
    complete = {"name": name, "schema": {"type": "object"}}
    inner = {"schema": {"type": "object"}, **inner}

    assert format_of({"type": "json_schema", "json_schema": inner})["json_schema"] == complete
    assert format_of(obj(a={}))["json_schema"] == {"name": "answer", "schema": obj(a={})}
    assert format_of({"type": "from the future", "a": 1}) == {"type": "from the future", "a": 1}


@pytest.mark.parametrize("value", ["json_object", Car, {}, {"type": "json_schema"}, {"type": 3}])
def test_what_is_no_format_is_refused(value: Any) -> None:
    """The error says what a format looks like."""
    with pytest.raises(InvalidInputError, match="response_format"):
        chat_options({"response_format": value})


def test_gemini_takes_a_format_with_few_keywords() -> None:
    """The schema of a format is written as that of a tool."""
    refused = {"$ref", "$defs", "const", "oneOf", "discriminator"}
    ready = json_format("Fleet", Fleet.model_json_schema())
    schemas = within(format_of(ready, "gemini")["json_schema"]["schema"])

    assert not any(one.keys() & refused for one in schemas)
