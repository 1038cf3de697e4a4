"""Which call a piece belongs to, in every way that providers count and name calls."""

import json
from typing import Any

import pytest

from _pollinations.chat.reply import ToolCall
from _pollinations.chat.tool_calls import ToolCalls

Piece = dict[str, Any]


def piece(
    arguments: object = None,
    *,
    index: object = None,
    id: object = None,  # noqa: A002 - the wire's word
    name: str | None = None,
    **more: Any,
) -> Piece:
    function = {"name": name, "arguments": arguments}
    return {
        **{key: value for key, value in (("index", index), ("id", id)) if value is not None},
        "function": {key: value for key, value in function.items() if value is not None},
        **more,
    }


def calls_of(*deltas: list[Any]) -> list[tuple[str, str]]:
    """Name and arguments of the calls, after checking that the pieces tell of the same calls."""
    calls = ToolCalls()
    told: dict[int, list[str]] = {}
    for entries in deltas:
        for delta in calls.take(entries):
            known = told.setdefault(delta.index, ["", "", ""])
            for place, text in enumerate((delta.id, delta.name, delta.arguments)):
                known[place] += text or ""
    whole = calls.whole()
    assert [(c.id, c.name, c.arguments) for c in whole] == [tuple(told[k]) for k in sorted(told)]
    assert len({call.id for call in whole}) == len(whole) == len(calls)
    return [(call.name, call.arguments) for call in whole]


TWO = [("add", '{"a":1}'), ("now", '{"b":2}')]

