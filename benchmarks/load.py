"""Thousands of questions, hundreds at a time, while one answer in twenty goes wrong.

Each question bears a number, and the sandbox records each request with the fault that it met.
So every end is explained: a question whose last request was served has its own answer, one whose
last request met a fault has an error that says so, and nobody asks again without a reason.
Memory, objects and descriptors are counted after each quarter of the calls, with no call running
and the connections let go. The adapter runs in a process of its own, where every warning is an
error, Python's development mode is on, and stderr must stay empty.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from load_client import ADAPTERS, Job, manner, retries

from pollinations_sandbox import Fault, Sandbox

WHO = tuple(f"{framework}-{colour}" for framework in ADAPTERS for colour in ("sync", "async"))
NUMBER = re.compile(r"q(\d{6})-0")
MEMORY_SLACK = 8.0
SETTLING = 10.0
GIVEN_UP = {"leave": "left", "cancel": "cancelled", "deadline": "deadline"}
"""How a question may end that is not waited for, by the way it is asked."""

BROKEN = "APIConnectionError InterruptedStreamError UnreadableAnswerError"
SILENT = "APITimeoutError InterruptedStreamError"
SAYS_SO = {"error": {"message": "The provider fell over.", "code": 500}}
HALF = b'data: {"choices": [{"index": 0, "delta": {"content": "q'


@dataclass(frozen=True)
class Planned:
    """A fault and what may come of it.

    Attributes:
        fault: What the sandbox does.
        errors: The names of the errors that say so; none when the answer comes all the same.
        again: Whether a client may ask again.
    """

    fault: Fault
    errors: frozenset[str]
    again: bool = True


def planned(fault: Fault, errors: str, *, again: bool = True) -> Planned:
    """A fault and the errors that it may end in, their names in one string."""
    return Planned(fault, frozenset(errors.split()), again)


def refused(fault: Fault, errors: str) -> Planned:
    """A fault that asking again does not help."""
    return planned(fault, errors, again=False)


PLANNED = {
    "400": refused(Fault.status(400), "InvalidRequestError"),
    "401": refused(Fault.status(401), "AuthenticationError"),
    "402": refused(Fault.status(402), "PaymentRequiredError"),
    "403": refused(Fault.status(403), "PermissionDeniedError"),
    "404": refused(Fault.status(404), "NotFoundError"),
    "408": planned(Fault.status(408), "ServerError APITimeoutError"),
    "409": planned(Fault.status(409), "ServerError"),
    "422, filtered": refused(Fault.content_policy(), "ContentFilteredError"),
    "429": planned(Fault.status(429), "RateLimitError"),
    "429, wait 0 s": planned(Fault.status(429, retry_after=0), "RateLimitError"),
    "429, wait 1 h": refused(Fault.status(429, retry_after=3600), "RateLimitError"),
    "429, edge": planned(Fault.status(429, shape="edge"), "RateLimitError"),
    "500": planned(Fault.status(500), "ServerError"),
    "502": planned(Fault.status(502), "ServerError"),
    "502, provider": planned(Fault.status(502, shape="upstream"), "ServerError"),
    "503, wait 0 s": planned(Fault.status(503, retry_after=0), "ServerError"),
    "504": planned(Fault.status(504), "ServerError APITimeoutError"),
    "524": planned(Fault.status(524), "ServerError APITimeoutError"),
    "refused under 200, balance": refused(Fault.refusal("balance"), "PaymentRequiredError"),
    "refused under 200, budget": refused(Fault.refusal("budget"), "PaymentRequiredError"),
    "refused under 200, quest": refused(Fault.refusal("quest"), "PaymentRequiredError"),
    "refused under 200, model": refused(Fault.refusal("model"), "PermissionDeniedError"),
    "cut at once": planned(Fault.cut(0), BROKEN),
    "cut": planned(Fault.cut(3), BROKEN),
    "reset at once": planned(Fault.reset(0), BROKEN),
    "reset": planned(Fault.reset(3), BROKEN),
    "stall at once": planned(Fault.stall(0, seconds=600), SILENT),
    "stall": planned(Fault.stall(3, seconds=600), SILENT),
    "slow": planned(Fault.slow(0.01), ""),
    "error event at once": planned(Fault.event(SAYS_SO, after=0), "ServerError"),
    "error event": planned(Fault.event(SAYS_SO, after=3), "ServerError"),
    "HTML": planned(Fault.html(), "UnreadableAnswerError"),
    "empty": planned(Fault.empty(), BROKEN),
    "half an event": planned(Fault.body(HALF), BROKEN),
    "null": planned(Fault.body(b"null"), BROKEN),
    "only [DONE]": planned(Fault.body(b"data: [DONE]\n\n"), BROKEN),
    "not UTF-8": planned(Fault.body(b"\xff\xfe\x00"), BROKEN),
}
"""Every kind of fault, by a name for people."""


def arm(sandbox: Sandbox) -> None:
    """Let one request in twenty meet a fault, every kind as often, in an order that shifts."""
    middle = 20 * len(PLANNED)
    for place, plan in enumerate(PLANNED.values()):
        shift = 2 * (place - len(PLANNED) // 2)
        sandbox.fail(replace(plan.fault, times=None, every=middle + shift))


def met(sandbox: Sandbox) -> dict[int, list[str | None]]:
    """The faults that the requests of each question met, in order; None is a good answer."""
    names = {id(plan.fault.effect): name for name, plan in PLANNED.items()}
    asked: dict[int, list[str | None]] = defaultdict(list)
    for record in list(sandbox.requests):
        if found := NUMBER.search(str(record.body)):
            name = None if record.effect is None else names[id(record.effect)]
            asked[int(found[1])].append(name)
    return asked


def named(end: str) -> str:
    """An end without the words of its error."""
    return end.partition(": ")[0]


def unexplained(number: int, way: str, asked: list[str | None], end: str) -> str | None:
    """What is wrong with the end of a question, if anything is.

    Args:
        number: The question's.
        way: How it was asked.
        asked: What its requests met.
        end: How it ended.
    """
    place = f"question {number} ({way}) met {asked} and ended as {end!r}"
    *before, last = asked or [None]
    if len(before) > retries(number):
        return f"{place}: asked too often"
    if any(name is None or not PLANNED[name].again for name in before):
        return f"{place}: asked again without a reason"
    if end == "answered" and not asked:
        return f"{place}: answered without being asked"
    given_up = {GIVEN_UP[way]} if way in GIVEN_UP else set[str]()
    errors = PLANNED[last].errors if last else frozenset[str]()
    # Who gives up may do so while a fault is still on its way, or before asking again.
    allowed = {*errors, *given_up} if errors else {"answered", *given_up}
    return None if named(end) in allowed else f"{place}: expected {' or '.join(sorted(allowed))}"


@dataclass
class Report:
    """What one adapter did in one colour.

    Attributes:
        who: Framework and colour.
        calls: How many questions were asked.
        at_once: How many at a time.
        seconds: How long it took.
        requests: How many requests reached the sandbox.
        faulty: How many of them met a fault.
        ends: How many questions ended how.
        explained: How many errors the faults account for.
        kinds: How many kinds of faults were met.
        start: What the process held before the first call.
        rests: What it held after each quarter, when no call ran and the connections were let go.
        connections: How many connections were opened in all.
        stderr: What the process said at its end.
        problems: What should not be.
    """

    who: str
    calls: int
    at_once: int
    seconds: float = 0.0
    requests: int = 0
    faulty: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    explained: int = 0
    kinds: int = 0
    start: dict[str, float] = field(default_factory=dict)
    rests: list[dict[str, float]] = field(default_factory=list)
    connections: int = 0
    stderr: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """How many questions ended in an error."""
        return sum(count for end, count in self.ends.items() if end.endswith("Error"))

    def growth(self, what: str) -> float:
        """How much more was held after the last quarter than after the second."""
        return self.rests[-1][what] - self.rests[1][what]


def left_open(sandbox: Sandbox) -> int:
    """How many connections stay open; the sandbox hears of a closed one a moment later."""
    end = time.monotonic() + SETTLING
    while sandbox.open_connections and time.monotonic() < end:
        time.sleep(0.01)
    return sandbox.open_connections


def heard(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    """What the adapter's process says; it goes on when the next line is wanted."""
    assert process.stdin  # noqa: S101 - it was opened with pipes
    assert process.stdout  # noqa: S101 - the same
    for line in process.stdout:
        yield json.loads(line)
        process.stdin.write("\n")
        process.stdin.flush()


