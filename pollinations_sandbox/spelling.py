"""A model's answer, and how each provider spells it: whole, and in the chunks of a stream."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

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
class Audio:
    """Speech in the requested format, base64, with the words that were spoken."""

    id: str
    data: str
    transcript: str
    expires_at: int


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
    audio: Audio | None = None
    image: str = ""
    """A data URI of what Gemini drew."""
    finish_reason: str = "stop"
    logprobs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What every piece of one answer carries."""

    id: str
    created: int
    model: str
    style: str
    azure: bool = False


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
        usage: Whether the usage has a chunk of its own, stands in the last one, or both.
    """

    reasoning: str = ""
    text_blocks: bool = False
    opens: bool = True
    calls: Literal["pieces", "each", "objects", "together"] = "pieces"
    arguments: str | None = ""
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
    "usage-twice": Style(usage="twice"),
}


def completion(answer: Answer, stamp: Stamp, *, later: bool) -> Json:
    """The JSON of a whole answer, as `stamp.style` spells it.

    `later` (2026-10) corrects the finish reason beside tool calls and counts some tokens twice.
    """
    reason = "tool_calls" if later and answer.tool_calls else _finish(answer, stamp.style)
    choice: Json = {
        "index": 0,
        "message": _message(answer, stamp.style),
        "finish_reason": reason,
        "logprobs": answer.logprobs,
    }
    body = _bare(stamp, [choice], "chat.completion") | {"usage": _usage(answer.usage, stamp.style)}
    if later:
        body["usage"]["cached_input_tokens"] = answer.usage.cached
        body["usage"]["reasoning_tokens"] = answer.usage.reasoning
        body["usage"]["cache_creation_input_tokens"] = answer.usage.cache_written
    if stamp.azure:
        choice["content_filter_results"] = _SAFE
        body |= {"prompt_filter_results": _FILTERS, "system_fingerprint": "fp_sandbox"}
    if stamp.style == "gemini":
        choice |= {"safetyRatings": [], **_grounding(answer)}
        return body | {"provider": "google-vertex-ai"}
    return body | _sources(answer)


def chunks(answer: Answer, stamp: Stamp) -> list[Json]:
    """The same as a stream, still without framing."""
    style, counts = STYLES[stamp.style], _usage(answer.usage, stamp.style)
    alone = _bare(stamp, []) | {"usage": counts}
    if stamp.style == "whole":
        message = _message(answer, stamp.style)
        for index, call in enumerate(message.get("tool_calls", ())):
            call["index"] = index
        return [_chunk(stamp, message, answer.finish_reason) | {"usage": None}, alone]
    role: Json = {"role": "assistant"}
    empty = None if stamp.style == "openai" and (answer.tool_calls or answer.audio) else ""
    made = [_chunk(stamp, role | {"content": empty})] if style.opens else []
    each = {} if style.opens else role
    made += [_chunk(stamp, each | delta, **extra) for delta, extra in _deltas(answer, stamp.style)]
    end = {} if style.opens else role | {"content": ""}
    made.append(_chunk(stamp, end, _finish(answer, stamp.style)))
    if style.usage != "alone":
        made[-1]["usage"] = counts
    if stamp.style == "anthropic":
        made[0]["usage"] = {"prompt_tokens": answer.usage.prompt}
    elif stamp.style == "gemini":
        for number, one in enumerate(made, 1):
            one["provider"] = "google-vertex-ai"
            one["choices"][0]["safetyRatings"] = []
            one["usage"] = _usage(_part(answer.usage, number / len(made)), stamp.style)
        made[-1]["choices"][0] |= _grounding(answer)
    else:
        made = [one | _sources(answer) for one in made]
    if stamp.azure and stamp.style == "openai":
        blank = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
        made.insert(0, blank | {"prompt_filter_results": _FILTERS})
    return made if style.usage == "last" else [*made, alone]


def pieces(text: str) -> list[str]:
    """The text in pieces of a few words; joined they are the text again."""
    return _WORDS.findall(text)


def _deltas(answer: Answer, name: str) -> Iterator[tuple[Json, Json]]:
    """The deltas between the first and the last, with further keys of their choice."""
    style = STYLES[name]
    yield from ((delta, {}) for delta in _thoughts(answer, style, name))
    tokens = (answer.logprobs or {}).get("content") if name == "openai" else None
    for token in tokens or ():
        yield {"content": token["token"]}, {"logprobs": {"content": [token]}}
    for piece in [] if tokens else pieces(_text(answer, name)):
        block = {"index": int(bool(answer.reasoning)), "delta": {"text": piece}}
        yield {"content": piece, **({_BLOCKS: [block]} if style.text_blocks else {})}, {}
    for image in _image(answer) if style.text_blocks else ():
        yield {_BLOCKS: [{"index": int(bool(answer.reasoning)), "delta": image}]}, {}
    if answer.audio:
        yield from (({"audio": one}, {}) for one in _sound(answer.audio))
    yield from (({"tool_calls": group}, {}) for group in _call_deltas(answer, name) if group)


def _call_deltas(answer: Answer, name: str) -> Iterator[list[Json]]:
    """The `tool_calls` of each delta."""
    style, calls = STYLES[name], [_call(call, name) for call in answer.tool_calls]
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


def _thoughts(answer: Answer, style: Style, name: str) -> Iterator[Json]:
    blank = {} if name == "anthropic" else {"content": ""}
    if style.reasoning == _BLOCKS:
        thinking = [{"thinking": piece} for piece in pieces(answer.reasoning)]
        for one in [*thinking, *([{"signature": answer.signature}] if answer.signature else [])]:
            yield blank | {_BLOCKS: [{"index": 0, "delta": one}]}
    elif style.reasoning not in {"", "content"}:
        yield from ({style.reasoning: piece} for piece in pieces(answer.reasoning))


def _sound(audio: Audio) -> Iterator[Json]:
    yield {"id": audio.id, "transcript": ""}
    yield from ({"transcript": piece} for piece in pieces(audio.transcript))
    yield from ({"data": piece} for piece in _cut(audio.data, _AUDIO_IN_A_PIECE))
    yield {"expires_at": audio.expires_at}


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _chunk(stamp: Stamp, delta: Json, reason: str | None = None, **choice: Any) -> Json:  # noqa: ANN401 - JSON values of every kind
    if stamp.style == "openai":
        filtered = {"content_filter_results": _SAFE} if delta.get("content") else {}
        choice = {"logprobs": None, **filtered} | choice
    return _bare(stamp, [{"index": 0, "delta": delta, "finish_reason": reason, **choice}])


def _bare(stamp: Stamp, choices: list[Json], kind: str = "chat.completion.chunk") -> Json:
    head = {"id": stamp.id, "object": kind, "created": stamp.created}
    return head | {"model": stamp.model, "choices": choices}


def _part(tokens: Usage, share: float) -> Usage:
    """The usage so far: Gemini's grows from chunk to chunk."""
    completion, reasoning = int(tokens.completion * share), int(tokens.reasoning * share)
    return replace(tokens, completion=completion, reasoning=reasoning)


