"""The job that notebooks/scale.ipynb explains: what one worker does with one batch."""

import runpy
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import ray
from pydantic import BaseModel

from langchain_pollinations import ChatPollinations, PaymentRequiredError
from pollinations_sandbox import Fault, Sandbox

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BATCH = SimpleNamespace(**runpy.run_path(str(NOTEBOOKS / "batch.py")))
ROWS = [{"id": f"row-{number}", "note": f"What is {number} plus 1?"} for number in range(5)]


class Said(BaseModel):
    note: str


def batch_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows)


@pytest.fixture
def work(tmp_path: Path) -> Callable[..., Any]:
    """Give rows to a new worker that asks in this way; returns each row's error."""

    def given(ask: Callable[[dict[str, Any]], Any], rows: list[dict[str, Any]] = ROWS) -> Any:
        return BATCH.Worker(ask, tmp_path, 2)(batch_of(rows)).to_pylist()

    return given


def test_answers_are_kept_and_found(work: Callable[..., Any], tmp_path: Path) -> None:
    """What was asked about has its answer's columns, whether they came as a model or as a dict."""
    told = work(lambda row: Said(note=row["note"]))
    work(lambda row: {"length": len(row["note"])}, [{"id": 7, "note": "a number for an id"}])

    assert told == [{"id": row["id"], "error": None} for row in ROWS]
    assert len(list(tmp_path.iterdir())) == 2
    assert sorted(BATCH.answers(tmp_path), key=str) == sorted(
        [*ROWS, {"id": 7, "length": 18}], key=str
    )


def test_a_batch_that_comes_back_is_asked_about_as_far_as_it_lacks_answers(
    work: Callable[..., Any], tmp_path: Path
) -> None:
    """Ray gives a batch to another worker if one dies after keeping it and before saying so."""
    asked = []

    def ask(row: dict[str, Any]) -> dict[str, Any]:
        asked.append(row["id"])
        if asked.count("row-2") == 1 and row["id"] == "row-2":
            raise ValueError("only once")
        return {}

    first, again, at_last = work(ask), work(ask), list(BATCH.answers(tmp_path))

    assert [outcome["error"] for outcome in first if outcome["error"]] == ["ValueError: only once"]
    assert [outcome["error"] for outcome in again] == [None] * len(ROWS)
    assert sorted(asked) == sorted([*(row["id"] for row in ROWS), "row-2"])
    assert sorted(answer["id"] for answer in at_last) == [row["id"] for row in ROWS]


def test_a_row_that_fails_costs_no_other(work: Callable[..., Any], tmp_path: Path) -> None:
    """Its error is told, and it has no answer, so that the next run asks about it again."""

    def ask(row: dict[str, Any]) -> dict[str, Any]:
        if row["id"] == "row-2":
            raise ValueError("no such note")
        return {}

    told = {outcome["id"]: outcome["error"] for outcome in work(ask)}

    assert told.pop("row-2") == "ValueError: no such note"
    assert set(told.values()) == {None}
    assert {answer["id"] for answer in BATCH.answers(tmp_path)} == set(told)


def test_what_is_no_rows_fault_ends_the_job(work: Callable[..., Any], tmp_path: Path) -> None:
    """Without pollen each row would be refused: rows that wait are given up, answers are kept."""
    many = [{"id": number, "note": f"Note {number}"} for number in range(200)]
    with Sandbox() as sandbox:
        model = ChatPollinations(base_url=sandbox.base_url, api_key=sandbox.api_key)

        def ask(row: dict[str, Any]) -> dict[str, Any]:
            if row["id"] == 10:
                sandbox.fail(Fault.refusal("budget", times=None))
            return {"text": model.invoke(row["note"]).text}

        with pytest.raises(PaymentRequiredError):
            work(ask, many)

        answered = len(sandbox.requests)
    kept = {answer["id"] for answer in BATCH.answers(tmp_path)}
    assert len(kept & set(range(10))) >= 9  # one of them may have been under way
    assert len(kept) < answered < len(many)


def test_a_batch_is_there_whole_or_not_at_all(work: Callable[..., Any], tmp_path: Path) -> None:
    """What somebody else is still writing, or left when it died, is no answer."""
    unfinished = tmp_path / "0123456789abcdef.4711"
    unfinished.write_text('{"id": "row-0", "no')

    assert list(BATCH.answers(tmp_path)) == []
    assert {outcome["error"] for outcome in work(lambda _: {})} == {None}


def test_calls_are_under_way_together(work: Callable[..., Any]) -> None:
    """A worker asks about as many rows at once as it was told, and the order does not matter."""
    both = threading.Barrier(2, timeout=10)

    told = work(lambda _: both.wait() >= 0 and {}, ROWS[:4])

    assert {outcome["error"] for outcome in told} == {None}


def test_rows_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    """Two rows with one id are refused before anything is asked."""
    asked: list[object] = []

    with pytest.raises(ValueError, match="same id"):
        BATCH.answer_all([ROWS[0], ROWS[0]], asked.append, tmp_path)

    assert asked == []


def test_a_finished_job_starts_nothing(work: Callable[..., Any], tmp_path: Path) -> None:
    """With an answer to each row there is nothing to ask, and no need of Ray."""
    work(lambda _: {})

    assert BATCH.answer_all(ROWS, pytest.fail, tmp_path) == {}
    assert not ray.is_initialized()