def run(who: str, calls: int, at_once: int, patience: float) -> Report:
    """Let one adapter ask, and account for everything.

    Args:
        who: One of `WHO`.
        calls: How many questions.
        at_once: How many at a time.
        patience: Seconds that a client waits for a connection, an answer or a piece.
    """
    report = Report(who, calls, at_once)
    ends: list[str] = []
    start = time.monotonic()
    with Sandbox() as sandbox, tempfile.TemporaryFile("w+") as stderr:
        arm(sandbox)
        job = Job(who, sandbox.base_url, sandbox.api_key, calls, at_once, patience)
        with begun(job, stderr) as process:
            for said in heard(process):
                report.start = said.get("start", report.start)
                ends = said.get("ends", ends)
                if rest := said.get("rest"):
                    report.rests.append({**rest, "connections": left_open(sandbox)})
        report.seconds = time.monotonic() - start
        stderr.seek(0)
        report.stderr = stderr.read()
        report.connections = sandbox.connections
        account(report, met(sandbox), ends)
    if process.returncode:
        report.problems.append(f"the process ended with {process.returncode}")
    report.problems += weighed(report)
    return report


def begun(job: Job, stderr: IO[str]) -> "subprocess.Popen[str]":
    """An adapter in a process of its own."""
    client = str(Path(__file__).with_name("load_client.py"))
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-W", "error", "-X", "dev", client, json.dumps(asdict(job))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        # How the C library shares memory out among 500 threads is not the question here.
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )


