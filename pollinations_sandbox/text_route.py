"""GET /text/{prompt}: a chat of one question, answered with plain text, sound, or a stream."""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from starlette.convertors import PathConvertor, register_url_convertor

from pollinations_sandbox import chat, errors
from pollinations_sandbox.catalog import entries, resolve
from pollinations_sandbox.errors import Api
from pollinations_sandbox.response import Response
from pollinations_sandbox.state import Recorded, State

PATH: Final = "/text/{prompt:anything}"
_ROOT: Final = "/text/"
_YES: Final[Mapping[Api, frozenset[str]]] = {
    "2026-01": frozenset({"true"}),
    "2026-10": frozenset({"true", "1", "yes"}),
}
_NO: Final = frozenset({"false", "0", "no", ""})
_NUMBERS: Final[Mapping[str, type[int] | type[float]]] = {
    "seed": int,
    "temperature": float,
    "top_p": float,
    "presence_penalty": float,
    "frequency_penalty": float,
    "repetition_penalty": float,
    "max_tokens": int,
    "max_completion_tokens": int,
}
_PASSED: Final[Mapping[Api, tuple[str, ...]]] = {
    "2026-01": ("reasoning_effort",),
    "2026-10": ("reasoning_effort", "safe"),
}
_HOTTEST: Final = 2.0


class _Anything(PathConvertor):
    """Line breaks too, which Starlette's own `path` does not know."""

    regex = r"[\s\S]*"


register_url_convertor("anything", _Anything())


def text(record: Recorded, state: State) -> Response:
    """Answer GET /text/{prompt} as the chat endpoint would, without its envelope.

    Raises:
        GatewayError: 404 without a prompt, 400 for a wrong parameter, else as `chat.complete`.
    """
    raw = record.raw_path.removeprefix(_ROOT)
    if not raw or "/" in raw:
        raise errors.no_route(api=state.api)
    prompt = unquote(raw)
    record.path = _ROOT + prompt
    return _bare(chat.complete(record, _body(prompt, record.query, state.api), state))


def _body(prompt: str, query: Mapping[str, str], api: Api) -> dict[str, Any]:
    """The chat that a question stands for."""
    wrong = dict(_complaints(query, api))
    if wrong:
        raise errors.invalid_query(wrong, api=api)
    model = query.get("model", "openai")
    roles = (("system", query.get("system")), ("user", prompt))
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in roles if text],
    }
    for name, kind in _NUMBERS.items():
        number = _number(query.get(name, ""), kind)
        if number is not None:
            # This route takes any temperature, the chat's schema does not.
            body[name] = min(max(number, 0), _HOTTEST) if name == "temperature" else number
    if _yes(query.get("json"), api):
        body["response_format"] = {"type": "json_object"}
    body |= {name: query[name] for name in _PASSED[api] if query.get(name)}
    if _yes(query.get("stream"), api):
        return body | {"stream": True}
    entry = resolve(model, api)
    if entry is not None and "audio" in entry.outputs:
        voice = query.get("voice", "alloy")
        body |= {"modalities": ["text", "audio"], "audio": {"voice": voice, "format": "mp3"}}
    return body


def _complaints(query: Mapping[str, str], api: Api) -> Iterator[tuple[str, list[str]]]:
    """What the schema of this route has against each parameter."""
    for name in ("seed", "temperature"):
        number = _number(query.get(name, "0"), _NUMBERS[name])
        if number is None:
            yield name, ["Invalid input: expected number, received NaN"]
        elif name == "seed" and number < -1:
            yield name, ["Too small: expected number to be >=-1"]
    if api == "2026-10":
        for name in ("json", "stream"):
            if query.get(name, "").lower() not in _YES[api] | _NO:
                yield name, ["Invalid option: expected one of true, 1, yes, false, 0, no"]
        return
    entry = resolve(query.get("model", "openai"), api)
    if entry is None or entry.kind != "text":
        names = "|".join(f'"{each.id}"' for each in entries(api) if each.kind == "text")
        yield "model", [f"Invalid option: expected one of {names}"]


def _number(text: str, kind: type[int] | type[float]) -> float | None:
    try:
        number = kind(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _yes(said: str | None, api: Api) -> bool:
    return (said or "").lower() in _YES[api]


def _bare(reply: Response) -> Response:
    """The text or sound of a chat's JSON; streams and scripted bytes stay as they are."""
    if not reply.headers.get("Content-Type", "").startswith("application/json"):
        return reply
    try:
        value = json.loads(b"".join(step for step in reply.steps if isinstance(step, bytes)))
        message = value["choices"][0]["message"]
    except (ValueError, LookupError, TypeError):
        return reply
    if message.get("audio"):
        kind, data = "audio/mpeg", base64.b64decode(message["audio"]["data"])
    else:
        kind = "text/plain; charset=utf-8"
        data = ((message.get("content") or "") + _sources(value.get("citations"))).encode()
    waits = [step for step in reply.steps if not isinstance(step, bytes)]
    return Response(
        (*waits, data), reply.status, {**reply.headers, "Content-Type": kind}, sized=True
    )


def _sources(citations: list[str] | None) -> str:
    lines = "".join(f"[{number}] {url}\n" for number, url in enumerate(citations or (), 1))
    return f"\n\n---\nSources:\n{lines}" if lines else ""
