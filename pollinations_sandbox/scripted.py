"""A scripted reply as each route delivers it: a chat's answer, or the body of another route."""

import base64
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pollinations_sandbox.framing import dumps
from pollinations_sandbox.recorded import Recorded
from pollinations_sandbox.replier.measure import tokens
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


def other(
    reply: Reply, record: Recorded, *, usual: str, model: str, headers: Mapping[str, str]
) -> Response:
    """A scripted reply as the body of any other route.

    Args:
        reply: The reply.
        record: The request.
        usual: The media type that the route has.
        model: The provider's name of the model.
        headers: The headers that the route has.
    """
    if reply.raw:
        return raw(reply, _sniffed(reply.raw[0]) or usual)
    body, kind = _body(reply, record, model)
    kind = reply.content_type or kind or usual
    sent = {"Content-Type": kind, "x-model-used": model, **headers, **reply.headers}
    return Response((body,), headers=sent, sized=True)


def _body(reply: Reply, record: Recorded, model: str) -> tuple[bytes, str]:
    asked = record.body if isinstance(record.body, dict) else {}
    if reply.has_json:
        return reply.json_text.encode(), _JSON
    if reply.vectors:
        return dumps(_embeddings(reply, asked, model)).encode(), _JSON
    if not reply.media:
        if asked.get("response_format") in {"text", "srt", "vtt"}:
            return str(reply.content).encode(), "text/plain; charset=utf-8"
        return dumps({"text": reply.content}).encode(), _JSON
    if not record.path.startswith("/v1/images/"):
        return reply.media, _sniffed(reply.media)
    data = base64.b64encode(reply.media).decode()
    kind = _sniffed(reply.media) or "image/jpeg"
    picture = {"b64_json": data, "media_type": kind}
    if asked.get("response_format") == "url":
        picture = {"url": f"data:{kind};base64,{data}"}
    return dumps({"created": int(time.time()), "data": [picture]}).encode(), _JSON


def _embeddings(reply: Reply, asked: Mapping[str, Any], model: str) -> dict[str, Any]:
    given = asked.get("input")
    texts = given if isinstance(given, list) else [given]
    vectors = [reply.vectors[index % len(reply.vectors)] for index in range(len(texts))]
    return embedded(vectors, asked, model, sum(tokens(str(text)) for text in texts))


def embedded(
    vectors: Sequence[Sequence[float]], body: Mapping[str, Any], model: str, used: int
) -> dict[str, Any]:
    """The JSON of vectors, as numbers or, if the request wants it, packed.

    Args:
        vectors: One for each input.
        body: The request.
        model: The provider's name of the model.
        used: How many tokens the inputs are.
    """
    data = []
    for index, one in enumerate(vectors):
        vector: object = list(one)
        if body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{len(one)}f", *one)).decode()
        data.append({"object": "embedding", "embedding": vector, "index": index})
    usage = {"prompt_tokens": used, "total_tokens": used}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _sniffed(data: bytes) -> str:
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
