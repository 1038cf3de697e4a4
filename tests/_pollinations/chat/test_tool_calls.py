"""Which call a piece belongs to, in every way that providers count and name calls."""

import re
from typing import Any

import pytest

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
    """Name and arguments of the calls, after checking that the pieces add up to the same calls."""
    calls = ToolCalls()
    pieces: dict[int, list[str]] = {}
    for entries in deltas:
        for delta in calls.feed(entries):
            known = pieces.setdefault(delta.index, ["", "", ""])
            for place, text in enumerate((delta.id, delta.name, delta.arguments)):
                known[place] += text or ""
    whole = calls.result()
    assert [(c.id, c.name, c.arguments) for c in whole] == [
        tuple(pieces[k]) for k in sorted(pieces)
    ]
    assert len({call.id for call in whole}) == len(whole)
    return [(call.name, call.arguments) for call in whole]


TWO = [("add", '{"a":1}'), ("now", '{"b":2}')]
A, B = '{"a":1}', '{"b":2}'


def add(arguments: object = "", index: object = None, id: object = "x") -> Piece:  # noqa: A002 - the wire's word
    """A piece of the first call, with its name."""
    return piece(arguments, index=index, id=id, name="add")


def now(arguments: object = "", index: object = None, id: object = "y") -> Piece:  # noqa: A002 - the wire's word
    """A piece of the second call, with its name."""
    return piece(arguments, index=index, id=id, name="now")


def more(arguments: object, index: object = None, id: object = None) -> Piece:  # noqa: A002 - the wire's word
    """A piece without a name."""
    return piece(arguments, index=index, id=id)


# What tests/spelled_answers.py does not draw.
SPELLINGS: dict[str, list[list[Any]]] = {
    "pieces in turns": [
        *([add("", 0), now("", 1)], [more('{"a"', 0), more('{"b"', 1)]),
        [more(":2}", 1), more(":1}", 0)],
    ],
    "a used index without ids": [[add(A, 0, None)], [now(B, 0, None)]],
    "no index": [[add()], [more(A)], [now()], [more(B)]],
    "no index and no id": [[add('{"a":', id=None), None], [more("1}")], [now(B, id=None)]],
    "no index, pieces of both calls in each delta": [
        *([add('{"a"'), now('{"b"')], [more(":1}", id="x"), more(":2}", id="y")]),
    ],
    "id and name on every piece": [[add('{"a"', 0)], [add(":1}", 0)], [now(B, 1)]],
    "empty and null ids": [
        *([add("", 0)], [more(A, 0, "")]),
        [{"index": 1, "id": None, "function": {"name": "now", "arguments": B}}],
    ],
    "one id for both on every piece": [
        *([add('{"a"', 0), now('{"b"', 1, "x")], [more(":1}", 0, "x"), more(":2}", 1, "x")]),
    ],
    "one id for both on one index": [[add(A, 0)], [now(B, 0, "x")]],
    "one id for both without an index": [[add(A), now('{"b"', id="x")], [more(":2}", id="x")]],
    "another id on each piece without an index": [
        *([add()], [more(A, id="y")], [now('{"b"', id="z")], [more(":2}", id="w")]),
    ],
    "the word null for a missing name": [
        *([add('{"a"', 0)], [piece(":1}", index=0, id="", name="null")], [now(B, 1)]),
    ],
    "gaps between the indices, a number as id, an object": [
        *([add({"a": 1}, 3, 5), None, "oops"], [now(B, 7)]),
    ],
}
TWICE: dict[str, tuple[list[list[Any]], str, str]] = {
    "a new object, without ids": ([[add(A, 0, None)], [add('{"a":2}', 0, None)]], A, '{"a":2}'),
    "two indices": ([[add("", 0)], [add("", 1)], [more("{}", 1)], [more(A, 0)]], A, "{}"),
}


MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_gives_the_same_calls(spelling: str) -> None:
    """However a provider cuts, counts and names its calls, the same two are read."""
    assert calls_of(*SPELLINGS[spelling]) == TWO


@pytest.mark.parametrize(("deltas", "first", "second"), TWICE.values(), ids=TWICE)
def test_two_streamed_calls_of_one_tool_stay_apart(
    deltas: list[list[Any]], first: str, second: str
) -> None:
    """Also where their ids are the same."""
    assert calls_of(*deltas) == [("add", first), ("add", second)]


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


GOOGLE = {"extra_content": {"google": 1}}


@pytest.mark.parametrize(
    ("more", "function", "extra"),
    [
        ({"type": "function"}, {}, {}),
        (GOOGLE, {"thought_signature": "t"}, {**GOOGLE, "function": {"thought_signature": "t"}}),
    ],
)
def test_keys_that_are_not_openais_come_and_go_as_they_were(
    more: Piece, function: Piece, extra: Piece
) -> None:
    """They are kept where they stood and can be sent back; OpenAI's own are not repeated."""
    calls = ToolCalls()
    entry = add("{}", 0)
    (delta,) = calls.feed([{**entry, **more, "function": {**entry["function"], **function}}])
    (call,) = calls.result()

    assert (delta.extra or {}) == call.extra == extra
    whole = {**entry["function"], **function}
    assert call.wire == {**extra, "id": "x", "type": "function", "function": whole}


def test_pieces_of_one_call_that_come_together_are_one_piece() -> None:
    """A proxy may put the events of a call into one: what is new of it is yielded once."""
    entries = [add("", 0), more('{"a":', 0), now("{}", 1), more("1}", 0)]

    pieces = ToolCalls().feed(entries)

    assert [(p.index, p.id, p.name, p.arguments) for p in pieces] == [
        *((0, "x", "add", A), (1, "y", "now", "{}")),
    ]
