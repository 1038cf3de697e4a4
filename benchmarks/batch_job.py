"""Runs the job of notebooks/batch.py in a process of its own, for those who watch or kill it.

    python batch_job.py FOLDER [ROWS] [WORKERS] [BATCH_SIZE]

Asks the gateway that the environment names, and prints what went wrong as JSON.
"""

import json
import sys
from pathlib import Path

import ray
from batch import answer_all
from late_returns import LateReturn, notes

from langchain_pollinations import ChatPollinations, RateLimiter


def main(folder: str, rows: int = 300, workers: int = 4, batch_size: int = 25) -> None:
    """Ask about so many notes."""
    ray.init(num_cpus=4, include_dashboard=False)
    limiter = RateLimiter(requests_per_second=500, storage=f"sqlite:///{folder}.sqlite3")
    model = ChatPollinations(model="openai", rate_limiter=limiter)
    reader = model.with_structured_output(LateReturn)

    def read_note(row: dict[str, str]) -> LateReturn:
        return reader.invoke(row["note"])  # type: ignore[return-value] # it is what was asked for

    failed = answer_all(
        notes(rows), read_note, Path(folder), workers=workers, batch_size=batch_size
    )
    print(json.dumps(failed))
    ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
