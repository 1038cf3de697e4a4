"""A model's answer, and how each provider spells it: whole, and in the chunks of a stream."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from pollinations_sandbox.catalog import Entry

Json = dict[str, Any]

_SAFE: Final = {
    name: {"filtered": False, "severity": "safe"}
    for name in ("hate", "self_harm", "sexual", "violence")
}
_FILTERS: Final = [{"prompt_index": 0, "content_filter_results": _SAFE}]
_CLAUDE: Final = frozenset({"claude", "anthropic"})
_BLOCKS: Final = "content_blocks"
_WORDS: Final = re.compile(r"(?:\s*\S{1,20}){1,4}|\s+$")
_ARGUMENTS_IN_A_PIECE: Final = 16
_AUDIO_IN_A_PIECE: Final = 4096


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool: `arguments` is JSON text that is valid against the tool's schema."""

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys that Gemini adds inside `function`, such as `thought_signature`."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts; every field is a number of tokens."""

    prompt: int
    completion: int
    cached: int = 0
    cache_written: int = 0
    prompt_audio: int = 0
    completion_audio: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the sandbox's model."""

    text: str
    usage: Usage
    reasoning: str = ""
    signature: str = ""
    """Claude signs its thinking; other models leave this empty."""
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[str, ...] = ()
    audio: Json = field(default_factory=dict)
    """Base64 in `data`, its words in `transcript`, and what else OpenAI says of a sound."""
    image: str = ""
    """A data URI of what Gemini drew."""
    finish_reason: str = "stop"
    logprobs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a provider spells an answer.

    Attributes:
        reasoning: The field with the reasoning; `content` for `<think>` in the text, "" for none.
        text_blocks: Whether `content_blocks` repeats the text.
        opens: Whether the first chunk has the role; else each chunk has it.
        calls: How tool calls are streamed: in pieces, each in a delta of its own (with the index 0,
            or with an object as arguments, which JSON has too), or all of them in one delta.
        arguments: What the first piece of a call has as arguments; None for no such key.
        lacks: A key that calls do not have.
        usage: Whether the usage has a chunk of its own, stands in the last one, or both.
    """

    reasoning: str = ""
    text_blocks: bool = False
    opens: bool = True
    calls: Literal["pieces", "each", "objects", "together"] = "pieces"
    arguments: str | None = ""
    lacks: Literal["", "id", "index"] = ""
    usage: Literal["alone", "last", "twice"] = "alone"


STYLES: Final[Mapping[str, Style]] = {
    "openai": Style(),
    "gemini": Style(reasoning=_BLOCKS, text_blocks=True, opens=False, calls="each", usage="last"),
    "claude": Style(reasoning=_BLOCKS, text_blocks=True, arguments=None, usage="last"),
    "anthropic": Style(reasoning=_BLOCKS, usage="last"),
    "fireworks": Style(reasoning="reasoning_content"),
    "openrouter": Style(reasoning="reasoning"),
    "perplexity": Style(reasoning="content", opens=False, usage="last"),
    "whole": Style(reasoning="reasoning_content"),
    # Oddities that were seen with OpenAI's spelling.
    "same-index-new-id": Style(calls="each"),
    "several-calls-one-delta": Style(calls="together"),
    "arguments-object": Style(calls="objects"),
    "no-index": Style(lacks="index"),
    "no-ids": Style(lacks="id"),
    "usage-twice": Style(usage="twice"),
}


def completion(answer: Answer, head: Json, entry: Entry, *, later: bool) -> Json:
    """The JSON of a whole answer, as `entry.style` spells it.

    Args:
        answer: The answer.
        head: What every piece of it carries: `id`, `created` and `model`.
        entry: The model that gives it.
        later: 2026-10 corrects the finish reason beside tool calls and counts some tokens twice.
    """
    style, tokens = entry.style, answer.usage
    choice: Json = {
        "index": 0,
        "message": _message(answer, style),
        "finish_reason": _finish(answer, style),
        "logprobs": answer.logprobs,
    }
    usage = _usage(tokens, style)
    if later:
        choice["finish_reason"] = "tool_calls" if answer.tool_calls else choice["finish_reason"]
        usage |= {"cached_input_tokens": tokens.cached, "reasoning_tokens": tokens.reasoning}
        usage["cache_creation_input_tokens"] = tokens.cache_written
    body = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    if entry.provider.startswith("azure"):
        choice["content_filter_results"] = _SAFE
        body |= {"prompt_filter_results": _FILTERS, "system_fingerprint": "fp_sandbox"}
    if style == "gemini":
        choice |= {"safetyRatings": [], **_grounding(answer)}
        return body | {"provider": "google-vertex-ai"}
    return body | _sources(answer)


def chunks(answer: Answer, head: Json, entry: Entry) -> list[Json]:
    """The same as a stream, still without framing."""
    name, style = entry.style, STYLES[entry.style]
    counts = _usage(answer.usage, name)
    head = {**head, "object": "chat.completion.chunk"}
    alone = {**head, "choices": [], "usage": counts}
    deltas = _deltas(_message(answer, name), name)
    stream = [head | {"choices": [_choice(delta, name)]} for delta in deltas]
    last = stream[-1]["choices"][0]
    last["finish_reason"] = _finish(answer, name)
    if style.usage != "alone":
        stream[-1]["usage"] = counts
    match name:
        case "openai":
            last["logprobs"] = answer.logprobs
            blank = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
            if entry.provider.startswith("azure"):
                stream.insert(0, blank | {"prompt_filter_results": _FILTERS})
        case "whole":
            stream[0]["usage"] = None
        case "anthropic":
            stream[0]["usage"] = {"prompt_tokens": answer.usage.prompt}
        case "perplexity":
            stream = [one | _sources(answer) for one in stream]
        case "gemini":
            for number, one in enumerate(stream, 1):
                one["provider"] = "google-vertex-ai"
                one["choices"][0]["safetyRatings"] = []
                one["usage"] = _usage(_part(answer.usage, number / len(stream)), name)
            last |= _grounding(answer)
    return stream if style.usage == "last" else [*stream, alone]


def pieces(text: str) -> list[str]:
    """The text in pieces of a few words; joined they are the text again."""
    return _WORDS.findall(text)


def _deltas(message: Json, name: str) -> list[Json]:
    """The message taken apart, with the role where the provider says it."""
    style, role = STYLES[name], {"role": "assistant"}
    if name == "whole":
        calls = [{"index": at, **call} for at, call in enumerate(message.get("tool_calls", ()))]
        return [message | ({"tool_calls": calls} if calls else {})]
    if style.opens:
        empty = None if name == "openai" and not message["content"] else ""
        return [role | {"content": empty}, *_pieces(message, style), {}]
    return [role | delta for delta in (*_pieces(message, style), {"content": ""})]


def _pieces(message: Json, style: Style) -> Iterator[Json]:
    blank = {"content": ""} if style.text_blocks else {}
    for index, block in enumerate(message.get(_BLOCKS, ())):
        parts: list[Json] = [block]
        if block["type"] == "thinking":
            parts = [{"thinking": piece} for piece in pieces(block["thinking"])]
            parts += [{"signature": block["signature"]}] if "signature" in block else []
        elif block["type"] == "text":
            parts = [{"text": piece} for piece in pieces(block["text"])]
        for part in parts:
            content = {"content": part["text"]} if "text" in part else blank
            shown = style.text_blocks or "text" not in part
            yield content | ({_BLOCKS: [{"index": index, "delta": part}]} if shown else {})
    if style.reasoning != _BLOCKS:
        for name in dict.fromkeys((style.reasoning, "content")):
            yield from ({name: piece} for piece in pieces(message.get(name) or ""))
    if "audio" in message:
        yield from ({"audio": part} for part in _sound(message["audio"]))
    for group in _calls(message.get("tool_calls", []), style):
        calls = [{key: call[key] for key in call if key != style.lacks} for call in group]
        yield {"tool_calls": calls}


def _sound(audio: Json) -> Iterator[Json]:
    yield {"id": audio["id"], "transcript": ""}
    yield from ({"transcript": piece} for piece in pieces(audio["transcript"]))
    yield from ({"data": piece} for piece in _cut(audio["data"], _AUDIO_IN_A_PIECE))
    yield {"expires_at": audio["expires_at"]}


def _calls(calls: list[Json], style: Style) -> Iterator[list[Json]]:
    """The `tool_calls` of each delta."""
    if style.calls == "together":
        yield [{"index": index, **call} for index, call in enumerate(calls)]
        return
    for index, call in enumerate(calls):
        start = {"index": 0 if style.calls == "each" else index, **call}
        if style.calls != "pieces":
            yield [start]
            continue
        arguments = start["function"].pop("arguments")
        if style.arguments is not None:
            start["function"]["arguments"] = style.arguments
        yield [start]
        for piece in _cut(arguments, _ARGUMENTS_IN_A_PIECE):
            yield [{"index": index, "function": {"arguments": piece}}]


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _choice(delta: Json, name: str) -> Json:
    choice: Json = {"index": 0, "delta": delta, "finish_reason": None}
    if name == "openai":
        choice["logprobs"] = None
        choice |= {"content_filter_results": _SAFE} if delta.get("content") else {}
    return choice


def _part(tokens: Usage, share: float) -> Usage:
    """The usage so far: Gemini's grows from chunk to chunk."""
    completion, reasoning = int(tokens.completion * share), int(tokens.reasoning * share)
    return replace(tokens, completion=completion, reasoning=reasoning)


