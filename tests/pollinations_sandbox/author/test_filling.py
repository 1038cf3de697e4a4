"""Forms are filled from the prompt, and what is filled in is valid."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pollinations_sandbox.author.clues import Clues
from pollinations_sandbox.author.filling import instance

PROMPT = (
    "Ada Lovelace is 36 years old and lives in London. Her email is ada@example.org; "
    "book 2 seats for 2026-03-04, priority high, at https://example.org/x, 'first row', no dinner."
)


def object_of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
TREE = {
    "type": "object",
    "properties": {
        "value": WHOLE,
        "children": {"type": "array", "items": {"$ref": "#"}, "minItems": 0, "maxItems": 2},
    },
    "required": ["value"],
}
LINKED = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "v": WHOLE,
                "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            },
            "required": ["v", "next"],
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/Node",
}
SHAPES: list[dict[str, Any]] = [
    {},
    TEXT,
    {"type": "string", "minLength": 300},
    {"type": "string", "maxLength": 3},
    {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
    {"type": "string", "pattern": r"^(red|green|blue)$"},
    {"type": "string", "pattern": r"^\+?[1-9]\d{7,14}$"},
    {"type": "string", "pattern": r"^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$"},
    {"type": "string", "pattern": r"^\S+$", "minLength": 5, "maxLength": 8},
    *({"type": "string", "format": name} for name in ("date", "date-time", "email", "uuid", "uri")),
    {"enum": ["low", "medium", "high"]},
    {"enum": [None, 1, "one", False]},
    {"const": {"deep": [1]}},
    {"type": "integer", "minimum": 100, "maximum": 110},
    {"type": "integer", "exclusiveMinimum": 7, "exclusiveMaximum": 9},
    {"type": "integer", "multipleOf": 7, "minimum": 15},
    {"type": "integer", "maximum": -1000},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "multipleOf": 0.5, "minimum": 50.2},
    {"type": ["string", "null"]},
    {"type": ["integer", "boolean"]},
    {"type": "array", "items": WHOLE, "minItems": 7, "uniqueItems": True},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "uniqueItems": True},
    {"type": "array", "items": TEXT, "maxItems": 0},
    {"type": "array", "prefixItems": [TEXT, WHOLE], "items": False},
    {"type": "array", "contains": {"const": 5}},
    {"type": "array", "items": object_of(name=TEXT, age=WHOLE), "minItems": 3},
    object_of(a=WHOLE, b=TEXT, c={"type": "boolean"}, d={"type": "null"}),
    {"type": "object", "additionalProperties": WHOLE, "minProperties": 2},
    {"type": "object", "additionalProperties": TEXT},
    {"type": "object", "required": ["anything"]},
    {"type": "object", "properties": {"a": TEXT, "b": TEXT, "c": TEXT}, "maxProperties": 1},
    {"anyOf": [{"type": "integer", "minimum": 10_000}, object_of(x=TEXT)]},
    {"oneOf": [object_of(kind={"const": "cat"}), object_of(kind={"const": "dog"})]},
    {"oneOf": [{"type": "number", "multipleOf": 5}, {"type": "number", "multipleOf": 3}]},
    {"allOf": [object_of(a=WHOLE), object_of(b=TEXT)]},
    {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 5}]},
    {"type": "string", "not": {"const": "first row"}},
    {"type": "object", "patternProperties": {"^x": WHOLE}, "required": ["x1"]},
    TREE,
    LINKED,
    object_of(nested=object_of(deeper=object_of(deepest={"type": "array", "items": TEXT}))),
    {
        "$defs": {"P": object_of(n=TEXT)},
        **object_of(p={"$ref": "#/$defs/P"}, q={"$ref": "#/$defs/P"}),
    },
    {"definitions": {"E": {"enum": ["x", "high"]}}, **object_of(e={"$ref": "#/definitions/E"})},
]


@pytest.mark.parametrize("schema", SHAPES, ids=str)
@pytest.mark.parametrize("prompt", ["", PROMPT], ids=["empty", "rich"])
@pytest.mark.parametrize("generous", [False, True])
def test_every_kind_of_schema_gets_a_valid_instance(
    schema: dict[str, Any], prompt: str, *, generous: bool
) -> None:
    """Whatever the prompt offers, the instance is valid."""
    value = instance(schema, Clues(prompt), generous=generous)
    Draft202012Validator(schema).validate(value)


def bounds(low: str, high: str, least: int, most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Two optional limits that leave room between them."""
    return st.fixed_dictionaries(
        {}, optional={low: st.integers(least, most), high: st.integers(most, most + 5)}
    )


scalars = st.one_of(
    bounds("minimum", "maximum", -50, 50).map(lambda limits: {"type": "integer", **limits}),
    bounds("minimum", "maximum", -50, 50).map(lambda limits: {"type": "number", **limits}),
    bounds("minLength", "maxLength", 0, 9).map(lambda limits: {"type": "string", **limits}),
    st.sampled_from(
        [{"type": "boolean"}, {"type": "null"}, {"enum": ["x", 1, None]}, {"const": 0}]
    ),
)