def _message(answer: Answer, name: str) -> Json:
    """The assistant's message."""
    message: Json = {"role": "assistant"}
    content, style = _text(answer, name), STYLES[name]
    if content or name != "gemini":
        message["content"] = content or (None if answer.tool_calls or answer.audio else "")
    if answer.tool_calls:
        message["tool_calls"] = [_call(call, name) for call in answer.tool_calls]
    if style.reasoning == _BLOCKS:
        thinking: Json = {"type": "thinking", "thinking": answer.reasoning}
        thinking |= {"signature": answer.signature} if answer.signature else {}
        text = [{"type": "text", "text": answer.text}] if answer.text else []
        message[_BLOCKS] = [*([thinking] if answer.reasoning else []), *text, *_image(answer)]
    elif answer.reasoning and style.reasoning not in {"", "content"}:
        message[style.reasoning] = answer.reasoning
    if answer.audio:
        message["audio"] = asdict(answer.audio)
    return message


def _image(answer: Answer) -> list[Json]:
    return [{"type": "image_url", "image_url": {"url": answer.image}}] if answer.image else []


def _text(answer: Answer, name: str) -> str:
    """The content; Perplexity thinks aloud in it."""
    if STYLES[name].reasoning == "content" and answer.reasoning:
        return f"<think>\n{answer.reasoning}\n</think>\n\n{answer.text}"
    return "" if answer.audio else answer.text


def _call(call: ToolCall, name: str) -> Json:
    extra = call.extra if name == "gemini" else {}
    objects = STYLES[name].calls == "objects"
    arguments = json.loads(call.arguments or "{}") if objects else call.arguments
    function = {"name": call.name, "arguments": arguments, **extra}
    return {"id": call.id, "type": "function", "function": function}


def _finish(answer: Answer, name: str) -> str:
    """Why it ended, in the provider's word."""
    if name == "gemini" and answer.tool_calls:
        return "stop"
    if name in _CLAUDE and answer.finish_reason == "length":
        return "max_tokens"
    return answer.finish_reason


def _usage(tokens: Usage, name: str) -> Json:
    """The token counts; Claude has names of its own beside the common ones."""
    prompt = {"audio_tokens": tokens.prompt_audio, "cached_tokens": tokens.cached}
    counts: Json = {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
        "prompt_tokens_details": prompt,
    }
    if name in _CLAUDE:
        written = {"cache_creation_input_tokens": tokens.cache_written}
        return counts | {"cache_read_input_tokens": tokens.cached, **written}
    details = {
        "accepted_prediction_tokens": 0,
        "audio_tokens": tokens.completion_audio,
        "reasoning_tokens": tokens.reasoning,
        "rejected_prediction_tokens": 0,
    }
    return counts | {"completion_tokens_details": details}


def _sources(answer: Answer) -> Json:
    """Perplexity's citations, at the top of the answer and of each chunk."""
    if not answer.citations:
        return {}
    results = [{"title": "[sandbox] source", "url": url} for url in answer.citations]
    return {"citations": list(answer.citations), "search_results": results}


def _grounding(answer: Answer) -> Json:
    """Gemini's way to name its sources, inside the choice."""
    found = [{"web": {"uri": url, "title": url}} for url in answer.citations]
    return {"groundingMetadata": {"groundingChunks": found}} if found else {}
