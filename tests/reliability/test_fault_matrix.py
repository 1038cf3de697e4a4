"""Every fault in every way of both frameworks: the end that the table promises, and no other."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import cycle
from typing import Any, NamedTuple

import pytest
from error_texts import check_text
from fault_table import ASK, ROWS, WORDS, End
from waiting import side_by_side
from ways import WAYS, Outcome, Way

from _pollinations.http.errors import PollinationsError
from _pollinations.http.settings import SizeLimits
from pollinations_sandbox import Fault, Sandbox
from pollinations_sandbox.dialects import DIALECTS

ADD = "Add 20 and 22, please."
SUM = {"a": 20, "b": 22}
GOOD_SPELLINGS = sorted(DIALECTS - {"error-choice", "error-type-finish"})

HOMES = {"langchain": "langchain_pollinations.errors", "llama_index": "llama_index_pollinations"}
"""Where the errors of each framework say that they come from, whichever is imported first."""

Cell = tuple[str, Way]
Borrow = Callable[[str], AbstractContextManager[Sandbox]]


class Kind(NamedTuple):
    """A kind of call: how a model is asked, and what of its answer must be equal to what."""

    ask: Callable[[Way, Any], Outcome]
    part: Callable[[Outcome], Any]
    good: Any


TEXT = Kind(lambda way, model: way.ask(model, ASK), lambda outcome: outcome.text, WORDS)
TOOLS = Kind(lambda way, model: way.ask_with_tools(model, ADD), lambda outcome: outcome.data, [SUM])
DATA = Kind(lambda way, model: way.ask_for_data(model, ADD), lambda outcome: outcome.data, SUM)


def paired(names: Any, start: int) -> list[Cell]:
    """Each name with one way, all ways with some name: pairs, not the full product."""
    return list(zip(names, cycle([*WAYS[start:], *WAYS[:start]]), strict=False))


def model_for(name: str, way: Way, sandbox: Sandbox, *, once: bool) -> Any:
    """A model that tries three times and has short timeouts."""
    # An answer after the fault has the same time as the silence before it.
    seconds = 30.0 if not ROWS[name].silent else 0.4 if once else 0.15
    fields: dict[str, Any] = {"timeout": seconds, "stream_idle_timeout": seconds}
    if ROWS[name].large:
        fields["size_limits"] = SizeLimits(answer=200_000, event=100_000)
    if way.framework == "llama_index":
        fields["structured_output_mode"] = "json_schema"
    return way.model(sandbox, max_retries=2, retry_after_limit=0.5, **fields)


def check_error(end: End, found: Outcome | PollinationsError, way: Way) -> PollinationsError:
    """It is the error, and says what it must."""
    assert isinstance(found, PollinationsError), f"no error, but {found}"
    facts = type(found).__name__, found.status, found.retry_after
    assert facts == (end.error, end.status, end.wait)
    assert type(found).__module__ == HOMES[way.framework]
    check_text(found)
    return found


def check(cell: Cell, kind: Kind, sandbox: Sandbox, *, once: bool = False) -> None:
    """A call that meets the fault ends as the table says, after so many requests."""
    name, way = cell
    end = ROWS[name].pieces if way.streams else ROWS[name].whole
    bridged = end.error is None or (once and end.tries > 1)
    sandbox.fail(ROWS[name].order(times=1 if once else None))
    found: Outcome | PollinationsError
    try:
        found = kind.ask(way, model_for(name, way, sandbox, once=once))
    except PollinationsError as error:  # nothing but an answer and an error of ours can come
        found = error

    assert len(sandbox.requests) == (min(end.tries, 2) if once else end.tries)
    if bridged:
        assert isinstance(found, Outcome), found
        assert (kind.part(found), found.finished) == (kind.good, True)
        return
    error = check_error(end, found, way)
    assert error.attempts == len(sandbox.requests)
    if kind is TEXT:
        assert WORDS.startswith(error.text)
        assert bool(error.text) is end.begun


@pytest.mark.parametrize("name", ROWS)
def test_a_fault_that_goes_on_ends_as_the_table_says(borrow: Borrow, name: str) -> None:
    """The whole answer, or this error after so many requests, with the text so far."""

    def check_way(way: Way) -> None:
        with borrow("2026-10") as sandbox:
            check((name, way), TEXT, sandbox)

    side_by_side(check_way, WAYS)


@pytest.mark.parametrize("name", [name for name in ROWS if name != "flaky"])
def test_a_fault_that_comes_once_is_bridged_if_it_may_be(borrow: Borrow, name: str) -> None:
    """What is tried again ends in the whole answer; what is not, ends as before."""

    def check_way(way: Way) -> None:
        with borrow("2026-10") as sandbox:
            check((name, way), TEXT, sandbox, once=True)

    side_by_side(check_way, WAYS)


def test_the_gateway_of_january_ends_in_the_same_way(borrow: Borrow) -> None:
    """Its bodies are others; what they mean is not."""

    def check_cell(cell: Cell) -> None:
        with borrow("2026-01") as january:
            check(cell, TEXT, january)

    side_by_side(check_cell, paired(ROWS, 1))


def test_no_tool_is_called_with_half_its_arguments(borrow: Borrow) -> None:
    """A turn that calls tools ends as one that speaks."""

    def check_cell(cell: Cell) -> None:
        with borrow("2026-10") as sandbox:
            check(cell, TOOLS, sandbox)

    side_by_side(check_cell, paired(ROWS, 2))


def test_no_object_is_made_of_half_an_answer(borrow: Borrow) -> None:
    """Structured output ends as text does."""

    def check_cell(cell: Cell) -> None:
        with borrow("2026-10") as sandbox:
            if cell[1].framework == "llama_index":
                # In pieces, so that a fault in the middle of a stream comes after a beginning.
                sandbox.reply('{ "a" : 20 , "b" : 22 }', times=None)
            check(cell, DATA, sandbox)

    side_by_side(check_cell, paired(ROWS, 5))


def test_a_good_answer_is_whole_however_it_is_spelled(borrow: Borrow) -> None:
    """Spellings of providers and framings of streams are no faults: nothing is tried again."""

    def check_cell(cell: Cell) -> None:
        spelling, way = cell
        with borrow("2026-10") as sandbox:
            sandbox.fail(Fault.dialect(spelling, times=None))
            model = way.model(sandbox)
            outcome = way.ask(model, ASK)
            words = outcome.text.replace("\u2028", " ").replace("\u2029", " ").replace("\x85", " ")

            assert words.removesuffix(" · é 日本 🙂") == WORDS
            assert outcome.finished
            assert way.ask_with_tools(model, ADD).data == [SUM]
            assert len(sandbox.requests) == 2

    side_by_side(check_cell, paired(GOOD_SPELLINGS, 3))
