"""Count the bytecode steps of a call, of an event and of a constructor, by whose code they are.

Steps are the same on every machine, whatever else it does; they leave out what is written in C.
Those of the standard library and of pydantic count for the package that asked for them.

Usage: python steps.py
"""

import inspect
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

os.environ["LANGSMITH_TRACING"] = "false"

from contender import Contender
from run import process
from worker import make

ROOT = Path(__file__).parent.parent
OURS = ("_pollinations", "langchain_pollinations", "llama_index_pollinations")
WHOSE = {
    "langchain_core": "framework",
    "langsmith": "framework",
    "llama_index": "framework",
    "llama_index_instrumentation": "framework",
    "uuid_utils": "framework",
    **dict.fromkeys(
        ("aiohttp", "anyio", "h11", "httpcore", "multidict", "urllib3", "yarl"), "wire"
    ),
    **dict.fromkeys(("http", "email", "socket.py", "asyncio", "selectors.py"), "wire"),
    "httpx": "httpx",
    **dict.fromkeys(OURS, "ours"),
}
CONTENDERS: dict[str, tuple[str, dict[str, object]]] = {
    "bare httpx": ("floors.Httpx", {}),
    "LangChain": (
        "with_langchain.ChatModel",
        {"path": "langchain_pollinations.ChatPollinations"},
    ),
    "LlamaIndex": (
        "with_llama_index.Model",
        {"path": "llama_index_pollinations.Pollinations"},
    ),
}
JOBS = (
    ("invoke", "call", "json-300", 1),
    ("ainvoke", "acall", "json-300", 1),
    ("an event, words", "stream", "text-2000", 2000),
    ("an event, thoughts", "stream", "reasoning-2000", 2000),
    ("an event, a tool call", "stream", "tools-2000", 2000),
    ("constructor", "construct", "text-1", 1),
)


class Steps:
    """Counts the steps of a piece of work by whose code they are."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.known: dict[CodeType, str | None] = {}

    def of(self, work: Callable[[], object]) -> Counter[str]:
        """Do the work and count."""
        self.counts.clear()
        sys.settrace(self.trace)
        try:
            work()
        finally:
            sys.settrace(None)
        return self.counts

    def trace(self, frame: FrameType, event: str, argument: object) -> Any:  # noqa: ANN401 - settrace's
        """Take note of a step; see `sys.settrace`."""
        del argument
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        elif event == "opcode":
            self.counts[self.owner(frame)] += 1
        return self.trace

    def owner(self, frame: FrameType | None) -> str:
        """Whose code a frame runs, or works for."""
        while frame is not None:
            code = frame.f_code
            if code not in self.known:
                self.known[code] = whose(code.co_filename)
            if owner := self.known[code]:
                return owner
            frame = frame.f_back
        return "other"


def whose(filename: str) -> str | None:
    """The owner of a file; None for one that works for whoever calls it."""
    path = Path(filename)
    if "site-packages" in path.parts:
        return WHOSE.get(path.parts[path.parts.index("site-packages") + 1])
    if path.is_relative_to(ROOT):
        return WHOSE.get(path.relative_to(ROOT).parts[0], "other")
    return next((WHOSE[part] for part in path.parts[-2:] if part in WHOSE), None)


def work_of(contender: Contender[Any], job: str, model: str) -> Callable[[], object]:
    """A job of a contender, done on its event loop if it is a coroutine."""
    method = getattr(contender, job)
    if inspect.iscoroutinefunction(method):
        return lambda: contender.runner.run(method(model))
    return lambda: method(model)


def main() -> None:
    """Print a Markdown table."""
    columns = ("ours", "framework", "httpx", "wire")
    print(f"| | | in all | {' | '.join(columns)} |\n|---|---|---|{'---|' * len(columns)}")
    with process(sys.executable, "server.py") as (_, port):
        url = f"http://127.0.0.1:{port.readline().strip()}"
        for name, (path, options) in CONTENDERS.items():
            contender = make(path, url, options)
            for title, job, model, parts in JOBS:
                if (name, job) == ("bare httpx", "construct"):
                    continue
                work = work_of(contender, job, model)
                for _ in range(4):  # to warm up
                    work()
                counts = Steps().of(work)
                total = sum(counts.values())
                shares = [f"{counts[column] / parts:,.0f}" for column in columns]
                print(f"| {title} | {name} | {total / parts:,.0f} | {' | '.join(shares)} |")
                sys.stdout.flush()
    os._exit(0)  # without the last words of clients that nobody closed


if __name__ == "__main__":
    main()