def larger(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas made of schemas."""
    names = st.sampled_from(["name", "age", "city", "email", "tags", "x", "is_new"])
    objects = st.dictionaries(names, inner, max_size=4).flatmap(
        lambda fields: (
            st.sets(st.sampled_from(sorted(fields))).map(
                lambda required: {
                    "type": "object",
                    "properties": fields,
                    "required": sorted(required),
                    "additionalProperties": False,
                }
            )
            if fields
            else st.just({"type": "object"})
        )
    )
    arrays = st.tuples(inner, bounds("minItems", "maxItems", 0, 3)).map(
        lambda pair: {"type": "array", "items": pair[0], **pair[1]}
    )
    return (
        objects | arrays | st.lists(inner, min_size=1, max_size=3).map(lambda all_: {"anyOf": all_})
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(scalars, larger, max_leaves=12), st.sampled_from(["", PROMPT]), st.booleans())
def test_made_up_schemas_get_valid_instances(
    schema: dict[str, Any], prompt: str, generous: bool
) -> None:
    """The instance validates for any schema that has an instance."""
    value = instance(schema, Clues(prompt), generous=generous)
    assert Draft202012Validator(schema).is_valid(value), (schema, value)


def test_fields_take_what_the_prompt_says_of_them() -> None:
    """Names, numbers, places, addresses, dates, options and denials reach their fields."""
    schema = object_of(
        name=TEXT,
        age=WHOLE,
        city=TEXT,
        email={"type": "string", "format": "email"},
        seats=WHOLE,
        date={"type": "string", "format": "date"},
        priority={"enum": ["low", "high"]},
        url=TEXT,
        dinner={"type": "boolean"},
    )
    prompt = PROMPT.replace("'first row'", "front")
    assert instance(schema, Clues(prompt)) == {
        "name": "Ada Lovelace",
        "age": 36,
        "city": "London",
        "email": "ada@example.org",
        "seats": 2,
        "date": "2026-03-04",
        "priority": "high",
        "url": "https://example.org/x",
        "dinner": False,
    }


def test_numbers_are_taken_in_order() -> None:
    """Nameless numbers go to nameless parameters from left to right."""
    assert instance(object_of(a=WHOLE, b=WHOLE), Clues("3 and then 4")) == {"a": 3, "b": 4}


def test_lists_hold_one_item_for_each_that_the_prompt_offers() -> None:
    """Two people in the prompt are two items."""
    people = {"type": "array", "items": object_of(name=TEXT, age=WHOLE)}
    filled = instance(object_of(people=people), Clues("Ada is 36 and Bob is 41 years old."))
    assert filled == {"people": [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 41}]}


def test_optional_fields_are_left_out_unless_spoken_of() -> None:
    """A frugal form has only what is required and what was mentioned."""
    schema = {
        "type": "object",
        "properties": {"query": TEXT, "limit": WHOLE, "offset": WHOLE},
        "required": ["query"],
    }
    assert set(instance(schema, Clues("cats, limit 5"))) == {"query", "limit"}
    assert instance(schema, Clues("cats, limit 5"))["limit"] == 5


@pytest.mark.parametrize(
    ("text", "found"), [("Only today: half price!", True), ("Cards expire in April.", False)]
)
def test_a_flag_is_true_if_the_text_shows_what_its_description_names(
    text: str, *, found: bool
) -> None:
    """In a form about a text; one that nobody describes is true."""
    flag = {"type": "boolean", "description": "Whether it sells: a low price, an offer."}
    form = object_of(advert=flag, bare={"type": "boolean"})

    assert instance(form, Clues(text), generous=True) == {"advert": found, "bare": True}


def test_known_values_come_before_everything_else() -> None:
    """A value that was decided already is used if it fits."""
    assert instance(object_of(index=WHOLE), Clues("1, 2, 3", {"index": 2})) == {"index": 2}
    assert instance(object_of(answer=WHOLE), Clues("1", {"answer": "It is 42."})) == {"answer": 42}


LETTER = (
    "Describe this letter.\n\nTitle: The library closes\n"
    "Text: Library cards expire on 1 April 2026. Renewing cards takes five minutes in the library."
)
DAY = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}


def test_a_summary_is_a_sentence_of_the_text() -> None:
    """Not of the order, nor a heading."""
    filled = instance(object_of(summary=TEXT), Clues(LETTER.replace("Text: ", "Text: Note. ")))

    assert filled == {"summary": "Library cards expire on 1 April 2026."}


@pytest.mark.parametrize("most", [2, 3])
def test_tags_are_the_words_that_the_text_is_about(most: int) -> None:
    """The most frequent ones, in small letters, as many as the form takes."""
    tags = {"type": "array", "items": TEXT, "minItems": 2, "maxItems": most}
    filled = instance(object_of(tags=tags), Clues(LETTER))

    assert filled == {"tags": ["library", "cards", "expire"][:most]}


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (DAY, "until"),
        ({"type": ["string", "null"]}, "deadline"),
        ({"anyOf": [{"type": "null"}, TEXT]}, "website"),
    ],
)
def test_what_the_text_does_not_have_is_null(form: dict[str, Any], name: str) -> None:
    """A day or an address is not made up where none may be told."""
    assert instance(object_of(**{name: form}), Clues("Lentils need no soaking.")) == {name: None}


def test_what_the_text_has_is_told_even_if_it_need_not_be() -> None:
    """A day in words becomes a date."""
    assert instance(object_of(until=DAY), Clues(LETTER)) == {"until": "2026-04-01"}
