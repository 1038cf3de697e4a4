"""Schemas of tools and formats as providers take them; refusals are known from public reports."""

import copy
import time
from collections.abc import Iterator
from decimal import Decimal
from enum import IntEnum
from typing import Annotated, Any, Generic, Literal, TypeVar, Union

import jsonschema
import pytest
from pydantic import BaseModel, Field, RootModel

from _pollinations.chat.options import chat_options
from _pollinations.chat.providers import family_of
from _pollinations.chat.schemas import json_format, strict_schema
from _pollinations.http.errors import InvalidInputError

MODELS = ("openai", "claude", "gemini", "mistral", "nova")
GEMINI = family_of("gemini").schema_keywords or frozenset()
NAMED = ("properties", "$defs", "definitions")


class Tree(BaseModel):
    name: str
    children: list["Tree"] = []
    parent: "Tree | None" = None


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class Home(BaseModel):
    """A home."""

    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    best: Annotated[Cat, Field(description="The best cat")]
    others: list[Cat]
    size: Size = Size.SMALL


Pet = RootModel[Annotated[Union[Cat, Dog], Field(discriminator="kind")]]  # noqa: UP007 - a subscript needs it


class Shop(BaseModel):
    stock: dict[Literal["a", "b"], int]
    free: dict[str, Cat] = {}
    size: Size | None = None
    place: tuple[float, float] = (0, 0)
    price: Decimal = Decimal(1)
    anything: Any = None


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


CAT = {"kind": "cat", "lives": 9}
# A schema, and what a call may hold for it.
SCHEMAS: dict[str, tuple[dict[str, Any], Any]] = {
    "recursive": (Tree.model_json_schema(), {"name": "a", "children": [{"name": "b"}]}),
    "shop": (Shop.model_json_schema(), {"stock": {"a": 1, "b": 2}, "free": {}, "size": 1}),
    "union": (Pet.model_json_schema(), CAT),
    "union beside keys": ({**obj(x={"type": "string"}), "anyOf": [obj(y={"type": "null"})]}, {}),
    "all of": ({"allOf": [obj(a={"type": "string"}), {"$ref": "#/$defs/B"}],
                "$defs": {"B": {**obj(b={"type": "integer"}), "required": ["b"]}}},
               {"a": "x", "b": 1}),
    "required in one of two": ({**obj(a={"type": "string"}), "oneOf": [{"required": ["a"]}]},
                               {"a": "x"}),
    "draft 7": ({"$schema": "http://json-schema.org/draft-07/schema#", "$comment": "c",
                 "definitions": {"a.b/«c»": {"type": "string", "const": "x"}},
                 **obj(a={"$ref": "#/definitions/a.b~1%C2%ABc%C2%BB"})}, {"a": "x"}),
    "names like keywords": (obj(**{"$schema": {"type": "string"}, "propertyNames": {"type": "null"},
                                   "anyOf": {"type": "string"}, "required": {"type": "boolean"}}),
                            {"$schema": "x", "required": True}),
    "null": (obj(a={"type": "string", "description": None, "title": None, "enum": ["x", None],
                    "default": None}), {"a": "x"}),
    "several types": (obj(a={"type": ["string", "null"]}, b={"type": ["array", "integer"]},
                          c={"type": ["object", "null"], "properties": {"x": {}}}),
                      {"a": "x", "b": [1], "c": {"x": 1}}),
    "bare arrays": (obj(a={"type": "array"}, b={"anyOf": [{"type": "array"}, {"type": "null"}]},
                        c={"type": "array", "items": {"type": "array"}}), {"a": [1], "c": [[1]]}),
    "draft 7 tuple": (obj(a={"type": "array", "items": [{"type": "string"}, {"type": "number"}]}),
                      {"a": ["x", 1]}),
    "patterns": ({**obj(), "patternProperties": {"^x": {"type": "string"}}, "if": {}, "not": {}},
                 {}),
    "required but unknown": ({**obj(a={"type": "string"}), "required": ["a", "b"]},
                             {"a": "x", "b": 1}),
    "only a type": ({"type": "object"}, {}),
    "nothing": ({}, {}),
    "no object inside": ({"properties": {"a": True, "b": None}, "additionalProperties": False}, {}),
    "lost reference": (obj(a={"$ref": "#/$defs/gone"}, b={"$ref": "https://x.org/y"}), {"a": 1}),
    "reference to itself": ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, {}),
    "nested itself": ({"anyOf": [{"$ref": "#"}, obj(a={"$ref": "#"})]}, {"a": {}}),
}  # fmt: skip


