"""Every fault in every way of both frameworks: the end that the table promises, and no other."""

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from error_texts import check_text
from fault_table import ASK, ROWS, WORDS, End, Row
from ways import WAYS, Told, Way

from _pollinations.http.errors import PollinationsError
from _pollinations.http.settings import SizeLimits
from pollinations_sandbox import Fault, Sandbox
from pollinations_sandbox.dialects import DIALECTS

PATIENT = {"timeout": 30.0, "stream_idle_timeout": 30.0}
IMPATIENT = {"timeout": 0.3, "stream_idle_timeout": 0.3}
ADD = "Add 20 and 22, please."
SUM = {"a": 20, "b": 22}
GOOD_SPELLINGS = sorted(DIALECTS - {"error-choice", "error-type-finish"})

Cell = tuple[str, Way]


def in_turn(names: Iterator[str] | Any, start: int = 0) -> list[Cell]:
    """Each name with one way, all ways with some name: pairs, not the full product."""
    return list(zip(names, cycle([*WAYS[start:], *WAYS[:start]]), strict=False))


def end_of(row: Row, way: Way) -> End:
    """How it must end."""
    return row.pieces if way.streams else row.whole


def model_for(row: Row, way: Way, sandbox: Sandbox, **fields: Any) -> Any:
    """A model that tries three times, and waits for nobody longer than half a second."""
    waits = IMPATIENT if row.silent else PATIENT
    if row.large:
        fields = {"size_limits": SizeLimits(answer=200_000, event=100_000), **fields}
    return way.model(sandbox, **{"max_retries": 2, "retry_after_limit": 0.5, **waits, **fields})


def outcome(ask: Callable[[], Told]) -> Told | PollinationsError:
    """What came of it; nothing but an answer and an error of ours can."""
    try:
        return ask()
    except PollinationsError as error:
        return error


def check_error(end: End, found: Told | PollinationsError, way: Way) -> PollinationsError:
    """It is the error, and says what it must."""
    assert isinstance(found, PollinationsError), f"no error, but {found}"
    assert (type(found).__name__, found.status, found.retry_after) == (
        end.error,
        end.status,
        end.wait,
    )
    assert type(found).__module__.startswith(
        "langchain_pollinations" if way.framework == "langchain" else "_pollinations"
    )
    check_text(found)
    return found


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", ROWS)
def test_a_fault_that_goes_on_ends_as_the_table_says(sandbox: Sandbox, name: str, way: Way) -> None:
    """The whole answer, or this error after so many requests, with the text so far."""
    row = ROWS[name]
    end = end_of(row, way)
    sandbox.fail(row.order(times=None))
    found = outcome(lambda: way.ask(model_for(row, way, sandbox), ASK))

    assert len(sandbox.requests) == end.tries
    if end.error is None:
        assert isinstance(found, Told)
        assert (found.text, found.finished) == (WORDS, True)
        return
    error = check_error(end, found, way)
    assert error.attempts == end.tries
    assert WORDS.startswith(error.text)
    assert bool(error.text) is end.begun


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", [name for name in ROWS if name != "flaky"])
def test_a_fault_that_comes_once_is_bridged_if_it_may_be(
    sandbox: Sandbox, name: str, way: Way
) -> None:
    """What is tried again ends in the whole answer; what is not, ends as before."""
    row = ROWS[name]
    end = end_of(row, way)
    sandbox.fail(row.order(times=1))
    found = outcome(lambda: way.ask(model_for(row, way, sandbox), ASK))

    if end.error is None or end.tries > 1:
        assert isinstance(found, Told), found
        assert (found.text, found.finished) == (WORDS, True)
        assert len(sandbox.requests) == min(end.tries, 2)
    else:
        check_error(end, found, way)
        assert len(sandbox.requests) == 1


@pytest.mark.parametrize(("name", "way"), in_turn(ROWS, 1), ids=str)
def test_the_gateway_of_january_ends_in_the_same_way(january: Sandbox, name: str, way: Way) -> None:
    """Its bodies are others; what they mean is not."""
    row = ROWS[name]
    end = end_of(row, way)
    january.fail(row.order(times=None))
    found = outcome(lambda: way.ask(model_for(row, way, january), ASK))

    assert len(january.requests) == end.tries
    if end.error is None:
        assert isinstance(found, Told)
        assert found.text == WORDS
    else:
        check_error(end, found, way)


@pytest.mark.parametrize(("name", "way"), in_turn(ROWS, 2), ids=str)
def test_no_tool_is_called_with_half_its_arguments(sandbox: Sandbox, name: str, way: Way) -> None:
    """A turn that calls tools ends as one that speaks."""
    row = ROWS[name]
    end = end_of(row, way)
    sandbox.fail(row.order(times=None))
    found = outcome(lambda: way.ask_with_tools(model_for(row, way, sandbox), ADD))

    assert len(sandbox.requests) == end.tries
    if end.error is None:
        assert isinstance(found, Told)
        assert found.data == [SUM]
    else:
        check_error(end, found, way)


@pytest.mark.parametrize(("name", "way"), in_turn(ROWS, 5), ids=str)
def test_no_object_is_made_of_half_an_answer(sandbox: Sandbox, name: str, way: Way) -> None:
    """Structured output ends as text does."""
    row = ROWS[name]
    end = end_of(row, way)
    sandbox.fail(row.order(times=None))
    one_mode = {} if way.framework == "langchain" else {"structured_output_mode": "json_schema"}
    if one_mode:
        # In several pieces, so that a fault in the middle of a stream comes after a beginning.
        sandbox.reply('{ "a" : 20 , "b" : 22 }', times=None)
    model = model_for(row, way, sandbox, **one_mode)
    found = outcome(lambda: way.ask_for_data(model, ADD))

    assert len(sandbox.requests) == end.tries
    if end.error is None:
        assert isinstance(found, Told)
        assert found.data == SUM
    else:
        check_error(end, found, way)


@pytest.mark.parametrize(("spelling", "way"), in_turn(GOOD_SPELLINGS, 3), ids=str)
def test_a_good_answer_is_whole_however_it_is_spelled(
    sandbox: Sandbox, spelling: str, way: Way
) -> None:
    """Spellings of providers and framings of streams are no faults: nothing is tried again."""
    sandbox.fail(Fault.dialect(spelling, times=None))
    told = way.ask(way.model(sandbox), ASK)
    words = told.text.replace("\u2028", " ").replace("\u2029", " ").replace("\x85", " ")

    assert words.removesuffix(" · é 日本 🙂") == WORDS
    assert told.finished
    assert len(sandbox.requests) == 1
