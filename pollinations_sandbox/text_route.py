"""GET /text/{prompt}: a chat of one question, answered with plain text, sound, or a stream."""

import base64
import math
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from pollinations_sandbox import chat, errors, schemas
from pollinations_sandbox.catalog import resolve
from pollinations_sandbox.errors import Api
from pollinations_sandbox.response import Response
from pollinations_sandbox.spelling import Answer
from pollinations_sandbox.state import Recorded, State

_ROOT: Final = "/text/"
_YES: Final = {"2026-01": ("true",), "2026-10": ("true", "1", "yes")}
_NUMBERS: Final = (
    *("seed", "max_tokens", "max_completion_tokens", "temperature", "top_p"),
    *("presence_penalty", "frequency_penalty", "repetition_penalty"),
)
_PASSED: Final = {"2026-01": ("reasoning_effort",), "2026-10": ("reasoning_effort", "safe")}


def text(record: Recorded, state: State) -> Response:
    """Answer GET /text/{prompt} as the chat endpoint would, without its envelope.

    Raises:
        GatewayError: 404 without a prompt, 400 for a wrong parameter, else as `chat.complete`.
    """
    raw = record.raw_path.removeprefix(_ROOT)
    if not raw or "/" in raw:
        raise errors.known("no_route", api=state.api)
    prompt = unquote(raw)
    record.path = _ROOT + prompt
    schemas.check_query("text", {"model": "openai"} | record.query, api=state.api)
    return chat.complete(record, _body(prompt, record.query, state.api), state, _bare)


def _body(prompt: str, query: Mapping[str, str], api: Api) -> dict[str, Any]:
    """The chat that a question stands for."""
    model = query.get("model", "openai")
    roles = (("system", query.get("system")), ("user", prompt))
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": text} for role, text in roles if text],
    }
    numbers = {name: schemas.number_of(query[name]) for name in _NUMBERS if query.get(name)}
    body |= {name: number for name, number in numbers.items() if not math.isnan(number)}
    body |= {name: query[name] for name in _PASSED[api] if query.get(name)}
    if query.get("json", "").lower() in _YES[api]:
        body["response_format"] = {"type": "json_object"}
    entry = resolve(model, api)
    if query.get("stream", "").lower() in _YES[api]:
        body["stream"] = True
    elif entry is not None and "audio" in entry.outputs:
        voice = query.get("voice", "alloy")
        body |= {"modalities": ["text", "audio"], "audio": {"voice": voice, "format": "mp3"}}
    return body


def _bare(answer: Answer) -> tuple[str, bytes]:
    """The text with its sources, or the sound."""
    if answer.audio:
        return "audio/mpeg", base64.b64decode(answer.audio["data"])
    links = "".join(f"[{number}] {url}\n" for number, url in enumerate(answer.citations, 1))
    sources = f"\n\n---\nSources:\n{links}" if links else ""
    return "text/plain; charset=utf-8", f"{answer.text}{sources}".encode("utf-8", "replace")
