"""Agents in plain text: ReAct's Thought, Action and Observation, and CodeAct's Python."""

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pollinations_sandbox.author.calling import decide, written
from pollinations_sandbox.author.chatting import arithmetic
from pollinations_sandbox.author.reading import Made, Reading, Said
from pollinations_sandbox.author.tooling import Call, Tool
from pollinations_sandbox.author.words import stretches

Say = Callable[[Reading], str]

_ACTION = re.compile(r"Action: ([^\n]{1,200})\n+Action Input: ?([^\n]{0,20000})")
_LISTED_TOOL = re.compile(
    r"> Tool Name: ([^\n]+)\n\s*Tool Description: (.{0,8000}?)\n\s*Tool Args: (\{[^\n]*\})",
    re.DOTALL,
)
_SIGNATURE = re.compile(
    r"^(?:async )?(?:def )?([^\W\d]\w{0,100})\(([^)\n]{0,2000})\)"
    r"(?:\s?->\s?([^:\n]{1,200}?))?(?:\s-\s|:)([^\n]*)",
    re.MULTILINE,
)
_EXECUTED = "Result of executing the code given:"
_TYPES = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}


def act(reading: Reading, say: Say) -> str | None:
    """The next lines of a text protocol, or None if nobody asks for one.

    Args:
        reading: The request as it was sent.
        say: How a plain answer is found, once the tools have done their part.
    """
    if "Action Input:" in reading.system:
        return _react(reading, say)
    if "Action Input:" in reading.asked and "Begin!" in reading.asked:
        return _react_in_one_prompt(reading.asked, say)
    if "<execute>" in reading.system:
        return _code_act(reading, say)
    return None


# ReAct ----------------------------------------------------------------------------------------


def _react(reading: Reading, say: Say) -> str:
    """The protocol of a conversation: observations come as messages of the user."""
    said = [*reading.history, Said("user", reading.asked)]
    start = max((at for at, one in enumerate(said) if _is_question(one)), default=0)
    transcript = "\n".join(one.text for one in said[start + 1 :])
    inner = Reading("", tuple(said[:start]), said[start].text, reading.media, _observed(transcript))
    calls = decide(inner, _listed_tools(reading.system), parallel=False)
    if calls:
        return (
            "Thought: I need to use a tool to help me answer the question.\n"
            f"Action: {calls[0].name}\nAction Input: {written(calls[0])}"
        )
    return f"Thought: I can answer without using any more tools.\nAnswer: {say(inner)}"


def _react_in_one_prompt(text: str, say: Say) -> str:
    """The protocol of a single prompt that ends in an open `Thought:`."""
    head, _, tail = text.rpartition("Begin!")
    question, _, transcript = tail.partition("Question:")[2].partition("\n")
    inner = Reading("", (), question.strip(), (), _observed(transcript))
    tools = [*_signatures(head), *_named_lines(head)]
    calls = decide(inner, tools, parallel=False)
    if calls:
        value = (
            next(iter(calls[0].arguments.values()), "") if len(calls[0].arguments) == 1 else None
        )
        shown = value if isinstance(value, str) else written(calls[0])
        return f" I should use a tool.\nAction: {calls[0].name}\nAction Input: {shown}"
    return f" I now know the final answer\nFinal Answer: {say(inner)}"


def _is_question(said: Said) -> bool:
    return said.role == "user" and not said.text.startswith(("Observation:", "Error", _EXECUTED))


def _observed(transcript: str) -> tuple[Made, ...]:
    """The actions of a transcript, each with its observation."""
    actions = {match.start(): match for match in _ACTION.finditer(transcript)}
    made = []
    for start, end in stretches(list(actions), len(transcript)):
        match = actions[start]
        behind = transcript[match.end() : end].partition("Observation:")[2]
        result = behind.rpartition("\nThought:")[0] or behind
        made.append(Made(match[1].strip(), _read_back(match[2]), result.strip()))
    return tuple(made)