def _message(answer: Answer, name: str) -> Json:
    """The assistant's message."""
    message: Json = {"role": "assistant"}
    content, style = "" if answer.audio else answer.text, STYLES[name]
    if style.reasoning == "content" and answer.reasoning:  # Perplexity thinks aloud
        content = f"<think>\n{answer.reasoning}\n</think>\n\n{answer.text}"
    if content or name != "gemini":
        message["content"] = content or (None if answer.tool_calls or answer.audio else "")
    if answer.tool_calls:
        message["tool_calls"] = [_call(call, name) for call in answer.tool_calls]
    if style.reasoning == _BLOCKS:
        signed = {"signature": answer.signature} if answer.signature else {}
        blocks: list[Json] = [{"type": "thinking", "thinking": answer.reasoning, **signed}]
        blocks = blocks if answer.reasoning else []
        blocks += [{"type": "text", "text": answer.text}] if answer.text else []
        image = {"type": "image_url", "image_url": {"url": answer.image}}
        message[_BLOCKS] = [*blocks, image] if answer.image else blocks
    elif answer.reasoning and style.reasoning not in {"", "content"}:
        message[style.reasoning] = answer.reasoning
    if answer.audio:
        message["audio"] = answer.audio
    return message


def _call(call: ToolCall, name: str) -> Json:
    extra = call.extra if name == "gemini" else {}
    objects = STYLES[name].calls == "objects"
    arguments = json.loads(call.arguments or "{}") if objects else call.arguments
    function = {"name": call.name, "arguments": arguments, **extra}
    known = {} if STYLES[name].lacks == "id" else {"id": call.id}
    return {**known, "type": "function", "function": function}


