"""Chat bodies in one line, for the tests of the replier."""

from typing import Any


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