SPELLINGS: dict[str, list[list[Any]]] = {
    "pieces by index": [
        [piece("", index=0, id="x", name="add")],
        [piece('{"a"', index=0)],
        [piece(":1}", index=0)],
        [piece("", index=1, id="y", name="now")],
        [piece('{"b":2}', index=1)],
    ],
    "pieces in turns": [
        [piece("", index=0, id="x", name="add"), piece("", index=1, id="y", name="now")],
        [piece('{"a"', index=0), piece('{"b"', index=1)],
        [piece(":2}", index=1), piece(":1}", index=0)],
    ],
    "whole calls in one delta": [
        [piece('{"a":1}', index=0, id="x", name="add"), piece('{"b":2}', id="y", name="now")],
    ],
    "the index starts again with each chunk": [
        [piece('{"a":1}', index=0, id="x", name="add")],
        [piece('{"b":2}', index=0, id="y", name="now")],
    ],
    "a used index without ids": [
        [piece('{"a":1}', index=0, name="add")],
        [piece('{"b":2}', index=0, name="now")],
    ],
    "no index": [
        [piece("", id="x", name="add")],
        [piece('{"a":1}')],
        [piece("", id="y", name="now")],
        [piece('{"b":2}')],
    ],
    "no index and no id": [
        [piece('{"a":', name="add"), None],
        [piece("1}")],
        [piece('{"b":2}', name="now")],
    ],
    "no index, pieces of both calls in each delta": [
        [piece('{"a"', id="x", name="add"), piece('{"b"', id="y", name="now")],
        [piece(":1}", id="x"), piece(":2}", id="y")],
    ],
    "null holes": [
        [None, piece("", index=0, id="x", name="add"), None],
        [piece('{"a":1}', index=0), None, None],
        [None, "oops", piece('{"b":2}', index=1, id="y", name="now")],
    ],
    "id and name on every piece": [
        [piece('{"a"', index=0, id="x", name="add")],
        [piece(":1}", index=0, id="x", name="add")],
        [piece('{"b":2}', index=1, id="y", name="now")],
    ],
    "empty and null ids": [
        [piece("", index=0, id="x", name="add")],
        [piece('{"a":1}', index=0, id="")],
        [{"index": 1, "id": None, "function": {"name": "now", "arguments": '{"b":2}'}}],
    ],
    "the id comes late": [
        [piece("", index=0, name="add")],
        [piece('{"a":1}', index=0, id="x")],
        [piece('{"b":2}', index=1, id="y", name="now")],
    ],
    "an object as arguments": [
        [piece({"a": 1}, index=0, id="x", name="add")],
        [piece({"b": 2}, index=0, id="y", name="now")],
    ],
    "no arguments on the first piece": [
        [piece(index=0, id="x", name="add")],
        [piece('{"a":1}', index=0)],
        [piece(index=1, id="y", name="now")],
        [piece('{"b":2}', index=1)],
    ],
    "gaps between the indices": [
        [piece('{"a":1}', index=3, id="x", name="add")],
        [piece('{"b":2}', index=7, id="y", name="now")],
    ],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_tells_the_same_calls(spelling: str) -> None:
    """However a provider cuts, counts and names its calls, the same two are read."""
    assert calls_of(*SPELLINGS[spelling]) == TWO


def test_a_second_call_of_the_same_tool_is_a_second_call() -> None:
    """A name that comes again with a new object begins a new call, even without ids."""
    pieces = [[piece('{"a":1}', index=0, name="add")], [piece('{"a":2}', index=0, name="add")]]

    assert calls_of(*pieces) == [("add", '{"a":1}'), ("add", '{"a":2}')]


def test_a_repeated_name_is_no_second_call() -> None:
    """A name that comes again with the rest of the arguments goes on with its call."""
    pieces = [[piece('{"a":', index=0, name="add")], [piece("1}", index=0, name="add")]]

    assert calls_of(*pieces) == [("add", '{"a":1}')]


def test_an_id_is_made_up_where_there_is_none() -> None:
    """Each call without an id gets one of its own, and the pieces bear the same."""
    calls = ToolCalls()
    (first,) = calls.take([piece("{}", index=0, name="add")])
    (more,) = calls.take([piece("", index=0)])
    (call,) = calls.whole()

    assert first.id == call.id
    assert more.id is None
    assert call.id.startswith("call_")
    assert ToolCalls().take([piece("{}", index=0, name="add")])[0].id != call.id


def test_a_number_as_id_is_text() -> None:
    """Ids are strings for whoever reads them."""
    calls = ToolCalls()
    calls.take([piece("{}", index=0, id=7, name="add")])

    assert calls.whole()[0].id == "7"


def test_foreign_keys_come_and_go_as_they_were() -> None:
    """Keys that are not OpenAI's are kept where they stood and can be sent back."""
    calls = ToolCalls()
    entry = {
        "index": 0,
        "id": "x",
        "type": "function",
        "extra_content": {"google": 1},
        "function": {"name": "add", "arguments": "{}", "thought_signature": "abc"},
    }
    (delta,) = calls.take([entry])
    extra = {"extra_content": {"google": 1}, "function": {"thought_signature": "abc"}}

    assert delta.extra == extra
    assert calls.whole() == (ToolCall("x", "add", "{}", extra),)
    assert calls.whole()[0].wire == {key: entry[key] for key in entry if key != "index"}


def test_a_plain_call_has_no_extra() -> None:
    """OpenAI's own keys are not repeated."""
    calls = ToolCalls()
    (delta,) = calls.take([piece("{}", index=0, id="x", name="add", type="function")])

    assert delta.extra is None
    assert calls.whole()[0].extra == {}


def test_another_type_of_call_is_kept() -> None:
    """A type that is not `function` is told again."""
    calls = ToolCalls()
    calls.take([piece("{}", index=0, id="x", name="add", type="custom")])

    assert calls.whole()[0].wire["type"] == "custom"


def test_arguments_that_are_no_text_become_json() -> None:
    """Objects, lists and numbers are spelled as JSON text."""
    (call,) = calls_of([piece({"a": [1, None, "é"]}, index=0, id="x", name="add")])

    assert json.loads(call[1]) == {"a": [1, None, "é"]}


def test_pieces_of_one_call_that_come_together_are_one_piece() -> None:
    """A proxy may put the events of a call into one: what is new of it is told once."""
    entries = [
        piece("", index=0, id="a", name="add"),
        piece('{"a":', index=0),
        piece("{}", index=1, id="b", name="now"),
        piece("1}", index=0),
    ]

    told = ToolCalls().take(entries)

    assert [(p.index, p.id, p.name, p.arguments) for p in told] == [
        (0, "a", "add", '{"a":1}'),
        (1, "b", "now", "{}"),
    ]
