"""JSON that is still being written is read as far as it came, and each character once."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from _pollinations.chat.partial_json import PartialJSON

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
# Releases of pydantic differ in what they make of these at the end.
HALF_ESCAPE = re.compile(
    r"((?<!\\)(?:\\\\)*)(?:\\ud[89ab][0-9a-f]{2}(?:\\(?:u[0-9a-f]{0,3})?)?|\\(?:u[0-9a-f]{0,3})?)$"
)


def read(*pieces: str) -> Any:
    partial = PartialJSON()
    for piece in pieces:
        partial.feed(piece)
    return partial.value


@given(VALUES, st.booleans(), st.sampled_from([None, 1]), st.data())
def test_every_beginning_is_read_as_pydantic_reads_it(
    value: Any, escaped: bool, indent: int | None, data: st.DataObject
) -> None:
    """Wherever a text ends, and however it was cut into pieces."""
    text = json.dumps(value, ensure_ascii=escaped, indent=indent)
    end = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, end))
    try:
        usual = from_json(HALF_ESCAPE.sub(r"\1", text[:end]), allow_partial="trailing-strings")
    except ValueError:
        usual = None  # nothing, or the beginning of a word

    assert read(text[:cut], text[cut:end]) == usual
    assert read(*text[:end]) == usual


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b"', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": tru', {}),
        ('{"a": 1.', {}),
        ('{"a": 1.5', {"a": 1.5}),
        ('{"a": "he', {"a": "he"}),
        ('{"a": "he\\', {"a": "he"}),
        ('{"a": "\\u00e', {"a": ""}),
        ('{"a": "\\ud83d', {"a": ""}),
        ('{"a": "\\ud83d\\ude00', {"a": "\N{GRINNING FACE}"}),
        ("[[1, [2", [[1, [2]]]),
        ("12", 12),
        ("", None),
    ],
)
def test_what_can_stand_is_there(text: str, value: Any) -> None:
    """Half strings are; half numbers, words, escapes and lonely keys are not."""
    assert read(text) == value
    assert read(*text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1,}', {"a": 1}),
        ('{"a": 1 "b": 2}', {"a": 1}),
        ('{"a": "x\ny"}', {"a": "x"}),
        ('{"a": "x\\qy and more"}', {"a": "x"}),
        ('{"a": 01, "b": 2}', {}),
        ('{"a" 1}', {}),
        ("{a: 1}", {}),
        ("[1}", [1]),
        ("}", None),
        ('{"a": 1} {"b": 2}', {"a": 1}),
    ],
)
def test_what_is_no_json_ends_it(text: str, value: Any) -> None:
    """What came before stays, and what follows changes nothing."""
    assert read(text) == value
    assert read(*text, '"more"}]') == value


def test_looking_changes_nothing() -> None:
    """A value stays as it was when it was looked at."""
    partial = PartialJSON()
    partial.feed('{"rows": [{"a": "x')
    early = partial.value
    partial.feed('y"}, {"a": 2')

    assert early == {"rows": [{"a": "x"}]}
    assert partial.value == {"rows": [{"a": "xy"}, {"a": 2}]}


@pytest.mark.parametrize(
    "piece", ["\\u00e9\\n", '", "key": "', '", {"a": [1, 2]}, "'], ids=["text", "keys", "rows"]
)
def test_hardly_a_character_is_read_twice(piece: str) -> None:
    """Between two pieces nothing is kept as text but the beginning of an escape or a number."""
    partial = PartialJSON()
    partial.feed('["')
    kept = []
    for place in range(1_000):
        partial.feed(piece[place % len(piece) :] + piece[: place % len(piece)])
        kept.append(len(partial._rest))

    assert max(kept) < 12
