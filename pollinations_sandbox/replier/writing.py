"""A chat body becomes an answer, by the rules of docs/how-to/sandbox-answers.md, in their order."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pollinations_sandbox.answer import Answer, Audio, ToolCall, Usage
from pollinations_sandbox.media.placeholders import picture, silence
from pollinations_sandbox.replier import measure
from pollinations_sandbox.replier.agents import PLACEHOLDER, act
from pollinations_sandbox.replier.clues import Clues
from pollinations_sandbox.replier.filling import Hints, fill
from pollinations_sandbox.replier.quoting import quote
from pollinations_sandbox.replier.reading import Request, read
from pollinations_sandbox.replier.tools import GREETING, Call, decide, tools_of
from pollinations_sandbox.replier.words import words

_SHOWN: Final = 1_000  # characters of a question
_SOUND: Final = 20  # tokens of a second of speech
_EXPIRES: Final = 1_800_000_000
_GREETING_WORDS: Final = 4
_MOST_JSON: Final = 200_000  # characters that are searched for a schema
_THINKERS: Final = ("deepseek", "kimi", "glm", "minimax", "grok-reasoning", "perplexity-reasoning")
_THINKING: Final = frozenset({"openai-large", "gemini", "gemini-large", "gemini-legacy"})
_CODERS: Final = frozenset({"gemini", "gemini-large", "gemini-legacy"})
_DRAWING: Final = re.compile(r"\b(?:plot|chart|graph|draw|diagram|histogram)\b", re.IGNORECASE)
_SOURCES: Final = tuple(f"https://example.{end}/sandbox" for end in ("org", "com", "net"))
_KEYS: Final = re.compile(r"\b(?:keys?|fields?)\b", re.IGNORECASE)
_DECODER: Final = json.JSONDecoder()


def write(body: Mapping[str, Any], *, model: str, api: str) -> Answer:
    """Answer a chat body.

    Args:
        body: A checked body of `POST /v1/chat/completions`.
        model: The canonical short name, such as `openai` or `perplexity-fast`.
        api: The API version, such as `2026-10`.

    Returns:
        The whole answer; nothing in it depends on a clock, on chance or on earlier requests.
    """
    request = read(body)
    calls: list[Call] = []
    if not _loses_tools(body, model, api):
        calls = decide(
            request,
            tools_of(body),
            choice=body.get("tool_choice") or "auto",
            parallel=body.get("parallel_tool_calls") is not False,
            answer=say(request),
        )
    text = "" if calls else _text(body, request, model)
    return dress(body, text=text, calls=calls, model=model)


def say(request: Request) -> str:
    """The answer in plain words: results, quotes, a greeting, or that no model is connected."""
    if request.made:
        return "\n".join(f"{made.name} returned: {made.result}" for made in request.made)
    quoted = quote(request)
    if quoted is not None and not request.media:
        return quoted
    if GREETING.match(request.asked) and len(words(request.asked)) <= _GREETING_WORDS:
        return "Hello! This is the Pollinations sandbox: no model is connected."
    asked = request.asked.strip()
    shown = asked if len(asked) <= _SHOWN else f"{asked[:_SHOWN]} ..."
    sent = f" You sent: {', '.join(map(str, request.media))}." if request.media else ""
    return f"[sandbox] No model is connected. You asked: {shown}{sent}"


def _loses_tools(body: Mapping[str, Any], model: str, api: str) -> bool:
    """Later gateways drop a Gemini request's functions when it also wants JSON."""
    return model.startswith("gemini") and api != "2026-01" and _format(body).startswith("json")


def _format(body: Mapping[str, Any]) -> str:
    return str((body.get("response_format") or {}).get("type", ""))


def _text(body: Mapping[str, Any], request: Request, model: str) -> str:
    form = _format(body)
    if form == "json_schema":
        schema = (body["response_format"].get("json_schema") or {}).get("schema") or {}
        return _json(fill(schema, request.asked, Hints(answer=say(request))))
    acted = act(body, request, say)
    if acted is not None:
        return acted
    value = _prompted(request, wanted=form == "json_object")
    if value is None:
        return say(request)
    # Claude puts JSON that it was merely asked for between fences.
    return f"```json\n{_json(value)}\n```" if model.startswith("claude") else _json(value)


def _prompted(request: Request, *, wanted: bool) -> object:
    """The JSON that a prompt asks for: by a schema, or if `wanted` by an example or its keys."""
    found, asked = _json_in(request)
    bare = replace(request, asked=asked)
    for one in reversed(found):
        if isinstance(one.get("properties"), dict):
            return fill(one, asked, Hints(answer=say(bare)))
    if not wanted:
        return None
    keys = Clues(asked).texts if _KEYS.search(asked) else []
    if found or not keys:
        return found[-1] if found else {"answer": say(request)}
    return {key: f"[sandbox] {key}" for key in keys}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_in(request: Request) -> tuple[list[dict[str, Any]], str]:
    """The JSON objects in the prompt, and the question without them."""
    found: list[dict[str, Any]] = []
    text = f"{request.system}\n{request.asked}"[-_MOST_JSON:]
    asked = request.asked
    if "{{" in text:  # LlamaIndex leaves the braces of a template as they are
        text, asked = (one.replace("{{", "{").replace("}}", "}") for one in (text, asked))
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            asked = asked.replace(text[at:end], " ")
            found.append(value)
        at = text.find("{", end)
    return found, asked


