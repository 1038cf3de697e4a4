"""Asks a model about many rows on many workers, and about a row that has its answer never again.

Take this file along: it knows no framework and no gateway, only a function that is asked about one
row. Answers are kept as they come, a file of JSON lines for each batch. A file is there whole or
not at all, so that whatever ends a job early costs no more than the batches that were under way.

Needs `ray[data]` and `tqdm`. On several machines the folder has to be one that all of them see.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from pathlib import Path
from typing import Any

import pyarrow as pa
import ray.data
from pydantic_core import to_json
from tqdm import tqdm

Row = dict[str, Any]
"""What is asked about: any columns, and an `id` that no other row has."""

Ask = Callable[[Row], Any]
"""Asks about one row; returns the columns of the answer, as anything that `dict` takes."""

_NO_ROWS_FAULT = {401, 402, 403}  # the key, the pollen, the permission: the same for each row


def answer_all(
    rows: Sequence[Row],
    ask: Ask,
    folder: Path,
    *,
    workers: int = 4,
    at_once: int = 8,
    batch_size: int = 25,
    cpus: float = 0.25,
) -> dict[Any, str]:
    """Ask about each row that has no answer yet, and keep the answers.

    Args:
        rows: What to ask about.
        ask: Asks about one row. It travels to the workers by pickle, with the model that it holds.
        folder: Where answers are kept, and found by the next run.
        workers: How many processes ask.
        at_once: How many calls each of them has under way.
        batch_size: How many rows go to a worker, and into a file, at a time.
        cpus: What a worker takes of Ray's CPUs; it waits most of its time.

    Returns:
        What went wrong, by the row's id; the next run asks about these rows again. Empty once all
        have their answers.

    Raises:
        ValueError: Two rows have the same id.
        ray.exceptions.RayTaskError: A key, an account or a permission is missing, which is no fault
            of a row; its `cause` is the gateway's error.
    """
    if len({row["id"] for row in rows}) < len(rows):
        raise ValueError("Two rows have the same id; an answer could not be told from another.")
    folder = folder.absolute()  # a worker may live in another one
    folder.mkdir(parents=True, exist_ok=True)
    there = {answer["id"] for answer in answers(folder)}
    missing = [row for row in rows if row["id"] not in there]
    failed: dict[Any, str] = {}
    with tqdm(total=len(rows), initial=len(rows) - len(missing), unit="row") as bar:
        for outcomes in _outcomes(missing, batch_size, workers, cpus, (ask, folder, at_once)):
            failed |= {told["id"]: told["error"] for told in outcomes if told["error"]}
            bar.update(len(outcomes))
    return failed


def answers(folder: Path) -> Iterator[Row]:
    """Read what is kept: each row that was answered, with the columns of its answer."""
    for part in sorted(folder.glob("*.jsonl")):
        yield from _read(part)


class Worker:
    """Asks about the rows of one batch at a time, in a process of its own, which Ray Data starts.

    A worker that dies is started again, and its batch comes back to it.
    """

    def __init__(self, ask: Ask, folder: Path, at_once: int) -> None:
        self._ask = ask
        self._folder = folder
        self._threads = ThreadPoolExecutor(at_once)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Ask, keep the answers, and tell what went wrong with which row."""
        rows = batch.to_pylist()
        there = {answer["id"] for answer in _read(self._part(rows))}  # it came back: half is done
        errors = self._asked([row for row in rows if row["id"] not in there])
        told = [errors.get(row["id"]) for row in rows]
        return pa.table({"id": batch["id"], "error": pa.array(told, pa.string())})

    def _asked(self, rows: list[Row]) -> dict[Any, str]:
        under_way = {row["id"]: self._threads.submit(self._ask, row) for row in rows}
        for future in as_completed(under_way.values()):
            if _is_no_rows_fault(future.exception()):
                for waiting in under_way.values():
                    waiting.cancel()
                break
        wait(under_way.values())  # no call goes on after the job has ended
        done = {name: future for name, future in under_way.items() if not future.cancelled()}
        errors = {name: error for name, future in done.items() if (error := future.exception())}
        _write(
            [
                {"id": name} | dict(future.result()) | {"id": name}
                for name, future in done.items()
                if name not in errors
            ],
            self._part(rows),
        )
        for error in errors.values():
            if _is_no_rows_fault(error):
                raise error
        return {name: f"{type(error).__name__}: {error}" for name, error in errors.items()}

    def _part(self, rows: list[Row]) -> Path:
        """The file of a batch: the same for the same rows, in any process."""
        name = hashlib.sha256(to_json([row["id"] for row in rows])).hexdigest()[:16]
        return self._folder / f"{name}.jsonl"


def _outcomes(
    rows: list[Row], batch_size: int, workers: int, cpus: float, given: tuple[Ask, Path, int]
) -> Iterator[list[Row]]:
    """Each batch's ids and errors, in the order in which they are done."""
    if not rows:
        return
    ray.data.DataContext.get_current().enable_progress_bars = False  # there is a bar of our own
    batches = ray.data.from_items(rows, override_num_blocks=-(-len(rows) // batch_size))
    done = batches.map_batches(
        Worker,
        fn_constructor_args=given,
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=cpus,
    )
    for outcomes in done.iter_batches(batch_size=None, batch_format="pyarrow"):
        yield outcomes.to_pylist()


def _is_no_rows_fault(error: BaseException | None) -> bool:
    return getattr(error, "status", None) in _NO_ROWS_FAULT


def _read(part: Path) -> Iterator[Row]:
    if part.exists():
        yield from map(json.loads, part.read_bytes().splitlines())


def _write(answered: list[Row], part: Path) -> None:
    """Keep a batch under its name, once all of it is on the disk."""
    if not answered:
        return
    unfinished = part.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(b"".join(to_json(row) + b"\n" for row in answered))
    unfinished.replace(part)
