"""LlamaIndex's agents that write their calls as text: ReActAgent and CodeActAgent."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pollinations_sandbox.replier.quoting import say
from pollinations_sandbox.replier.reading import Request, Result, loads, text_of
from pollinations_sandbox.replier.tools import Tool, decide

PLACEHOLDER: Final = "[sandbox] placeholder reasoning"
_ACTION: Final = re.compile(r"^Action: (\S{1,200})$", re.MULTILINE)
_OBSERVATION: Final = "Observation:"
_EXECUTED: Final = "Result of executing the code given:"
_LISTED: Final = re.compile(
    r"> Tool Name: ([^\n]{1,200})\n\s*Tool Description: (.{0,8000}?)\n\s*Tool Args: (\{[^\n]*\})",
    re.DOTALL,
)
_FUNCTION: Final = re.compile(
    r"^def (\w{1,100})\(([^)\n]{0,2000})\)[^:\n]{0,200}:(?:\s{1,9}\"\"\"(.{0,2000}?)\"\"\")?",
    re.MULTILINE | re.DOTALL,
)
_TYPES: Final = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}


def act(body: Mapping[str, Any], request: Request) -> str | None:
    """The next text in an agent's format; None if the system's prompt asks for none.

    Args:
        body: A chat body.
        request: What it asks.
    """
    react = "Action Input:" in request.system
    if not react and "<execute>" not in request.system:
        return None
    texts: list[str] = []  # the question and what follows it
    for message in body["messages"]:
        text = text_of(message)
        if message.get("role") == "user" and not text.startswith((_OBSERVATION, _EXECUTED)):
            texts.clear()
        texts.append(text)
    inner = replace(request, system="", question=texts[0])
    return _react(request.system, inner, texts) if react else _code(request.system, inner, texts)


def _react(system: str, request: Request, texts: Sequence[str]) -> str:
    names = [match[1] for text in texts for match in _ACTION.finditer(text)]
    request = replace(request, results=tuple(map(Result, names, _behind(_OBSERVATION, texts))))
    tools = [_tool(m[1].strip(), m[2], loads(m[3])) for m in _LISTED.finditer(system)]
    calls = decide(request, tools, parallel=False)
    if not calls:
        return f"Thought: {PLACEHOLDER}\nAnswer: {say(request)}"
    [(name, arguments)] = calls.items()
    value = json.dumps(arguments, ensure_ascii=False)
    return f"Thought: {PLACEHOLDER}\nAction: {name}\nAction Input: {value}"


def _code(system: str, request: Request, texts: Sequence[str]) -> str:
    results = tuple(Result("execute", output) for output in _behind(_EXECUTED, texts))
    listed = system.partition("following functions:")[2]
    tools = [_tool(m[1], m[3], _signature(m[2])) for m in _FUNCTION.finditer(listed)]
    calls = {} if results else decide(request, tools)
    if not calls:
        return say(replace(request, results=results))
    lines = ["<execute>"]
    for name, arguments in calls.items():
        written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        lines.append(f"print({name}({written}))")
    return "\n".join([*lines, "</execute>"])


def _behind(label: str, texts: Sequence[str]) -> list[str]:
    return [text.removeprefix(label).strip() for text in texts if text.startswith(label)]


def _tool(name: str, description: str, parameters: Mapping[str, Any]) -> Tool:
    return {"name": name, "description": description, "parameters": parameters}


def _signature(listed: str) -> dict[str, Any]:
    """The JSON schema of a Python signature's parameters."""
    bare = re.sub(r"\[[^\]]*\]", "", listed)
    parameters = re.findall(r"(\w+)(?:: *(\w+))?[^,=]*(=?)[^,]*", bare)
    properties = {name: {"type": _TYPES.get(kind, "string")} for name, kind, _ in parameters}
    required = [name for name, _, default in parameters if not default]
    return {"type": "object", "properties": properties, "required": required}
