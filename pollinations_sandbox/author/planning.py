"""A request for several things becomes steps, and steps become the calls that can be made now."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pollinations_sandbox.author.clues import Clues
from pollinations_sandbox.author.computing import sums
from pollinations_sandbox.author.reading import Made, Reading
from pollinations_sandbox.author.schema import type_names
from pollinations_sandbox.author.tooling import NAMED, Call, Tool, call, first_mention, interest
from pollinations_sandbox.author.vocabulary import ANSWERS, VERBS
from pollinations_sandbox.author.words import stretches

_STEP = re.compile(
    r"(?<=[.!?;])\s+|,?\s+(?:and\s+)?(?:then|afterwards|finally|next)\b,?\s+|\n+"
    rf"|(?:,|\s+and)\s+(?:and\s+)?(?=(?:{'|'.join(sorted(VERBS))})\b)",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(?:then|afterwards|finally|next|result|that|it|them)\b", re.IGNORECASE)
_POINTING = re.compile(r"\b(?:result|that|it|them)\b", re.IGNORECASE)
_BY_NAME = 10


@dataclass(frozen=True, slots=True)
class _Step:
    """A tool and the words of the request that speak of it.

    Attributes:
        tool: What is called.
        clause: The words that name it.
        waits: Whether the words point back at an earlier result.
        rest: Words of the request that name no tool.
    """

    tool: Tool
    clause: str
    waits: bool
    rest: str = ""

    @property
    def text(self) -> str:
        """Everything that may fill an argument."""
        return f"{self.clause}\n{self.rest}" if self.rest else self.clause


def plan(reading: Reading, tools: Sequence[Tool], hints: Mapping[str, Any]) -> list[Call]:
    """The calls that the request still needs and that can be made now.

    A step that points back, or has fewer numbers than its tool needs, waits for the results before
    it; a step whose tool was called counts as done.
    """
    calculated = sums(reading.asked, tools, reading.made)
    if calculated is not None:
        return calculated
    steps = _steps(reading.asked, tools) or _whole(reading.asked, tools)
    pending = list(reading.made)
    mine = {tool.name for tool in tools}
    results = [  # what tools of earlier agents found
        made.result or ""
        for made in pending
        if made.name not in mine and "to_agent" not in made.arguments
    ]
    calls: list[Call] = []
    for step in steps:
        done = _done(step, pending, hints)
        if done:
            results.extend(made.result or "" for made in done)
        elif calls and (step.waits or _lacks(step)):
            break
        else:
            calls.extend(_with_results(step, results, hints))
    return calls


def fresh(calls: Sequence[Call], made: Sequence[Made]) -> list[Call]:
    """The calls that were not made before, each once."""
    known = [(one.name, dict(one.arguments)) for one in made]
    new: list[Call] = []
    for one in calls:
        if (one.name, dict(one.arguments)) not in known:
            known.append((one.name, dict(one.arguments)))
            new.append(one)
    return new


def separate(tool: Tool, text: str, hints: Mapping[str, Any]) -> list[Call]:
    """One call of this tool for every clause of the text that speaks of it; at least one."""
    steps = _steps(text, [tool])
    if len(steps) > 1:
        return fresh([one for step in steps for one in _spread(step, hints)], ())
    return [call(tool, text, hints)]


def _whole(text: str, tools: Sequence[Tool]) -> list[_Step]:
    """The request as one step, if only its whole speaks of a tool."""
    best = max(tools, key=lambda tool: interest(tool, text), default=None)
    return [_Step(best, text, waits=False)] if best and interest(best, text) else []


def _steps(text: str, tools: Sequence[Tool]) -> list[_Step]:
    """The request cut into clauses, each with the tool it speaks of most."""
    starts = [0, *(match.start() for match in _STEP.finditer(text))]
    clauses = [text[start:end].lstrip(" ,") for start, end in stretches(starts, len(text))]
    steps: list[_Step] = []
    leading, pointing = "", False
    for clause in clauses:
        found = _clause_steps(clause, tools)
        if found:
            steps.append(replace(found[0], waits=found[0].waits or pointing))
            steps.extend(found[1:])
        pointing = not found and bool(_LATER.search(clause))
        if found:
            continue
        if steps:
            steps[-1] = replace(steps[-1], rest=f"{steps[-1].rest}\n{clause}")
        else:
            leading += clause
    if steps and leading:
        steps[0] = replace(steps[0], rest=f"{leading}\n{steps[0].rest}")
    return steps


def _clause_steps(clause: str, tools: Sequence[Tool]) -> list[_Step]:
    rated = sorted(((interest(tool, clause), tool) for tool in tools), key=lambda pair: -pair[0])
    best = rated[0][0] if rated else 0
    if not best:
        return []
    waits = bool(_LATER.search(clause))
    least = NAMED if best >= NAMED else max(_BY_NAME, best - _BY_NAME)
    spoken = [tool for score, tool in rated if score >= least]
    places = {first_mention(tool, clause): tool for tool in spoken}
    seams = sorted(place for place in places if place >= 0)
    if len(places) < len(spoken) or len(seams) < len(places) or len(seams) == 1:
        return [_Step(rated[0][1], clause, waits)]
    cuts = stretches([0, *seams[1:]], len(clause))
    return [
        _Step(places[seam], clause[start:end], waits)
        for seam, (start, end) in zip(seams, cuts, strict=True)
    ]


def _done(step: _Step, pending: list[Made], hints: Mapping[str, Any]) -> list[Made]:
    """The calls already made for the step; they leave `pending`."""
    mine = [made for made in pending if made.name == step.tool.name]
    if not mine:
        return []
    mine = mine[: max(1, len(_spread(step, hints)))]
    for made in mine:
        pending.remove(made)
    return mine


def _lacks(step: _Step) -> bool:
    """Whether the clause has fewer numbers than the tool needs."""
    return len(Clues(step.text).numbers) < len(step.tool.numbers)


def _with_results(step: _Step, results: Sequence[str], hints: Mapping[str, Any]) -> list[Call]:
    if results and _lacks(step):
        found = [clue.value for clue in Clues(results[-1]).numbers[-1:]]
        values = [float(value) if "." in value else int(value) for value in found]
        first = dict(zip(step.tool.numbers, values, strict=False))
        return [call(step.tool, step.text, {**first, **hints}, matter=step.clause)]
    if not results:
        return _spread(step, hints)
    own_words = Clues(step.clause).quoted and not _POINTING.search(step.clause)
    told = {} if own_words else dict.fromkeys(ANSWERS, results[-1])
    if step.waits:
        text = f"{step.text}\n{results[-1]}"
        return [call(step.tool, text, {**told, **hints}, matter=step.clause)]
    return _spread(step, {**told, **hints})


def _spread(step: _Step, hints: Mapping[str, Any]) -> list[Call]:
    """One call, or one per place if the tool takes one place and the clause names several."""
    only = call(step.tool, step.text, hints, matter=step.clause)
    required = [name for name in step.tool.required if name not in hints]
    if len(required) != 1 or type_names(step.tool.fields.get(required[0], {})) != ["string"]:
        return [only]
    places = list(dict.fromkeys(clue.value for clue in Clues(step.text).places))
    if only.arguments.get(required[0]) not in places:
        return [only]
    return [Call(only.name, {**only.arguments, required[0]: place}) for place in places]
