"""LlamaIndex's agents that write their calls as text: ReActAgent and CodeActAgent."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pollinations_sandbox.replier.quoting import say
from pollinations_sandbox.replier.reading import Request, loads
from pollinations_sandbox.replier.tools import Tool, decide

PLACEHOLDER: Final = "[sandbox] placeholder reasoning"
_LISTED: Final = re.compile(
    r"> Tool Name: ([^\n]{1,200})\n\s*Tool Description: (.{0,8000}?)\n\s*Tool Args: (\{[^\n]*\})",
    re.DOTALL,
)
_FUNCTION: Final = re.compile(
    r"^def (\w{1,100})\(([^)\n]{0,2000})\)[^:\n]{0,200}:(?:\s{1,9}\"\"\"(.{0,2000}?)\"\"\")?",
    re.MULTILINE | re.DOTALL,
)
_TYPES: Final = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}


def act(request: Request) -> str | None:
    """The next text in an agent's format; None if the system's prompt asks for none."""
    bare = replace(request, system="")
    if "Action Input:" in request.system:
        return _react(request.system, bare)
    return _code(request.system, bare) if "<execute>" in request.system else None


def _react(system: str, request: Request) -> str:
    tools = [_tool(m[1].strip(), m[2], loads(m[3])) for m in _LISTED.finditer(system)]
    calls = decide(request, tools, parallel=False)
    if not calls:
        return f"Thought: {PLACEHOLDER}\nAnswer: {say(request)}"
    [(name, arguments)] = calls.items()
    value = json.dumps(arguments, ensure_ascii=False)
    return f"Thought: {PLACEHOLDER}\nAction: {name}\nAction Input: {value}"


def _code(system: str, request: Request) -> str:
    listed = system.partition("following functions:")[2]
    tools = [_tool(m[1], m[3], _signature(m[2])) for m in _FUNCTION.finditer(listed)]
    calls = {} if request.results else decide(request, tools)
    if not calls:
        return say(request)
    lines = ["<execute>"]
    for name, arguments in calls.items():
        written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        lines.append(f"print({name}({written}))")
    return "\n".join([*lines, "</execute>"])


def _tool(name: str, description: str, parameters: Mapping[str, Any]) -> Tool:
    return {"name": name, "description": description, "parameters": parameters}


def _signature(listed: str) -> dict[str, Any]:
    """The JSON schema of a Python signature's parameters."""
    bare = re.sub(r"\[[^\]]*\]", "", listed)
    parameters = re.findall(r"(\w+)(?:: *(\w+))?[^,=]*(=?)[^,]*", bare)
    properties = {name: {"type": _TYPES.get(kind, "string")} for name, kind, _ in parameters}
    required = [name for name, _, default in parameters if not default]
    return {"type": "object", "properties": properties, "required": required}
