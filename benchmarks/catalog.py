"""Read a list of 384 models, as long as the gateway's of September 2026, and choose from it.

Prints the best time of each step in milliseconds; ends with 1 if choosing takes longer than 5 ms.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from langchain_pollinations.gateway import Catalog, Client, cheapest, first_available, models
from pollinations_sandbox import Sandbox
from pollinations_sandbox.catalog import entries

LISTED = 384
SLOWEST = 5.0


def best(step: Callable[[], object], times: int) -> float:
    """The shortest of several runs, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


def main() -> int:
    """Measure each step, print one line for it, and compare the choices with the limit."""
    community = LISTED - len(entries("2026-10"))
    with Sandbox(community_models=community) as sandbox, tempfile.TemporaryDirectory() as folder:
        client = Client(sandbox.api_key, sandbox.base_url)
        catalog = Catalog(client, path=Path(folder) / "catalog.db")
        listed = client.send(models("text"))
        reading: dict[str, Callable[[], object]] = {
            "read the list of texts": lambda: client.send(models("text")),
            "read every list": catalog.refresh,
        }
        choosing: dict[str, Callable[[], object]] = {
            "first_available": lambda: first_available(listed),
            "cheapest": lambda: cheapest(listed, tools=True, vision=True),
            "Catalog.chosen": catalog.chosen,
            "Catalog.model": lambda: catalog.model("gemini"),
        }
        slow = []
        for name, step in (reading | choosing).items():
            taken = best(step, 5 if name in reading else 100)
            print(f"{name:24}{taken:9.3f} ms")
            if name in choosing and taken > SLOWEST:
                slow.append(name)
        client.close()
    return len(slow) > 0


if __name__ == "__main__":
    sys.exit(main())
