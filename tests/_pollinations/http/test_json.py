"""JSON as bytes."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _pollinations.http.json import dump, is_strict, parse, parse_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(value=JSON.filter(lambda value: "inf" not in repr(value)))
def test_what_is_written_is_read(value: object) -> None:
    """Any JSON value comes back as it was, from bytes and from text."""
    assert parse(dump(value)) == value
    assert parse(dump(value).decode()) == value


@pytest.mark.parametrize("text", ['"\\ud800"', '{"a":["\\udc00x"]}'])
def test_half_characters_are_read_and_written(text: str) -> None:
    """Lone surrogates, which some providers send, survive both ways."""
    assert parse(dump(parse(text))) == parse(text)


def test_text_is_written_as_it_is() -> None:
    """Characters beyond ASCII travel as UTF-8, not escaped, without spaces between."""
    assert dump({"a": "é", "b": [1, 2]}) == '{"a":"é","b":[1,2]}'.encode()


def test_numbers_that_json_lacks_are_read() -> None:
    """NaN and infinities do not break the reading of an answer, nor the telling of an error."""
    assert math.isnan(parse(b'{"a":NaN}')["a"])
    assert parse(b"[Infinity,-Infinity]") == [math.inf, -math.inf]
    assert dump([math.nan, math.inf]) == b'["NaN","Infinity"]'
    assert parse(dump(["\ud800", math.nan]))[0] == "\ud800"


@pytest.mark.parametrize(
    "text", [b"", b"{", b"nope", b"\xff\xfe", b'{"a":1}x', b"[" * 100_000, b"\xc3"]
)
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    """Every failure to read is a ValueError, also for endless nesting and broken UTF-8."""
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@pytest.mark.parametrize("value", [object(), {"a": lambda: 1}, ["\ud800", object()]])
def test_what_json_cannot_say_is_a_value_error(value: Any) -> None:
    """Every failure to write is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        dump(value)


def test_nothing_means_no_arguments() -> None:
    """Some models write nothing where a tool takes none."""
    assert parse_object("") == parse_object(" \n") == {}


@pytest.mark.parametrize(
    "text", ['{"a": 1', '{"path": "/home', "[1]", "3", "null", "{} x", "[" * 100_000]
)
def test_half_an_object_is_none(text: str) -> None:
    """Beginnings of objects and other values are refused in one way."""
    with pytest.raises(ValueError, match=r"not (a )?JSON|nested"):
        parse_object(text)


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ('"\\u00e9"', True),
        ('{"a": -Infinity}', False),
        ('{"a": 1', False),
        ("", False),
        ('"\ud83d"', False),
    ],
)
def test_what_every_parser_reads_is_known(text: str, strict: bool) -> None:
    """Other programs read neither NaN nor a line break inside a string."""
    assert is_strict(text) is strict