def _read_back(shown: str) -> Mapping[str, Any]:
    for reader in (json.loads, ast.literal_eval):
        try:
            value = reader(shown.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return value if isinstance(value, dict) else {"input": value}
    return {"input": shown.strip()}


def _listed_tools(text: str) -> list[Tool]:
    return [
        Tool(match[1].strip(), match[2].strip(), _read_back(match[3]))
        for match in _LISTED_TOOL.finditer(text)
    ]


def _named_lines(text: str) -> list[Tool]:
    """Tools listed as `name: description`, which take one text."""
    listed = text.partition("tools:")[2].partition("Use the following")[0]
    one_text = {
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
    }
    return [
        Tool(match[1], match[2], one_text)
        for match in re.finditer(r"^([^\W\d]\w{0,100}): ([^\n]+)", listed, re.MULTILINE)
    ]


def _signatures(text: str) -> list[Tool]:
    """Tools listed as Python signatures."""
    return [
        Tool(
            match[1],
            f"{match[4]} {_docstring(text[match.end() : match.end() + 2000])}",
            _parameters(match[2]),
        )
        for match in _SIGNATURE.finditer(text)
        if match[1] not in {"calculate_area", "print"}
    ]


def _docstring(behind: str) -> str:
    opened = re.match(r'\s*"""(.{0,1800}?)"""', behind, re.DOTALL)
    return opened[1].strip() if opened else ""


def _parameters(listed: str) -> Mapping[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for written_parameter in re.split(r",(?![^\[]*\])", listed):
        name, _, rest = written_parameter.strip().partition(":")
        kind, has_default, _ = rest.partition("=")
        name = name.partition("=")[0].strip()
        if name.isidentifier():
            base = kind.strip().partition("[")[0]
            properties[name] = {"type": _TYPES[base]} if base in _TYPES else {}
            required += [] if has_default else [name]
    return {"type": "object", "properties": properties, "required": required}


# CodeAct --------------------------------------------------------------------------------------


def _code_act(reading: Reading, say: Say) -> str:
    """Python between `<execute>` tags first, words once the code has run."""
    said = [*reading.history, Said("user", reading.asked)]
    start = max((at for at, one in enumerate(said) if _is_question(one)), default=0)
    results = [
        one.text.removeprefix(_EXECUTED).strip()
        for one in said[start + 1 :]
        if one.text.startswith(_EXECUTED)
    ]
    inner = Reading("", tuple(said[:start]), said[start].text, reading.media)
    if results:
        return say(replace(inner, made=(Made("execute", {}, results[-1]),)))
    described = reading.system.partition("you can use the following functions:")[2]
    lines = _program(inner, _signatures(described.partition("Variables defined")[0]))
    return "<execute>\n" + "\n".join(lines) + "\n</execute>" if lines else say(inner)


def _program(reading: Reading, tools: Sequence[Tool]) -> list[str]:
    """Code that makes every call of the plan, each step with the result of the one before."""
    lines: list[str] = []
    while (calls := decide(reading, tools)) and len(lines) < 10:  # noqa: PLR2004 - a plan is short
        for call in calls:
            name = f"result_{len(lines) + 1}"
            lines.append(f"{name} = {call.name}({_python(call, tools, lines)})")
            reading = replace(reading, made=(*reading.made, Made(call.name, call.arguments, "0")))
    if lines:
        last = [f"result_{at + 1}" for at in range(len(lines)) if not _used_later(at + 1, lines)]
        return [*lines, f"print({', '.join(last)})"]
    value = arithmetic(reading.asked)
    return [f"print({value})"] if value is not None else []


def _used_later(number: int, lines: Sequence[str]) -> bool:
    return any(f"result_{number}" in line.partition("=")[2] for line in lines)


def _python(call: Call, tools: Sequence[Tool], lines: Sequence[str]) -> str:
    """The arguments as Python; the stand-in of an earlier result becomes its variable."""
    tool = next(tool for tool in tools if tool.name == call.name)
    first = next(iter(tool.fields), None)
    shown = []
    for name, value in call.arguments.items():
        stand_in = lines and name == first and value == 0
        shown.append(f"{name}={f'result_{len(lines)}' if stand_in else repr(value)}")
    return ", ".join(shown)
