"""One contender in a process of its own: a job a line comes in, what it cost goes out.

Usage: python worker.py MODULE.CLASS URL OPTIONS, the options being JSON.
"""

import gc
import importlib
import inspect
import json
import os
import socket
import sys
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

from contender import Contender


def stay_here() -> None:
    """Let nobody look up a host but this machine: one contender asks the internet when made."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - passed on
        if host not in {"127.0.0.1", b"127.0.0.1"}:
            raise socket.gaierror(f"{host} is not this machine")
        return look_up(host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment] # narrower on purpose


def make(path: str, url: str, options: dict[str, object]) -> Contender[Any]:
    """Import a contender and make it."""
    module, _, name = path.rpartition(".")
    made: Contender[Any] = getattr(importlib.import_module(module), name)(url, **options)
    return made


def measure(contender: Contender[object], job: str, model: str, repeat: int, clock: str) -> float:
    """Do a job some times.

    Returns:
        The median of the job's own figures or of its seconds on the wall, or the mean of its
        seconds on the processor, whose clock is too coarse for one.
    """
    work: Callable[[str], object] = getattr(contender, job)
    if inspect.iscoroutinefunction(work):
        coroutine = work
        work = lambda name: contender.runner.run(coroutine(name))  # noqa: E731 - the same in another colour
    gc.collect()
    own, wall = [], []
    cpu = time.process_time()
    for _ in range(repeat):
        start = time.perf_counter()
        figure = work(model)
        wall.append(time.perf_counter() - start)
        if isinstance(figure, float | int):
            own.append(figure)
    cpu = (time.process_time() - cpu) / repeat
    return median(own) if own else cpu if clock == "cpu" else median(wall)


def main() -> None:
    """Work until standard input ends."""
    path, url, options = sys.argv[1:]
    warnings.simplefilter("ignore")
    stay_here()
    try:
        contender = make(path, url, json.loads(options))
    except (ImportError, AttributeError) as error:
        print(json.dumps({"absent": str(error)}), flush=True)
        return
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        try:
            answer: dict[str, object] = {"figure": measure(contender, *json.loads(line))}
        except NotImplementedError:
            answer = {"figure": None}
        except Exception as error:  # noqa: BLE001 - whatever it is belongs into the table
            answer = {"error": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(answer), flush=True)
    os._exit(0)  # without the last words of clients that nobody closed


if __name__ == "__main__":
    main()