def nodes(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in a schema, but for those that are data."""
    if isinstance(schema, dict):
        yield path, schema
        for word, value in schema.items():
            if word in NAMED and isinstance(value, dict):
                for name, one in value.items():
                    yield from nodes(one, f"{path}/{word}/{name}")
            elif word not in {"default", "enum", "const", "examples"}:
                yield from nodes(value, f"{path}/{word}")
    elif isinstance(schema, list):
        for place, one in enumerate(schema):
            yield from nodes(one, f"{path}/{place}")


def refusals(schema: dict[str, Any], model: str) -> list[str]:
    """What the provider would say of the parameters of a tool."""
    errors = [*schema.keys() & {"oneOf", "anyOf", "allOf", "enum", "not", "$ref"}]
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        errors.append("schema must have type 'object' and properties")
    for path, node in nodes(schema):
        types = node["type"] if isinstance(node.get("type"), list) else [node.get("type")]
        wrong = {
            "array schema missing items": "array" in types and "items" not in node,
            "a text is null": None in {node.get("title", ""), node.get("description", "")},
            **(gemini_refusals(node) if model == "gemini" else {}),
        }
        errors += [f"{path}: {words}" for words, is_wrong in wrong.items() if is_wrong]
    return errors


def gemini_refusals(node: dict[str, Any]) -> dict[str, Any]:
    """What Google says of one schema, and whether it would."""
    unknown = set(node.get("required", ())) - node.get("properties", {}).keys()
    return {
        f"unknown name {node.keys() - GEMINI}": node.keys() - GEMINI,
        "proto field is not repeating, cannot start list": isinstance(node.get("type"), list),
        "enum of other values than strings": {type(v) for v in node.get("enum", ())} - {str},
        "required property is not defined": unknown,
    }


def written(schema: Any, model: str, **function: Any) -> dict[str, Any]:
    tool = {"type": "function", "function": {"name": "x", "parameters": schema, **function}}
    (sent,) = chat_options({"model": model, "tools": [tool]})["tools"]
    return dict(sent["function"])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_every_provider_takes_the_schema_of_a_tool(name: str, model: str) -> None:
    """Nothing is refused, what may be called still may be, and the given schema is not changed."""
    schema, value = SCHEMAS[name]
    before = copy.deepcopy(schema)
    sent = written(schema, model)["parameters"]

    assert refusals(sent, model) == []
    if name != "lost reference" or model == "gemini":
        jsonschema.Draft202012Validator(sent).validate(value)
    assert schema == before
    assert written(sent, model)["parameters"] == sent, "once more changes nothing"


def test_a_schema_that_is_fine_travels_as_it_is() -> None:
    """Down to the order of its keys."""
    schema = {"title": "X", **obj(a={"type": "integer"}), "required": ["a"], "x-vendor": [1]}

    assert list(written(schema, "openai")["parameters"].items()) == list(schema.items())


def test_a_choice_at_the_top_becomes_one_object() -> None:
    """A property of several objects may be any of them; what all require is required."""
    merged = written(Pet.model_json_schema(), "claude")["parameters"]

    assert merged["properties"].keys() == {"kind", "lives", "tricks"}
    assert [one["const"] for one in merged["properties"]["kind"]["anyOf"]] == ["cat", "dog"]
    assert merged["required"] == ["kind"]


def test_gemini_gets_what_unknown_keywords_say() -> None:
    """`propertyNames` says which keys there may be; older generators wrap references in `allOf`."""
    wrapped = {**obj(a={"allOf": [{"$ref": "#/$defs/A"}]}), "$defs": {"A": {"type": "string"}}}
    stock = written(Shop.model_json_schema(), "gemini")["parameters"]["properties"]["stock"]

    assert stock["properties"] == {"a": {"type": "integer"}, "b": {"type": "integer"}}
    assert written(wrapped, "gemini")["parameters"]["properties"] == {"a": {"type": "string"}}


def test_gemini_gets_the_properties_of_all_parts() -> None:
    """OpenAPI writes a class that extends another as `allOf`; no property of either is lost."""
    part = {**obj(b={"type": "integer"}), "required": ["b"]}
    nested = {"allOf": [part, obj(c={"type": "string"})]}
    inner = {**obj(a={"type": "string"}), "allOf": [nested, {"required": ["a", "b"]}]}

    sent = written(obj(x=inner), "gemini")["parameters"]["properties"]["x"]

    assert sent["properties"].keys() == {"a", "b", "c"}
    assert sorted(sent["required"]) == ["a", "b"]


@pytest.mark.parametrize("model", ["gemini", "openai"])
def test_what_follows_a_recursive_schema_is_valid(model: str) -> None:
    """Where references are written out, the last ones may be left out or are empty arrays."""
    schema = written(Tree.model_json_schema(), model)["parameters"]
    deep: dict[str, Any] = {"name": "leaf"}
    for _ in range(3):
        deep = {"name": "x", "children": [deep], "parent": None}

    jsonschema.validate(deep, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "x", "children": [{}]}, schema)


def test_a_schema_that_would_grow_without_bound_is_cut() -> None:
    """Thirty levels of two references each would be a billion schemas."""
    defs = {f"A{n}": obj(l={"$ref": f"#/$defs/A{n + 1}"}, r={"$ref": f"#/$defs/A{n + 1}"})
            for n in range(30)}  # fmt: skip
    begun = time.process_time()
    tool = written({**obj(a={"$ref": "#/$defs/A0"}), "$defs": {**defs, "A30": {}}}, "gemini")

    assert sum(1 for _ in nodes(tool["parameters"])) < 10_000
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("model", ["openai", "gemini"])
@pytest.mark.parametrize("depth", [0, 700, 3_000])
def test_a_schema_without_end_is_refused_in_words(model: str, depth: int) -> None:
    """A dictionary that holds itself, or is nested too deep for JSON."""
    schema: dict[str, Any] = obj()
    innermost = schema["properties"]
    for _ in range(depth):
        innermost["a"] = obj()
        innermost = innermost["a"]["properties"]
    innermost["a"] = obj() if depth else schema

    with pytest.raises(InvalidInputError, match="schema of 'x' is not JSON"):
        written(schema, model)


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_what_is_empty_is_left_out_or_written_as_a_schema(nothing: Any) -> None:
    """The gateway refuses null and Bedrock an empty text; Mistral and Claude insist on a schema."""
    empty = {"name": "x", "parameters": obj()}

    assert written(nothing, "mistral", description=nothing or None) == empty
    assert written(obj(), "openai", description="") == empty


@pytest.mark.parametrize("parameters", ["x", [1], 3])
def test_parameters_that_are_no_schema_are_refused(parameters: Any) -> None:
    """The tool is named by its place."""
    with pytest.raises(InvalidInputError, match=r"tools\[0\]"):
        written(parameters, "openai")


class Marked(BaseModel):
    url: str = Field(json_schema_extra={"format": "uri", "examples": ["x"], "readOnly": True})
    day: str = Field(json_schema_extra={"format": "date", "contentEncoding": "base64"})
    few: list[int] = Field(json_schema_extra={"uniqueItems": True, "x-vendor": 1})


REFUSED = {"default", "discriminator", "oneOf", "examples", "readOnly", "contentEncoding"}


@pytest.mark.parametrize("model", [Home, Tree, Marked])
def test_every_object_is_closed_and_what_strict_output_refuses_is_gone(
    model: type[BaseModel],
) -> None:
    """At every depth; no defaults, keys beside a reference, unknown keywords and formats."""
    schema = strict_schema(model.model_json_schema())

    assert schema is not None
    jsonschema.Draft202012Validator.check_schema(schema)
    for _, one in nodes(schema):
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


def format_of(value: Any, model: str = "openai") -> Any:
    """The `response_format` that is sent; the caller's stays as it was."""
    before = copy.deepcopy(value)
    result = chat_options({"model": model, "response_format": value})["response_format"]
    assert value == before
    return result


@pytest.mark.parametrize("model", [Home, Page[int], Tree])
def test_a_format_is_strict_where_that_can_express_the_schema(model: type[BaseModel]) -> None:
    """Its description is the schema's, and its name has the letters that providers take."""
    inner = format_of(json_format(model.__name__, model.model_json_schema()))["json_schema"]

    assert inner.get("description") == ("A home." if model is Home else None)
    assert (inner["name"], inner["strict"]) == (model.__name__.replace("[int]", "_int"), True)
    assert inner["schema"]["type"] == "object"
    assert inner["schema"]["additionalProperties"] is False


FREE = Shop.model_json_schema()
STRICT = {"type": "json_schema", "json_schema": {"name": "N", "schema": FREE, "strict": True}}


@pytest.mark.parametrize("ready", [json_format("N", FREE), STRICT])
def test_what_strict_output_cannot_express_is_not_strict(ready: Any) -> None:
    """Free keys have no strict form, and OpenAI refuses what is not closed."""
    assert "strict" not in format_of(ready)["json_schema"]


@pytest.mark.parametrize("strict", [True, False, None])
def test_a_ready_made_format_is_closed_when_it_is_strict(*, strict: bool | None) -> None:
    """Every property is required then, at every depth; else the schema travels as it is."""
    schema = Home.model_json_schema()
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


@pytest.mark.parametrize("value", ["json_object", Home, {}, {"type": "json_schema"}, {"type": 3}])
def test_what_is_no_format_is_refused(value: Any) -> None:
    """The error says what a format looks like."""
    with pytest.raises(InvalidInputError, match="response_format"):
        chat_options({"response_format": value})


def test_gemini_takes_a_format_with_few_keywords() -> None:
    """The schema of a format is written as that of a tool."""
    refused = {"$ref", "$defs", "const", "oneOf", "discriminator"}
    ready = json_format("Home", Home.model_json_schema())
    schema = format_of(ready, "gemini")["json_schema"]["schema"]

    assert not any(one.keys() & refused for _, one in nodes(schema))