def _finish(answer: Answer, name: str) -> str:
    """Why it ended, in the provider's word."""
    if name == "gemini" and answer.tool_calls:
        return "stop"
    if name in _CLAUDE and answer.finish_reason == "length":
        return "max_tokens"
    return answer.finish_reason


def _usage(tokens: Usage, name: str) -> Json:
    """The token counts; Claude has names of its own beside the common ones."""
    counts: Json = {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
        "prompt_tokens_details": {
            "audio_tokens": tokens.prompt_audio,
            "cached_tokens": tokens.cached,
        },
    }
    if name in _CLAUDE:
        written = {"cache_creation_input_tokens": tokens.cache_written}
        return counts | {"cache_read_input_tokens": tokens.cached, **written}
    details = {"audio_tokens": tokens.completion_audio, "reasoning_tokens": tokens.reasoning}
    return counts | {"completion_tokens_details": details}


def _sources(answer: Answer) -> Json:
    """Perplexity's citations, at the top of the answer and of each chunk."""
    results = [{"title": "[sandbox] source", "url": url} for url in answer.citations]
    return {"citations": list(answer.citations), "search_results": results} if results else {}


def _grounding(answer: Answer) -> Json:
    """Gemini's way to name its sources, inside the choice."""
    sources = [{"web": {"uri": url, "title": url}} for url in answer.citations]
    return {"groundingMetadata": {"groundingChunks": sources}} if sources else {}
