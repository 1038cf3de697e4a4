"""A chat body becomes an answer, by the rules of docs/reference/sandbox.md, in their order."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pollinations_sandbox.catalog import resolve
from pollinations_sandbox.media.placeholders import silence
from pollinations_sandbox.replier import tokens
from pollinations_sandbox.replier.agents import PLACEHOLDER, act
from pollinations_sandbox.replier.filling import fill, quotes
from pollinations_sandbox.replier.quoting import say
from pollinations_sandbox.replier.reading import Request, read
from pollinations_sandbox.replier.tools import decide
from pollinations_sandbox.spelling import Answer, ToolCall, Usage

_SOURCES: Final = tuple(f"https://example.{end}/sandbox" for end in ("org", "com", "net"))
_DECODER: Final = json.JSONDecoder()


def write(body: Mapping[str, Any], *, model: str) -> Answer:
    """Answer a chat body.

    Args:
        body: A checked body of `POST /v1/chat/completions`.
        model: The canonical short name, such as `openai` or `perplexity-fast`.

    Returns:
        The whole answer; nothing in it depends on a clock, on chance or on earlier requests.
    """
    request = read(body)
    calls = decide(
        request,
        [tool["function"] for tool in body.get("tools") or () if "function" in tool],
        choice=body.get("tool_choice") or "auto",
        parallel=body.get("parallel_tool_calls") is not False,
    )
    text, finish = _cut(body, "" if calls else _text(body, request, model))
    searches = model == "gemini-search" or model.startswith("perplexity")
    answer = compose(
        body,
        text=text,
        calls=[(name, _json(arguments)) for name, arguments in calls.items()],
        reasoning=PLACEHOLDER if _thinks(body, model) else "",
        finish=finish,
        model=model,
    )
    chances = tokens.logprobs(text, body.get("top_logprobs") or 0) if body.get("logprobs") else None
    return replace(answer, citations=_SOURCES if searches else (), logprobs=chances)


def compose(
    body: Mapping[str, Any],
    *,
    text: str,
    calls: Sequence[tuple[str, str]],
    reasoning: str,
    finish: str,
    model: str,
    media: bytes = b"",
) -> Answer:
    """The answer around a text or tool calls: usage, ids, and speech where it is requested.

    Args:
        body: The chat body that is answered.
        text: The text.
        calls: Names of tools, and arguments as JSON.
        reasoning: What the model thinks.
        finish: The finish reason; by default it follows from the rest.
        model: The canonical short name.
        media: What is heard in a chat with sound, by default a second of silence; else a PNG.
    """
    prompt, heard = tokens.of_prompt(body)
    cached, written = tokens.cached(body, prompt - heard)
    spent = tokens.count(text) + sum(tokens.count(name + arguments) for name, arguments in calls)
    thought = tokens.count(reasoning)
    audio: dict[str, Any] = {}
    settings = body.get("audio")
    if "audio" in (body.get("modalities") or ()) and isinstance(settings, Mapping) and not calls:
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
        data = media or silence(str(settings.get("format") or "wav"))
        audio = {"id": f"audio_{digest}", "expires_at": 1_800_000_000, "transcript": text}
        audio["data"] = base64.b64encode(data).decode()
    drawn = base64.b64encode(media).decode() if media and not audio else ""
    return Answer(
        text="" if audio else text,
        usage=Usage(
            prompt=prompt,
            completion=max(1, spent) + thought,
            cached=cached,
            cache_written=written,
            prompt_audio=heard,
            completion_audio=spent if audio else 0,
            reasoning=thought,
        ),
        reasoning=reasoning,
        signature=_signature(reasoning) if reasoning and model.startswith("claude") else "",
        tool_calls=tuple(_tool_call(call, at, body) for at, call in enumerate(calls)),
        audio=audio,
        image=f"data:image/png;base64,{drawn}" if drawn else "",
        finish_reason=finish or ("tool_calls" if calls else "stop"),
    )


def _text(body: Mapping[str, Any], request: Request, model: str) -> str:
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        schema = (wanted.get("json_schema") or {}).get("schema") or {}
        return _json(fill(schema, request.question, say(request)))
    acted = act(request)
    if acted is not None:
        return acted
    objects, question = _json_in(request)
    schemas = [value for value in objects if isinstance(value.get("properties"), dict)]
    if schemas:
        value = fill(schemas[-1], question, say(replace(request, question=question)))
    elif wanted.get("type") != "json_object":
        return say(request)
    elif objects:
        value = objects[-1]
    else:
        value = {key: f"[sandbox] {key}" for key in quotes(question)} or {"answer": say(request)}
    # Claude puts JSON that it was merely asked for between fences.
    return f"```json\n{_json(value)}\n```" if model.startswith("claude") else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_in(request: Request) -> tuple[list[dict[str, Any]], str]:
    """The JSON objects in the prompt, and the question without them."""
    text, question = f"{request.system}\n{request.question}", request.question
    if "{{" in text:  # LlamaIndex leaves the braces of a template as they are
        text, question = (one.replace("{{", "{").replace("}}", "}") for one in (text, question))
    objects: list[dict[str, Any]] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            objects.append(value)
            question = question.replace(text[at:end], " ")
        at = text.find("{", end)
    return objects, question


def _thinks(body: Mapping[str, Any], model: str) -> bool:
    effort, switch = body.get("reasoning_effort"), (body.get("thinking") or {}).get("type")
    if effort == "none" or (switch == "disabled" and effort is None):
        return False
    if effort or switch == "enabled" or body.get("thinking_budget") or model == "gemini":
        return True
    entry = resolve(model, "2026-01")  # its list calls those models reasoning that always do
    return entry is not None and "reasoning" in entry.capabilities


def _signature(thought: str) -> str:
    """What a provider signs a thought with: the same thought has the same signature."""
    return base64.b64encode(b"\x12sandbox" + hashlib.sha512(thought.encode()).digest()).decode()


def _cut(body: Mapping[str, Any], text: str) -> tuple[str, str]:
    """The text up to the first stop sequence, or up to the limit of tokens."""
    stops = body.get("stop") or ()
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.partition(stop)[0] if stop else text
    most = body.get("max_tokens") or body.get("max_completion_tokens")
    if most and tokens.count(text) > most:
        return "".join(tokens.pieces(text)[:most]), "length"
    return text, ""


def _tool_call(call: tuple[str, str], at: int, body: Mapping[str, Any]) -> ToolCall:
    seed = json.dumps([*call, at, len(body["messages"])])
    digest = hashlib.sha256(seed.encode()).hexdigest()[:24]
    return ToolCall(f"call_{digest}", *call, {"thought_signature": _signature(seed)})
