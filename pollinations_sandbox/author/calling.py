"""Whether a tool is called next, and how; no call is ever made twice."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pollinations_sandbox.author.planning import fresh, plan, separate
from pollinations_sandbox.author.reading import Reading
from pollinations_sandbox.author.tooling import Call, Tool, agents_of, call, interest
from pollinations_sandbox.author.vocabulary import ANSWERS
from pollinations_sandbox.author.words import name_words, stem, stems

_NOBODY = {stem(word) for word in ("agent", "assistant", "bot", "expert")}
_ENDS = 3000
_ENOUGH = "Do not attempt to use any more tools"


def decide(
    reading: Reading,
    tools: Sequence[Tool],
    *,
    choice: object = "auto",
    parallel: bool = True,
    hints: Mapping[str, Any] | None = None,
) -> tuple[Call, ...]:
    """The calls to make now; none if the request can be answered.

    Args:
        reading: The request and the calls made for it so far.
        tools: What may be called.
        choice: `tool_choice` as the wire spells it.
        parallel: Whether several calls may be made at once.
        hints: Values for arguments of these names.
    """
    if choice == "none" or not tools or _ENOUGH in reading.system:
        return ()
    hints = hints or {}
    reading = replace(reading, asked=_gist(reading.asked))
    if isinstance(choice, Mapping):
        name = choice.get("function", {}).get("name")
        named = next((tool for tool in tools if tool.name == name), tools[0])
        calls = [] if _called(reading, named) else _forced(reading, named, hints)
    else:
        calls = _wanted(reading, tools, hints) or _handed_over(reading, tools)
        if not calls and choice == "required":
            calls = _any(reading, tools, hints)
    return tuple(calls if parallel else calls[:1])


def _gist(asked: str) -> str:
    """The beginning and the end of a long request: an order stands in one of them."""
    return asked if len(asked) <= 2 * _ENDS else f"{asked[:_ENDS]}\n{asked[-_ENDS:]}"


def written(decided: Call) -> str:
    """The call's arguments as JSON text."""
    return json.dumps(dict(decided.arguments), ensure_ascii=False)


def _called(reading: Reading, tool: Tool) -> bool:
    return any(made.name == tool.name for made in reading.made)


def _wanted(reading: Reading, tools: Sequence[Tool], hints: Mapping[str, Any]) -> list[Call]:
    """What the words of the request ask for; a form is filled only if there is nothing to do."""
    working = [tool for tool in tools if not tool.is_form and not agents_of(tool)]
    forms = [tool for tool in tools if tool.is_form]
    if working or reading.made:
        return fresh(plan(reading, working, hints), reading.made)
    return fresh(plan(reading, forms, hints), reading.made)


def _any(reading: Reading, tools: Sequence[Tool], hints: Mapping[str, Any]) -> list[Call]:
    """A call at any price: the tool of most interest that was not called, forms last."""
    left = [tool for tool in tools if not _called(reading, tool) and not agents_of(tool)]
    if reading.made:
        left = [tool for tool in left if tool.is_form or interest(tool, reading.asked)]
    forms_late = not reading.made
    left.sort(key=lambda tool: (tool.is_form == forms_late, -interest(tool, reading.asked)))
    return _forced(reading, left[0], hints) if left else []


def _forced(reading: Reading, tool: Tool, hints: Mapping[str, Any]) -> list[Call]:
    found = "\n".join(made.result or "" for made in reading.made)
    if found:
        told = dict.fromkeys(ANSWERS, reading.made[-1].result)
        return [call(tool, f"{found}\n{reading.asked}", {**told, **hints})]
    if tool.is_form:
        return [call(tool, reading.asked, hints)]
    return separate(tool, reading.asked, hints)


def _handed_over(reading: Reading, tools: Sequence[Tool]) -> list[Call]:
    """Hand the request to the next agent it speaks of: always onwards, never back."""
    for tool in tools:
        agents = agents_of(tool)
        handed = [made.arguments.get("to_agent") for made in reading.made if made.name == tool.name]
        behind = _place(str(handed[-1]), "", reading.asked) if handed else -1
        places = {
            name: _place(name, "" if reading.made else said, reading.asked)
            for name, said in agents.items()
            if name not in handed
        }
        onwards = [name for name, place in places.items() if place > behind]
        if onwards:
            target = min(onwards, key=places.__getitem__)
            reason = f"{target} is the one for this request."
            return [Call(tool.name, {"to_agent": target, "reason": reason})]
    return []


def _place(name: str, description: str, asked: str) -> int:
    """Where the request speaks of the agent, or -1."""
    own = {stem(word) for word in name_words(name)} - _NOBODY
    for match in re.finditer(r"[^\W_]+", asked):
        if stem(match[0]) in own:
            return match.start()
    return len(asked) if len(stems(description) & stems(asked)) > 0 else -1
