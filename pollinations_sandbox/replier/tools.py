"""Which tools a request asks for, and with which arguments. No tool is called twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pollinations_sandbox.replier.filling import Hints, fill
from pollinations_sandbox.replier.reading import Request
from pollinations_sandbox.replier.words import first_of, name_stems, sentences, stems, words

_QUERIES: Final = frozenset(
    {"query", "question", "q", "input", "search", "search_query", "user_query", "search_term"}
)
_TEXTS: Final = _QUERIES | {"text", "prompt", "message", "request", "expression"}
_ORDER: Final = re.compile(r"\b(?:always|must|first|every)\b", re.IGNORECASE)
GREETING: Final = re.compile(
    r"\W{0,3}(?:hello|hi|hey|good (?:morning|afternoon|evening)|thanks|thank you)\b", re.IGNORECASE
)
_TWO: Final = 2


@dataclass(frozen=True)
class Tool:
    """A function that may be called.

    Attributes:
        name: Its name.
        description: What it does.
        parameters: The JSON schema of its arguments.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]

    @cached_property
    def is_form(self) -> bool:
        """Whether it is a class that takes a final answer: it is named like one."""
        return self.name[:1].isupper() and "_" not in self.name

    @cached_property
    def text_argument(self) -> str:
        """The name of its one required argument, if that is a text."""
        properties = self.parameters.get("properties") or {}
        required = self.parameters.get("required", list(properties))
        if len(required) != 1 or properties.get(required[0], {}).get("type") != "string":
            return ""
        return str(required[0])


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its arguments."""

    name: str
    arguments: Mapping[str, Any]


def tools_of(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The functions among a body's tools."""
    functions = [tool.get("function") or {} for tool in body.get("tools") or ()]
    return tuple(
        Tool(
            str(function["name"]),
            str(function.get("description") or ""),
            function.get("parameters") or {"type": "object", "properties": {}},
        )
        for function in functions
        if "name" in function
    )


def decide(
    request: Request,
    tools: Sequence[Tool],
    *,
    choice: object = "auto",
    parallel: bool = True,
    answer: str = "",
) -> list[Call]:
    """The calls to make now; none if there is nothing more to call.

    Args:
        request: The request and the calls made for it.
        tools: What may be called.
        choice: `tool_choice` as it travels.
        parallel: Whether several calls may be made at once.
        answer: What would be answered without tools, for a form that asks for it.
    """
    made = {one.name for one in request.made}
    forms = [tool for tool in tools if tool.is_form]
    actions = [tool for tool in tools if not tool.is_form]
    if choice == "none":
        return []
    if isinstance(choice, Mapping):
        name = (choice.get("function") or {}).get("name")
        chosen = [tool for tool in tools if tool.name == name]
    else:
        chosen = _asked_for(request, actions)
        if not chosen and not made:
            chosen = _lookups(request, actions) or _asked_for(request, forms)
        if choice == "required" and made.issuperset(tool.name for tool in chosen):
            chosen = (forms or ([] if made else actions))[:1]
    chosen = [tool for tool in chosen if tool.name not in made]
    calls = [call(tool, request, chosen, answer) for tool in chosen]
    return calls if parallel else calls[:1]


def call(tool: Tool, request: Request, others: Sequence[Tool], answer: str = "") -> Call:
    """A call of the tool with arguments from the request, for a form also from the results.

    Beside other calls it takes first what stands in the sentence that asks for it, behind the word
    if that sentence asks for another one before.
    """
    text = request.asked
    at = first_of(text, name_stems(tool.name))
    start = max(text.rfind(mark, 0, at) for mark in ".?!\n") + 1
    before = (first_of(text, name_stems(one.name)) for one in others if one is not tool)
    if any(start <= place < at for place in before):
        start = at
    text = f"{text[start:]} {text[:start]}".replace(tool.name, " ")
    if tool.is_form:
        text = "\n".join([text, *(made.result for made in request.made)])
    one = tool.text_argument
    whole = {} if tool.is_form or not one else {one: request.asked}
    hints = Hints(whole if one in _TEXTS else {}, whole, answer)
    filled = fill(tool.parameters, text, hints)
    return Call(tool.name, filled if isinstance(filled, dict) else {})


def _asked_for(request: Request, tools: Sequence[Tool]) -> list[Tool]:
    """The tools that are named; else the one whose description shares most words, at least two."""
    said = stems(request.asked)
    found = [
        tool
        for tool in tools
        if _names(request.asked, tool)
        or said & name_stems(tool.name)
        or _orders(request.system, tool)
    ]
    if found or not tools:
        return found
    shared = [len(said & stems(tool.description)) for tool in tools]
    return [tools[shared.index(max(shared))]] if max(shared) >= _TWO else []


def _orders(system: str, tool: Tool) -> bool:
    """Whether a sentence of the system's prompt names the tool and says always, must or first."""
    return any(_ORDER.search(one) and _names(one, tool) for one in sentences(system))


def _names(text: str, tool: Tool) -> bool:
    name = re.escape(tool.name).replace("_", "[_ -]")
    return re.search(rf"(?<!\w){name}(?!\w)", text, re.IGNORECASE) is not None


def _lookups(request: Request, tools: Sequence[Tool]) -> list[Tool]:
    """The tools that take any question, for a request that is more than a greeting."""
    if GREETING.match(request.asked) or len(words(request.asked)) < _TWO:
        return []
    return [tool for tool in tools if tool.text_argument in _QUERIES]
