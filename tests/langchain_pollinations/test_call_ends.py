import json

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