def account(report: Report, asked: dict[int, list[str | None]], ends: list[str]) -> None:
    """Hold every end against what the question's requests met."""
    colour = report.who.rpartition("-")[2]
    faults = [name for names in asked.values() for name in names if name]
    report.requests = sum(map(len, asked.values()))
    report.faulty = len(faults)
    report.kinds = len(set(faults))
    report.ends = dict(Counter(map(named, ends)))
    for number, end in enumerate(ends):
        names = asked.get(number, [])
        if problem := unexplained(number, manner(number, colour=colour), names, end):
            report.problems.append(problem)
        last = names[-1] if names else None
        report.explained += bool(last and named(end) in PLANNED[last].errors)
    if len(ends) != report.calls:
        report.problems.append(f"{len(ends)} of {report.calls} questions ended")


def weighed(report: Report) -> list[str]:
    """What grew, or was left open, or was said at the end."""
    found = []
    if report.stderr:
        found.append(f"stderr: {report.stderr[:2000]}")
    if len(report.rests) != 4:
        return [*found, "it did not come to its end"]
    # One object kept of each call would be as many as half of the calls; two blocks, all of them.
    half = report.calls / 2
    slacks = {
        "memory": MEMORY_SLACK,
        "objects": report.at_once + half / 10,
        "blocks": 3 * report.at_once + half / 2,
    }
    for what, slack in slacks.items():
        if report.growth(what) > slack:
            found.append(f"{what} grew by {report.growth(what):g} between the quarters 2 and 4")
    descriptors = {rest["descriptors"] for rest in report.rests}
    if descriptors != {report.start["descriptors"]}:
        found.append(f"descriptors: {report.start['descriptors']} at first, then {descriptors}")
    if open_ones := max(rest["connections"] for rest in report.rests):
        found.append(f"{open_ones} connections were left open")
    return found


def shown(report: Report) -> str:
    """A row of the table."""
    _, second, _, last = report.rests
    columns = [
        report.who,
        f"{report.calls:,}",
        f"{report.requests:,}",
        f"{report.faulty:,} of {report.kinds} kinds",
        f"{report.ends.get('answered', 0):,}",
        f"{report.errors:,} / {report.explained:,}",
        f"{sum(report.ends.get(end, 0) for end in GIVEN_UP.values()):,}",
        f"{second['memory']:.1f} → {last['memory']:.1f}",
        f"{second['objects']:,.0f} → {last['objects']:,.0f}",
        f"{second['blocks']:,.0f} → {last['blocks']:,.0f}",
        f"{report.start['descriptors']:.0f} → {last['descriptors']:.0f}",
        f"{report.connections:,}",
        f"{report.seconds:.0f} s",
    ]
    return f"| {' | '.join(columns)} |"


HEADS = (
    "Adapter",
    "Calls",
    "Requests",
    "Met a fault",
    "Answered",
    "Errors / explained",
    "Given up",
    "MB, quarter 2 → 4",
    "Objects, quarter 2 → 4",
    "Blocks, quarter 2 → 4",
    "Descriptors, first → last",
    "Connections opened",
    "Took",
)


def main() -> int:
    """Load both adapters in both colours, or whom the command line names.

    Returns:
        How many of them had problems.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2500, help="for each adapter and colour")
    parser.add_argument("--at-once", type=int, default=500, help="calls at a time")
    parser.add_argument("--patience", type=float, default=60, help="seconds that a client waits")
    parser.add_argument("--who", nargs="*", default=WHO, choices=WHO)
    parser.add_argument("--json", action="store_true", help="lines of JSON instead of a table")
    said = parser.parse_args()
    if not said.json:
        print(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|", flush=True)
    failed = 0
    for who in said.who:
        report = run(who, said.calls, said.at_once, said.patience)
        failed += bool(report.problems)
        errors = {"errors": report.errors}
        print(json.dumps(asdict(report) | errors) if said.json else shown(report), flush=True)
        for problem in () if said.json else report.problems[:20]:
            print(f"  {problem}", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
