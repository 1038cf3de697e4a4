"""LlamaIndex's agents that write their calls as text: ReActAgent and CodeActAgent."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pollinations_sandbox.replier.reading import Made, Request, loads, text_of
from pollinations_sandbox.replier.tools import Call, Tool, decide

PLACEHOLDER: Final = "[sandbox] placeholder reasoning"
_ACTION: Final = re.compile(r"^Action: (\S{1,200})$", re.MULTILINE)
_OBSERVATION: Final = "Observation:"
_EXECUTED: Final = "Result of executing the code given:"
_LATER: Final = (_OBSERVATION, _EXECUTED, "Error")
_LISTED: Final = re.compile(
    r"> Tool Name: ([^\n]{1,200})\n\s*Tool Description: (.{0,8000}?)\n\s*Tool Args: (\{[^\n]*\})",
    re.DOTALL,
)
_FUNCTION: Final = re.compile(
    r"^def (\w{1,100})\(([^)\n]{0,2000})\)[^:\n]{0,200}:(?:\s{1,9}\"\"\"(.{0,2000}?)\"\"\")?",
    re.MULTILINE | re.DOTALL,
)
_TYPES: Final = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}


def act(body: Mapping[str, Any], request: Request, say: Callable[[Request], str]) -> str | None:
    """The next text in an agent's format; None if the system's prompt asks for none.

    Args:
        body: A chat body.
        request: What it asks.
        say: The answer to a request once the tools have been called.
    """
    react = "Action Input:" in request.system
    if not react and "<execute>" not in request.system:
        return None
    texts = [
        (message.get("role"), text_of(message))
        for message in body["messages"]
        if message.get("role") in {"user", "assistant", "tool"}
    ]
    asked = (role == "user" and not text.startswith(_LATER) for role, text in texts)
    start = max((at for at, one in enumerate(asked) if one), default=0)
    inner = replace(request, system="", asked=texts[start][1] if texts else "")
    later = [text for _, text in texts[start + 1 :]]
    return _react(request, inner, later, say) if react else _code(request, inner, later, say)


def _react(
    request: Request, inner: Request, later: Sequence[str], say: Callable[[Request], str]
) -> str:
    names = [match[1] for text in later for match in _ACTION.finditer(text)]
    results = [*_behind(_OBSERVATION, later), *[""] * len(names)]
    inner = replace(inner, made=tuple(map(Made, names, results)))
    tools = [Tool(m[1].strip(), m[2], loads(m[3]) or {}) for m in _LISTED.finditer(request.system)]
    calls = decide(inner, tools, parallel=False)
    if not calls:
        return f"Thought: {PLACEHOLDER}\nAnswer: {say(inner)}"
    arguments = json.dumps(calls[0].arguments, ensure_ascii=False)
    return f"Thought: {PLACEHOLDER}\nAction: {calls[0].name}\nAction Input: {arguments}"


def _code(
    request: Request, inner: Request, later: Sequence[str], say: Callable[[Request], str]
) -> str:
    results = _behind(_EXECUTED, later)
    listed = request.system.partition("following functions:")[2]
    tools = [Tool(m[1], m[3] or "", _parameters(m[2])) for m in _FUNCTION.finditer(listed)]
    calls = [] if results else decide(inner, tools)
    if not calls:
        return say(replace(inner, made=tuple(Made("execute", result) for result in results)))
    return "\n".join(["<execute>", *(f"print({_python(call)})" for call in calls), "</execute>"])


def _behind(label: str, texts: Sequence[str]) -> list[str]:
    return [text.removeprefix(label).strip() for text in texts if text.startswith(label)]


def _python(call: Call) -> str:
    shown = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
    return f"{call.name}({shown})"


def _parameters(listed: str) -> dict[str, Any]:
    """The JSON schema of a Python signature's parameters."""
    properties: dict[str, Any] = {}
    required = []
    for written in re.split(r",(?![^\[]*\])", listed):
        name, _, rest = written.partition("=")[0].partition(":")
        if name.strip().isidentifier():
            kind = _TYPES.get(rest.strip())
            properties[name.strip()] = {"type": kind} if kind else {}
            required += [] if "=" in written else [name.strip()]
    return {"type": "object", "properties": properties, "required": required}
