"""Kill what can be killed of a job on Ray, and see each row answered once all the same.

First a worker dies in the middle, and the job has to end as if nothing had happened. Then the whole
job dies, and a second one has to ask about the rest and about nothing else.
"""

import os
import runpy
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil  # type: ignore[import-untyped] # it ships no types

from pollinations_sandbox import Sandbox

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
RUNNER = SimpleNamespace(**runpy.run_path(str(ROOT / ".ci" / "notebooks.py")))
BATCH = SimpleNamespace(**runpy.run_path(str(NOTEBOOKS / "batch.py")))
ROWS, WORKERS, SIZE, AT_ONCE = 300, 3, 10, 8
LATENCY = 0.2
PATIENCE = 180.0
NOTHING_FAILED = "{}"


class Job:
    """A job in a process of its own, its folder, and the sandbox that it asks."""

    def __init__(self, folder: Path, home: Path, sandbox: Sandbox) -> None:
        self.answers = folder / "answers"
        self.sandbox = sandbox
        environment = RUNNER.environment(home)
        self._environment = {
            **environment,
            "POLLINATIONS_BASE_URL": sandbox.base_url,
            "POLLINATIONS_API_KEY": sandbox.api_key,
            "PYTHONPATH": os.pathsep.join([environment["PYTHONPATH"], str(NOTEBOOKS)]),
        }
        self._log = (home / "job.log").open("wb")

    @contextmanager
    def begun(self) -> Iterator[psutil.Popen]:
        """Start the job; whoever leaves without its end has killed it."""
        self.sandbox.clear()
        words = [str(self.answers), *map(str, (ROWS, WORKERS, SIZE))]
        script = str(Path(__file__).with_name("batch_job.py"))
        with psutil.Popen(
            [sys.executable, script, *words],
            cwd=self.answers.parent,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        ) as process:
            yield process

    @property
    def parts(self) -> int:
        """How many batches are kept."""
        return len(list(self.answers.glob("*.jsonl")))


def until(condition: Callable[[], object]) -> None:
    """Wait for something that a job does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("The job has come to a halt.")
        time.sleep(0.02)


def at_work(job: psutil.Popen) -> list[psutil.Process]:
    """The workers that have a batch under way: Ray calls them by what they do."""
    named = ((p, p.name()) for p in job.children(recursive=True))
    return [p for p, name in named if name.startswith("ray::MapWorker") and "submit" in name]


def outcome(job: Job, name: str, most: int, least: int = ROWS) -> bool:
    """Tell whether each row has one answer, after no more requests than it may have taken."""
    kept = Counter(answer["id"] for answer in BATCH.answers(job.answers))
    asked = len(job.sandbox.requests)
    fine = len(kept) == ROWS and set(kept.values()) == {1} and least <= asked <= most
    print(f"{name}: {len(kept)} of {ROWS} rows, {asked} requests{'' if fine else '  WRONG'}")
    return fine


def a_worker_dies(job: Job) -> bool:
    """Kill one worker at work; what it had under way may be asked about twice."""
    with job.begun() as process:
        until(lambda: job.parts >= 2 and at_work(process))
        at_work(process)[0].kill()
        told = process.communicate(timeout=PATIENCE)[0]
    return NOTHING_FAILED in told.splitlines() and outcome(job, "a worker was killed", ROWS + SIZE)


def a_job_dies(job: Job) -> bool:
    """Kill the process that started all, and start it again."""
    with job.begun() as process:
        until(lambda: job.parts >= 2)
        there = [process, *process.children(recursive=True)]
        process.kill()
    _, left = psutil.wait_procs(there, timeout=PATIENCE)
    rest = ROWS - len(list(BATCH.answers(job.answers)))
    with job.begun() as process:
        told = process.communicate(timeout=PATIENCE)[0]
    again = NOTHING_FAILED in told.splitlines() and outcome(job, "the job was killed", rest, rest)
    return again and not left and 0 < rest < ROWS


def main() -> int:
    """Kill, look, and tell how often it went wrong."""
    wrong = 0
    for story in (a_worker_dies, a_job_dies):
        with (
            Sandbox(latency=LATENCY) as sandbox,
            RUNNER.elsewhere(NOTEBOOKS, RUNNER.GRACE) as (folder, home),
        ):
            wrong += not story(Job(folder, home, sandbox))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
