"""The job that notebooks/scale.ipynb explains, on Ray: many workers, one outcome."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pollinations_sandbox import Key, Sandbox

ROOT = Path(__file__).parents[2]
RUNNER = SimpleNamespace(**runpy.run_path(str(ROOT / ".ci" / "notebooks.py")))
KEY = "sk_of_a_job_on_ray"
ROWS = 120
RATE = 100

# Ray Data sets options of its own that it has deprecated: `use_polars` and the like.
OWN_FAULT = "ignore:`use_:DeprecationWarning:ray.data.context"
# A process of its own, because Ray leaves handlers and threads in the one that starts it.
PYTHON = [sys.executable, "-W", "error", "-W", OWN_FAULT]

JOB = f"""
import json, time
from pathlib import Path

import ray
from batch import answer_all, answers
from late_returns import notes
from rate import SharedRate

from langchain_pollinations import ChatPollinations

ray.init(num_cpus=4, include_dashboard=False)
rate = SharedRate({RATE})
model = ChatPollinations(model="openai", rate_limiter=rate)

def ask(row):
    began = time.time()
    return {{"text": model.invoke(row["note"]).text, "began": began, "done": time.time()}}

rows = notes({ROWS})
outcome = {{}}
for workers in (1, 4):
    folder = Path(f"with {{workers}}")
    failed = answer_all(rows, ask, folder, workers=workers, batch_size=15)
    outcome[workers] = [failed, list(answers(folder))]
    outcome[workers].append(rate.given)
print(json.dumps(outcome))
ray.shutdown()
"""


def seconds_of(answers: list[dict[str, Any]]) -> float:
    """The seconds from the first question to the last answer."""
    return float(max(a["done"] for a in answers) - min(a["began"] for a in answers))


@pytest.mark.timeout(300)  # Ray and five workers start, on a machine that may be busy
def test_many_workers_answer_as_one_does() -> None:
    """The same answers, one for each row, at one rate; no key and no process is left anywhere."""
    with (
        Sandbox(keys={KEY: Key()}) as sandbox,
        RUNNER.elsewhere(ROOT / "notebooks", RUNNER.GRACE) as (folder, home),
    ):
        gateway = {"POLLINATIONS_BASE_URL": sandbox.base_url, "POLLINATIONS_API_KEY": KEY}
        done = subprocess.run(  # noqa: S603 - our own words
            [*PYTHON, "-c", JOB],
            cwd=folder,
            env={**RUNNER.environment(home), **gateway},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        logs = [path for path in home.rglob("*") if path.is_file()]
        leaks = [path for path in logs if KEY.encode() in path.read_bytes()]
        asked = [request.body["messages"][-1]["content"] for request in sandbox.requests]

    told = json.loads(done.stdout.splitlines()[-1])
    (failed, alone, turns), (failed_too, together, turns_of_both) = told["1"], told["4"]
    rows = sorted(answer["id"] for answer in alone)

    assert failed == failed_too == {}
    assert len(set(rows)) == len(rows) == ROWS
    assert {a["id"]: a["text"] for a in together} == {a["id"]: a["text"] for a in alone}
    assert len(together) == ROWS
    assert len(asked) == 2 * ROWS
    assert (turns, turns_of_both) == (ROWS, 2 * ROWS)
    assert seconds_of(together) >= (ROWS - 1) / RATE
    assert len(logs) > 10
    assert leaks == []
    assert KEY not in done.stdout + done.stderr
