"""Measure everybody in turn, round after round, and print what came out as a Markdown table.

A ratio compares two figures of the same round, and the table shows the median of the rounds:
what the machine does beside this disturbs both alike. An absolute time holds nowhere else.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import IO

from cases import CASES, ENTRANTS, LC, LI, OTHER, Case, Entrant, Target
from page import draw, write_tables

HERE = Path(__file__).parent
QUIET = {
    "LANGSMITH_TRACING": "false",
    "NO_PROXY": "127.0.0.1",
    "PYTHONDONTWRITEBYTECODE": "",  # an import compiles nothing, as wherever pip installed it
    "PYTHONHASHSEED": "0",
}

Figures = dict[str, list[float]]


@contextmanager
def process(python: str, *arguments: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """A Python process that lives as long as its standard input."""
    with subprocess.Popen(  # noqa: S603 - our own scripts
        [python, *arguments],
        cwd=HERE,
        env={**os.environ, **QUIET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin  # noqa: S101 - both are pipes
        assert child.stdout  # noqa: S101 - the same
        try:
            yield child.stdin, child.stdout
        finally:
            child.stdin.close()


class Worker:
    """A contender at work, and why it is not if it is not."""

    def __init__(self, stack: ExitStack, entrant: Entrant, url: str) -> None:
        self.trouble = ""
        home = HERE.parent / entrant.environment / "bin" if entrant.environment else None
        python = str(home / "python") if home else sys.executable
        if home and not home.exists():
            self.trouble = "not installed"
            return
        options = json.dumps(entrant.options)
        self.into, self.out = stack.enter_context(
            process(python, "worker.py", entrant.contender, url, options)
        )
        greeting = json.loads(self.out.readline() or '{"absent": "died"}')
        if "absent" in greeting:
            self.trouble = "not there yet"
            print(f"{entrant.name}: {greeting['absent']}", file=sys.stderr)

    def measure(self, case: Case) -> float | None:
        """Let it do a case once; None if it cannot."""
        job = [case.job, case.model, case.repeat, case.clock]
        print(json.dumps(job), file=self.into, flush=True)
        answer = json.loads(self.out.readline() or '{"error": "died"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return None if answer["figure"] is None else answer["figure"] * case.scale


def play(case: Case, workers: dict[str, Worker], rounds: int) -> tuple[Figures, dict[str, str]]:
    """Let everybody do a case in turn, once to warm up and then for the table.

    Returns:
        The figures of each who could do it, and what went wrong with whom.
    """
    figures: Figures = {name: [] for name, worker in workers.items() if not worker.trouble}
    troubles = {name: worker.trouble for name, worker in workers.items() if worker.trouble}
    for number in range(rounds + 1):
        # Who comes first differs, so that nobody always follows the same neighbour.
        order = list(figures)
        turn = number % max(len(order), 1)
        for name in order[turn:] + order[:turn]:
            try:
                figure = workers[name].measure(case)
            except RuntimeError as error:
                troubles[name] = str(error)
                figure = None
            if figure is None:
                del figures[name]
            elif number:
                figures[name].append(figure)
    return figures, troubles


def compared(figures: Figures, target: Target) -> float | None:
    """What a target limits: the median of the rounds, each compared within itself."""
    own, beside = figures.get(target.who), [figures.get(name) for name in target.beside]
    if not own or not all(beside):
        return None
    sums: list[float] = [sum(turn) for turn in zip(*filter(None, beside), strict=True)]
    sums = sums or [0.0] * len(own)
    pairs = list(zip(own, sums, strict=True))
    if target.kind == "above" or not target.beside:
        return median(one - other for one, other in pairs)
    return median(one / other for one, other in pairs) if all(sums) else None


def short(value: float) -> str:
    """A figure with three digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def limited(target: Target, unit: str) -> str:
    """A limit in a few words."""
    limit = f"{short(target.at_most)}"
    if not target.beside:
        return f"{limit} {unit}"
    others = " + ".join(target.beside)
    return f"{limit} x {others}" if target.kind == "times" else f"{others} + {limit} {unit}"


def verdicts(case: Case, figures: Figures) -> Iterator[str]:
    """Whether the targets of a case are met, each a row of a table."""
    for target in case.targets:
        value = compared(figures, target)
        if value is None:
            found, met = "?", "?"
        else:
            found, met = short(value), "yes" if value <= target.at_most else "**no**"
        most = limited(target, case.unit)
        yield f"| {case.name} | {target.who} | {most} | {found} | {met} |"


def table(case: Case, figures: Figures, troubles: dict[str, str]) -> Iterator[str]:
    """A case's part of the report."""
    yield f"\n### {case.name}\n"
    yield f"| | {case.unit} | spread | x {case.floor} |"
    yield "|---|---|---|---|"
    for name in (entrant.name for entrant in ENTRANTS):
        if values := figures.get(name):
            times = compared(figures, Target(name, 0, (case.floor,)))
            floor = "" if times is None else f"{times:.2f}"
            spread = f"{short(min(values))} - {short(max(values))}"
            yield f"| {name} | {short(median(values))} | {spread} | {floor} |"
        elif name in troubles:
            yield f"| {name} | {troubles[name]} | | |"


SHOWN = {
    "stream, 5,000 words": "a streamed event (CPU)",
    "invoke, 300 characters": "one call",
    "500 calls at once, 50 ms each": "500 calls at once",
}
"""The cases of the picture, and what it calls them."""
WHO = (LC, LI, OTHER, "ChatOpenAI", "OpenAILike")


def multiples(case: Case, figures: Figures) -> dict[str, float]:
    """How many times the floor those of the picture take."""
    found = {name: compared(figures, Target(name, 0, (case.floor,))) for name in WHO}
    return {name: value for name, value in found.items() if value is not None}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="measured rounds, after one to warm up"
    )
    parser.add_argument("--only", default="", help="only cases with this in their name")
    parser.add_argument("--page", type=Path, help="the page to write the tables to, once all ran")
    arguments = parser.parse_args()
    lines: list[str] = []
    rows = [
        "\n### Limits\n",
        "| Case | Package | At most | Measured | Kept |",
        "|---|---|---|---|---|",
    ]
    bars: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        _, port = stack.enter_context(process(sys.executable, "server.py"))
        url = f"http://127.0.0.1:{port.readline().strip()}"
        workers = {entrant.name: Worker(stack, entrant, url) for entrant in ENTRANTS}
        for case in (case for case in CASES if arguments.only in case.name):
            figures, troubles = play(case, workers, arguments.rounds)
            if case.name in SHOWN:
                bars[SHOWN[case.name]] = multiples(case, figures)
            rows += verdicts(case, figures)
            for line in table(case, figures, troubles):
                print(line, flush=True)
                lines.append(line)
    print(*rows, sep="\n")
    if arguments.page:
        write_tables(arguments.page, [*rows, *lines], arguments.rounds)
        draw(arguments.page.with_suffix(".svg"), bars)


if __name__ == "__main__":
    main()
