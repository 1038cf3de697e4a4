"""The job that notebooks/scale.ipynb explains, on Ray: many workers, one outcome."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pollinations_sandbox import Key, Sandbox

ROOT = Path(__file__).parents[2]
RUNNER = SimpleNamespace(**runpy.run_path(str(ROOT / ".ci" / "notebooks.py")))
KEY = "sk_of_a_job_on_ray"
ROWS = 120
RATE = 60

# Ray Data sets options of its own that it has deprecated: `use_polars` and the like.
OWN_FAULT = "ignore:`use_:DeprecationWarning:ray.data.context"
# A process of its own, because Ray leaves handlers and threads in the one that starts it.
PYTHON = [sys.executable, "-W", "error", "-W", OWN_FAULT]

JOB = f"""
import json
from pathlib import Path

import ray
from batch import answer_all, answers
from late_returns import notes

from langchain_pollinations import ChatPollinations, RateLimiter

ray.init(num_cpus=4, include_dashboard=False)
limiter = RateLimiter(requests_per_second={RATE}, transit=0.5, storage="sqlite:///rate.sqlite3")
model = ChatPollinations(model="openai", max_retries=0, rate_limiter=limiter)

def ask(row):
    return {{"text": model.invoke(row["note"]).text}}

rows = notes({ROWS})
outcome = {{}}
for workers in (1, 4):
    folder = Path(f"with {{workers}}")
    failed = answer_all(rows, ask, folder, workers=workers, batch_size=15)
    outcome[workers] = [failed, list(answers(folder))]
print(json.dumps(outcome))
ray.shutdown()
"""


@pytest.mark.timeout(300)  # Ray and five workers start, on a machine that may be busy
def test_many_workers_answer_as_one_does() -> None:
    """The same answers, one for each row, within one limit; no key and no process is left."""
    with (
        Sandbox(keys={KEY: Key()}, edge_limit=(RATE + 5, 1.0)) as sandbox,
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
        statuses = [request.status for request in sandbox.requests]

    outcome = json.loads(done.stdout.splitlines()[-1])
    (failed, alone), (failed_too, together) = outcome["1"], outcome["4"]
    rows = sorted(answer["id"] for answer in alone)

    assert failed == failed_too == {}
    assert len(set(rows)) == len(rows) == ROWS
    assert {a["id"]: a["text"] for a in together} == {a["id"]: a["text"] for a in alone}
    assert len(together) == ROWS
    assert statuses == [200] * 2 * ROWS
    assert len(logs) > 10
    assert leaks == []
    assert KEY not in done.stdout + done.stderr
