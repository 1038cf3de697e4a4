"""Which call a piece belongs to, in every way that providers count and name calls."""

import re
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
        for delta in calls.feed(entries):
            known = told.setdefault(delta.index, ["", "", ""])
            for place, text in enumerate((delta.id, delta.name, delta.arguments)):
                known[place] += text or ""
    whole = calls.result()
    assert [(c.id, c.name, c.arguments) for c in whole] == [tuple(told[k]) for k in sorted(told)]
    assert len({call.id for call in whole}) == len(whole) == len(calls)
    return [(call.name, call.arguments) for call in whole]


TWO = [("add", '{"a":1}'), ("now", '{"b":2}')]

SPELLINGS: dict[str, list[list[Any]]] = {
    "pieces in turns": [
        [piece("", index=0, id="x", name="add"), piece("", index=1, id="y", name="now")],
        [piece('{"a"', index=0), piece('{"b"', index=1)],
        [piece(":2}", index=1), piece(":1}", index=0)],
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
    "one id for both on every piece": [
        [piece('{"a"', index=0, id="x", name="add"), piece('{"b"', index=1, id="x", name="now")],
        [piece(":1}", index=0, id="x"), piece(":2}", index=1, id="x")],
    ],
    "one id for both on one index": [
        [piece('{"a":1}', index=0, id="x", name="add")],
        [piece('{"b":2}', index=0, id="x", name="now")],
    ],
    "one id for both without an index": [
        [piece('{"a":1}', id="x", name="add"), piece('{"b"', id="x", name="now")],
        [piece(":2}", id="x")],
    ],
    "another id on each piece without an index": [
        [piece("", id="x", name="add")],
        [piece('{"a":1}', id="y")],
        [piece('{"b"', id="z", name="now")],
        [piece(":2}", id="w")],
    ],
    "the word null for a missing name": [
        [piece('{"a"', index=0, id="x", name="add")],
        [piece(":1}", index=0, id="", name="null")],
        [piece('{"b":2}', index=1, id="y", name="now")],
    ],
    "a last piece with null arguments": [
        [piece('{"a":1}', index=0, id="x", name="add")],
        [{"index": 0, "id": "", "function": {"name": None, "arguments": None}}],
        [piece('{"b":2}', index=1, id="y", name="now")],
    ],
    "gaps between the indices, a number as id, objects": [
        [piece({"a": 1}, index=3, id=5, name="add"), None, "oops"],
        [piece('{"b":2}', index=7, id="y", name="now")],
    ],
}


MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_tells_the_same_calls(spelling: str) -> None:
    """However a provider cuts, counts and names its calls, the same two are read."""
    assert calls_of(*SPELLINGS[spelling]) == TWO


def test_a_second_call_of_the_same_tool_is_a_second_call() -> None:
    """A name that comes again with a new object begins a new call, even without ids."""
    pieces = [[piece('{"a":1}', index=0, name="add")], [piece('{"a":2}', index=0, name="add")]]

    assert calls_of(*pieces) == [("add", '{"a":1}'), ("add", '{"a":2}')]


@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("arguments", ["", "{}", "[1]", '{"a": 1'])
def test_calls_of_one_tool_with_one_id_stay_apart(arguments: str, index: int | None) -> None:
    """In a whole message each entry with a name is a call; the second gets an id of ours."""
    calls = ToolCalls()
    calls.feed([piece(arguments, index=index, id="x", name="add")] * 3, whole=True)
    first, *others = calls.result()

    assert [call.arguments for call in (first, *others)] == [arguments] * 3
    assert first.id == "x"
    assert all(MADE_UP_ID.fullmatch(call.id) for call in others)


def test_two_streamed_calls_of_one_tool_with_one_id_stay_apart() -> None:
    """Two indices are two calls, though their names and ids are the same."""
    both = [[piece("", index=index, id="x", name="add")] for index in (0, 1)]

    assert calls_of(*both, [piece("{}", index=1)], [piece('{"a":1}', index=0)]) == [
        ("add", '{"a":1}'),
        ("add", "{}"),
    ]


@pytest.mark.parametrize("plain", [True, False])
def test_half_a_character_in_arguments_waits_for_the_other_half(*, plain: bool) -> None:
    """A character that is cut in two is handed out whole, or at the end as it came."""
    calls = ToolCalls()
    told = list(calls.feed([piece('{"a":"\ud83d', index=0, id="x", name="add")]))
    told += calls.feed(
        [piece('\ude00"}\ud83d', index=0, **({} if plain else {"type": "function"}))]
    )
    told += calls.flush()

    assert [delta.arguments for delta in told] == ['{"a":"', '\U0001f600"}', "\ud83d"]
    assert calls.result()[0].arguments == '{"a":"\U0001f600"}\ud83d'


def test_an_id_is_made_up_where_there_is_none() -> None:
    """Each call without an id gets one of its own, and the pieces bear the same."""
    calls = ToolCalls()
    (first,) = calls.feed([piece("{}", index=0, name="add")])
    (more,) = calls.feed([piece("", index=0)])
    (call,) = calls.result()

    assert first.id == call.id
    assert more.id is None
    assert call.id.startswith("call_")
    assert ToolCalls().feed([piece("{}", index=0, name="add")])[0].id != call.id


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
    (delta,) = calls.feed([entry])
    extra = {"extra_content": {"google": 1}, "function": {"thought_signature": "abc"}}

    assert delta.extra == extra
    assert calls.result() == (ToolCall("x", "add", "{}", extra),)
    assert calls.result()[0].wire == {key: entry[key] for key in entry if key != "index"}


@pytest.mark.parametrize("kind", ["function", "FUNCTION", None])
def test_a_plain_call_has_no_extra(kind: str | None) -> None:
    """OpenAI's own keys are not repeated, nor is another spelling of `function`."""
    calls = ToolCalls()
    (delta,) = calls.feed([piece("{}", index=0, id="x", name="add", type=kind)])

    assert delta.extra is None
    assert calls.result()[0].extra == {}


def test_another_type_of_call_is_kept() -> None:
    """A type that is not `function` is told again."""
    calls = ToolCalls()
    calls.feed([piece("{}", index=0, id="x", name="add", type="custom")])

    assert calls.result()[0].wire["type"] == "custom"


def test_pieces_of_one_call_that_come_together_are_one_piece() -> None:
    """A proxy may put the events of a call into one: what is new of it is told once."""
    entries = [
        piece("", index=0, id="a", name="add"),
        piece('{"a":', index=0),
        piece("{}", index=1, id="b", name="now"),
        piece("1}", index=0),
    ]

    told = ToolCalls().feed(entries)

    assert [(p.index, p.id, p.name, p.arguments) for p in told] == [
        (0, "a", "add", '{"a":1}'),
        (1, "b", "now", "{}"),
    ]
