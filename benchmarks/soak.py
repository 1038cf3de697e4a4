"""Keep an adapter busy for some minutes, the way a bad day does, and watch what grows.

Each turn streams, calls, drops streams half-way, cancels calls and does so from several threads
and from an event loop that ends with the turn. Memory, file descriptors and threads are counted
after each, as Linux tells them; what the first half of the time needed has to be enough for the
second.
"""

import argparse
import asyncio
import gc
import itertools
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cases import ENTRANTS, LC, LI, Entrant
from contender import Contender
from run import process
from worker import make

PAGE = os.sysconf("SC_PAGE_SIZE")
SLACK = {"memory in MB": 8.0, "file descriptors": 8.0, "threads": 4.0}


def drop(contender: Contender[Any]) -> None:
    """Leave a stream after ten words."""
    for _ in itertools.islice(contender.chunks(contender.client("text-500")), 10):
        pass


async def adrop(contender: Contender[Any]) -> None:
    """Leave a stream after ten words, on the event loop."""
    chunks = aiter(contender.achunks(contender.client("text-500")))
    for _ in range(10):
        await anext(chunks)
    if aclose := getattr(chunks, "aclose", None):
        await aclose()


async def cancelled(contender: Contender[Any]) -> None:
    """Give a call up before its answer."""
    task = asyncio.create_task(contender.acall("json-300-200"))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])


async def together(contender: Contender[Any]) -> None:
    """Do everything at once on one event loop."""
    streams = [contender.astream("text-200") for _ in range(10)]
    calls = [contender.acall("json-300-20") for _ in range(50)]
    drops = [adrop(contender) for _ in range(10)]
    gone = [cancelled(contender) for _ in range(10)]
    await asyncio.gather(*streams, *calls, *drops, *gone)


def turn(contender: Contender[Any]) -> None:
    """Do everything once: on threads, and on an event loop that nobody sees again."""
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(contender.stream, "text-200") for _ in range(10)]
        jobs += [pool.submit(contender.call, "json-300") for _ in range(20)]
        jobs += [pool.submit(drop, contender) for _ in range(10)]
    for job in jobs:
        job.result()
    asyncio.run(together(contender))
    gc.collect()


def needs() -> dict[str, float]:
    """What this process holds now."""
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    return dict(zip(SLACK, (resident, descriptors, threading.active_count()), strict=True))


def soak(entrant: Entrant, url: str, minutes: float) -> bool:
    """Keep one contender busy and print what it needed.

    Returns:
        Whether nothing grew.
    """
    contender = make(entrant.contender, url, entrant.options)
    start = time.monotonic()
    halves: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
    while (spent := time.monotonic() - start) < minutes * 60 or not all(halves):
        turn(contender)
        halves[spent > minutes * 30].append(needs())
    calm = True
    for name, slack in SLACK.items():
        first, second = (max(moment[name] for moment in half) for half in halves)
        grew = second > first + slack
        calm &= not grew
        print(f"{entrant.name}: {name} {first:.1f} -> {second:.1f}{'  GREW' if grew else ''}")
    print(f"{entrant.name}: {sum(map(len, halves))} turns of 120 requests", flush=True)
    return calm


def main() -> int:
    """Soak both adapters, or whom the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2, help="for each contender")
    parser.add_argument("--who", nargs="*", default=[LC, LI], help="names from cases.py")
    arguments = parser.parse_args()
    with process(sys.executable, "server.py") as (_, port):
        url = f"http://127.0.0.1:{port.readline().strip()}"
        found = [entrant for entrant in ENTRANTS if entrant.name in arguments.who]
        grown = [entrant for entrant in found if not soak(entrant, url, arguments.minutes)]
    return len(grown)


if __name__ == "__main__":
    sys.exit(main())
