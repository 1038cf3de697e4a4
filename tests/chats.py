"""Chat bodies in one line, and how they are posted to a sandbox."""

from typing import Any

import httpx

from pollinations_sandbox import Sandbox

CHAT = "/v1/chat/completions"


def tool(name: str, description: str = "", **properties: Any) -> dict[str, Any]:
    """A function as it travels: each property is a type's name or a schema, all are required."""
    schemas = {
        name: {"type": schema} if isinstance(schema, str) else schema
        for name, schema in properties.items()
    }
    parameters = {"type": "object", "properties": schemas, "required": list(schemas)}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


def chat(*texts: str, system: str = "", **body: Any) -> dict[str, Any]:
    """A chat body: the user speaks first, then the assistant, and so on."""
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]
    first = [{"role": "system", "content": system}] if system else []
    return {"messages": [*first, *messages], **body}


def echo(question: str) -> str:
    """What the sandbox answers to a message that none of its rules knows."""
    return f"[sandbox] No model is connected. You asked: {question}"


def post(sandbox: Sandbox, body: Any, path: str = CHAT) -> httpx.Response:
    """Post a body with the sandbox's key."""
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    return httpx.post(sandbox.base_url + path, json=body, headers=headers)