# What every answer gets, also one that a script gave -------------------------------------------


def dress(
    body: Mapping[str, Any],
    *,
    text: str = "",
    calls: Sequence[Call] = (),
    reasoning: str | None = None,
    model: str,
) -> Answer:
    """The answer around a text or tool calls: usage, reasoning, sources, pictures, speech.

    Args:
        body: The chat body that is answered.
        text: The text.
        calls: The tool calls.
        reasoning: The reasoning; None for a placeholder if the model thinks.
        model: The canonical short name.
    """
    if reasoning is None:
        reasoning = PLACEHOLDER if _thinks(body, model) else ""
    text, finish = _cut(body, text)
    prompt, sound = measure.prompt_tokens(body)
    made = tuple(_tool_call(call, at, model, body) for at, call in enumerate(calls))
    spent = measure.tokens(text) + sum(measure.tokens(call.name + call.arguments) for call in made)
    thought = measure.tokens(reasoning)
    searching = model.startswith("perplexity") or model == "gemini-search"
    answer = Answer(
        text=text,
        usage=Usage(
            prompt=prompt,
            completion=max(1, spent) + thought,
            cached=measure.cached_tokens(body, prompt - sound),
            cache_written=measure.cache_written_tokens(body, prompt - sound),
            prompt_audio=sound,
            reasoning=thought,
        ),
        reasoning="" if model.startswith("openai") else reasoning,  # OpenAI only counts it
        signature=signature(reasoning) if model.startswith("claude") else "",
        tool_calls=made,
        images=() if made else _drawn(body, model),
        citations=_SOURCES if searching else (),
        search_results=tuple({"title": "[sandbox] source", "url": url} for url in _SOURCES)
        if searching
        else (),
        finish_reason="tool_calls" if made else finish,
        logprobs=measure.logprobs(text, body.get("top_logprobs") or 0)
        if body.get("logprobs")
        else None,
    )
    if model.startswith("perplexity"):
        answer = _as_perplexity(answer)
    return _spoken(body, answer)


def _thinks(body: Mapping[str, Any], model: str) -> bool:
    effort = body.get("reasoning_effort")
    switch = (body.get("thinking") or {}).get("type")
    if effort == "none" or (switch == "disabled" and effort is None):
        return False
    asked = bool(effort or switch == "enabled" or body.get("thinking_budget"))
    return asked or model in _THINKING or model.startswith(_THINKERS)


def _as_perplexity(answer: Answer) -> Answer:
    """Its thinker thinks inside the text, and text cites the first source."""
    text = answer.text if answer.text[-1:] in ("", "}", "]", "`") else f"{answer.text} [1]"
    if answer.reasoning:
        text = f"<think>\n{answer.reasoning}\n</think>\n\n{text}"
    return replace(answer, text=text, reasoning="")


def _drawn(body: Mapping[str, Any], model: str) -> tuple[str, ...]:
    """A placeholder picture where Gemini's code execution is asked to draw."""
    tools = body.get("tools")
    able = any(tool.get("type") == "code_execution" for tool in tools or ())
    if tools is None:
        able = model in _CODERS and not _format(body).startswith("json")
    asked = read(body).asked
    if not (able and model.startswith("gemini") and _DRAWING.search(asked)):
        return ()
    data = picture(asked[:_SHOWN], model, size=(320, 180), form="PNG")
    return ("data:image/png;base64," + base64.b64encode(data).decode(),)


def signature(thought: str) -> str:
    """What Claude signs its thinking with: the same thought has the same signature."""
    digest = hashlib.sha512(thought.encode()).digest()
    return base64.b64encode(b"\x12sandbox" + digest).decode() if thought else ""


def _cut(body: Mapping[str, Any], text: str) -> tuple[str, str]:
    """The text up to the first stop sequence, or up to the limit of tokens."""
    stops = body.get("stop") or ()
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.partition(stop)[0] if stop else text
    most = body.get("max_tokens") or body.get("max_completion_tokens")
    if most and measure.tokens(text) > most:
        return "".join(measure.pieces(text)[:most]), "length"
    return text, "stop"


def _tool_call(call: Call, at: int, model: str, body: Mapping[str, Any]) -> ToolCall:
    arguments = _json(dict(call.arguments))
    seed = json.dumps([call.name, arguments, at, len(body.get("messages") or ())])
    digest = hashlib.sha256(seed.encode()).hexdigest()
    extra = {"thought_signature": signature(seed)} if model.startswith("gemini") else {}
    return ToolCall(f"call_{digest[:24]}", call.name, arguments, extra)


def _spoken(body: Mapping[str, Any], answer: Answer) -> Answer:
    """The text as speech, where speech is asked for."""
    wanted = "audio" in (body.get("modalities") or ()) and isinstance(body.get("audio"), Mapping)
    if not wanted or answer.tool_calls:
        return answer
    digest = hashlib.sha256(answer.text.encode("utf-8", "replace")).hexdigest()
    data = base64.b64encode(silence(str(body["audio"].get("format") or "wav"))).decode()
    audio = Audio(f"audio_{digest[:24]}", data, answer.text, _EXPIRES)
    spent = answer.usage.completion + _SOUND
    usage = replace(answer.usage, completion=spent, completion_audio=_SOUND)
    return replace(answer, text="", audio=audio, usage=usage)
