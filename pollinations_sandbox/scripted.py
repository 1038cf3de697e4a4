"""A scripted reply as bytes, and as the answer of a chat."""

from collections.abc import Mapping
from typing import Any, Final

from pollinations_sandbox.replier.writing import compose
from pollinations_sandbox.reply import Reply, as_json
from pollinations_sandbox.response import Pause, Response, Step
from pollinations_sandbox.spelling import Answer

_JSON: Final = "application/json"
_TYPES: Final = {
    b"\x89PNG": "image/png",
    b"<svg": "image/svg+xml",
    b"RIFF": "audio/wav",
    b"{": _JSON,
    b"<!DOCTYPE": "text/html; charset=utf-8",
}


def raw(reply: Reply, usual: str) -> Response:
    """A reply of bytes; `usual` is the media type that the route has."""
    named = {name.lower() for name in reply.headers}
    kind = reply.content_type or (usual if "content-type" not in named else "")
    headers = ({"Content-Type": kind} if kind else {}) | dict(reply.headers)
    steps: list[Step] = []
    for packet in reply.raw:
        steps += [Pause(reply.pause), packet] if steps and reply.pause else [packet]
    return Response(tuple(steps), reply.status, headers, sized=isinstance(reply.content, bytes))


def chat(reply: Reply, body: Mapping[str, Any], *, model: str) -> Answer:
    """A scripted reply as the answer of a model, before it is spelled for the wire."""
    text = reply.content if isinstance(reply.content, str) else ""
    calls = [(name, _arguments(given)) for name, given in reply.tool_calls]
    if reply.has_json:
        form = _forced(body)
        calls, text = ([(form, reply.json_text)], "") if form else ([], reply.json_text)
    return compose(
        body,
        text=text,
        calls=calls,
        reasoning=reply.reasoning,
        finish=reply.finish_reason,
        made=reply.media,
        model=model,
    )


def sniffed(data: bytes) -> str:
    """The media type that the first bytes say, if they do."""
    return next((kind for start, kind in _TYPES.items() if data.lstrip().startswith(start)), "")


def _forced(body: Mapping[str, Any]) -> str | None:
    """The tool that a request must have called, if it names one or offers no other."""
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping):
        return str(choice["function"]["name"])
    tools = [tool["function"]["name"] for tool in body.get("tools") or () if "function" in tool]
    return str(tools[0]) if choice == "required" and len(tools) == 1 else None


def _arguments(given: object) -> str:
    return given if isinstance(given, str) else as_json(given)
