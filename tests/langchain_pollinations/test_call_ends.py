import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.utils.json import parse_partial_json
from strategies import JSON, WORDS

from _pollinations.chat.reply import ToolCall
from langchain_pollinations.call_ends import ends_of_calls

OBJECTS = st.dictionaries(WORDS, JSON, min_size=1, max_size=3).map(json.dumps)


def test_whole_arguments_need_no_end() -> None:
    """Calls that are read as they are meant, or not at all, get no further piece."""
    calls = [ToolCall("c", "f", text) for text in ("", "{}", '{"a": [1]}', "[1]", "3", "nonsense")]

    assert ends_of_calls(calls) == []


def test_blank_arguments_become_an_empty_object() -> None:
    """LangChain takes only the empty string for no arguments."""
    (end,) = ends_of_calls([ToolCall("c", "f", "{}"), ToolCall("c", "f", " \n")])

    assert (end["index"], end["args"], end["name"], end["id"]) == (1, "{}", None, None)


@pytest.mark.parametrize(
    "beginning", ['{"path": "/home', '{"a": 1', '{"a": [1, {"b', '{"a": "x\\', '{"a": 1} and', "{"]
)
def test_arguments_that_broke_off_are_made_unreadable(beginning: str) -> None:
    """With its last piece the call is an invalid one."""
    (end,) = ends_of_calls([ToolCall("c", "f", beginning)])

    assert isinstance(parse_partial_json(beginning), dict)
    assert not isinstance(parse_partial_json(beginning + (end["args"] or "")), dict)


@given(whole=OBJECTS, share=st.floats(0, 1))
def test_no_beginning_passes_for_the_whole(whole: str, share: float) -> None:
    """Wherever an object is cut, the sum of the pieces is unreadable or the object itself."""
    beginning = whole[: int(len(whole) * share)]
    ends = ends_of_calls([ToolCall("c", "f", beginning)])
    summed = beginning + "".join(end["args"] or "" for end in ends)
    try:
        read = parse_partial_json(summed) if summed else {}
    except ValueError:
        return
    assert not isinstance(read, dict) or beginning in {"", whole}
