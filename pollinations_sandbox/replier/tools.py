"""Which tools a request asks for, and with which arguments. No tool is called twice."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pollinations_sandbox.replier.filling import fill
from pollinations_sandbox.replier.quoting import GREETING, say
from pollinations_sandbox.replier.reading import Request
from pollinations_sandbox.replier.words import first_of, name_stems, sentences, stems, words

_QUERIES: Final = frozenset(
    {"query", "question", "q", "input", "search", "search_query", "user_query", "search_term"}
)
_TEXTS: Final = _QUERIES | {"text", "prompt", "message", "request", "expression"}
_ORDER: Final = re.compile(r"\b(?:always|must|first|every)\b", re.IGNORECASE)
_TWO: Final = 2


Tool = Mapping[str, Any]
"""A function as OpenAI describes it: `name`, and perhaps `description` and `parameters`."""


def _is_form(tool: Tool) -> bool:
    """Whether it is a class that takes a final answer: it is named like one."""
    return bool(tool["name"][:1].isupper()) and "_" not in tool["name"]


def _text_argument(tool: Tool) -> str:
    """The name of its one required argument, if that is a text and the tool is no form."""
    parameters = tool.get("parameters") or {}
    properties = parameters.get("properties") or {}
    required = parameters.get("required", list(properties))
    if _is_form(tool) or len(required) != 1:
        return ""
    return required[0] if properties.get(required[0], {}).get("type") == "string" else ""


def decide(
    request: Request, tools: Sequence[Tool], *, choice: object = "auto", parallel: bool = True
) -> dict[str, Any]:
    """The tools to call now, with their arguments; none if there is nothing more to call.

    Args:
        request: The request and the calls made for it.
        tools: What may be called.
        choice: `tool_choice` as it travels.
        parallel: Whether several calls may be made at once.
    """
    called = {one.tool for one in request.results}
    chosen: Sequence[Tool] = []
    if isinstance(choice, Mapping):
        chosen = [tool for tool in tools if tool["name"] == choice["function"]["name"]]
    elif choice != "none":
        actions = [tool for tool in tools if not _is_form(tool)]
        forms = [tool for tool in tools if _is_form(tool)]
        chosen = _asked_for(request, actions) or _lookups(request, actions)
        if called.issuperset(tool["name"] for tool in chosen):
            chosen = _asked_for(request, forms)
        if choice == "required":
            chosen = chosen or forms[:1] or ([] if called else actions[:1])
    chosen = [tool for tool in chosen if tool["name"] not in called][: None if parallel else 1]
    places = [first_of(request.question, name_stems(tool["name"])) for tool in chosen]
    return {
        tool["name"]: _arguments(tool, request, place if place > min(places) else 0)
        for tool, place in zip(chosen, places, strict=True)
    }


def _arguments(tool: Tool, request: Request, place: int) -> dict[str, Any]:
    """The arguments of a call: what stands behind this place in the request is taken first.

    A form also takes values from results of tools.
    """
    text = f"{request.question[place:]} {request.question[:place]}".replace(tool["name"], " ")
    if _is_form(tool):
        text = "\n".join([text, *(one.text for one in request.results)])
    parameters = {**(tool.get("parameters") or {}), "type": "object"}
    arguments: dict[str, Any] = fill(parameters, text, say(request))
    name = _text_argument(tool)
    if name in _TEXTS or str(arguments.get(name)).startswith("[sandbox]"):
        arguments[name] = request.question
    return arguments


def _asked_for(request: Request, tools: Sequence[Tool]) -> list[Tool]:
    """The tools that are named; else the one whose description shares most words, at least two."""
    asked = stems(request.question)
    orders = [one for one in sentences(request.system) if _ORDER.search(one)]
    found = [
        tool
        for tool in tools
        if asked & name_stems(tool["name"]) or any(_names(one, tool) for one in orders)
    ]
    if found or not tools:
        return found
    shared = [len(asked & stems(tool.get("description") or "")) for tool in tools]
    return [tools[shared.index(max(shared))]] if max(shared) >= _TWO else []


def _names(text: str, tool: Tool) -> bool:
    name = re.escape(tool["name"]).replace("_", "[_ -]")
    return re.search(rf"(?<!\w){name}(?!\w)", text, re.IGNORECASE) is not None


def _lookups(request: Request, tools: Sequence[Tool]) -> list[Tool]:
    """The tools that take any question, for a request that is more than a greeting."""
    if GREETING.match(request.question) or len(words(request.question)) < _TWO:
        return []
    return [tool for tool in tools if _text_argument(tool) in _QUERIES]
