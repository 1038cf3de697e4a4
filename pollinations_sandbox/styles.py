"""An answer as each provider streams it: chunks, still without framing."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pollinations_sandbox.answer import Answer, Usage
from pollinations_sandbox.spell import (
    SAFE,
    Json,
    Stamp,
    finish,
    grounding,
    message,
    sources,
    spoken,
    tool_call,
    usage,
)

Style = Callable[[Answer, Stamp], Iterator[Json]]

_WORD: Final = re.compile(r"\s*\S{1,20}|\s+$")
_WORDS_IN_A_PIECE: Final = 4
_ARGUMENTS_IN_A_PIECE: Final = 16
_AUDIO_IN_A_PIECE: Final = 4096


def pieces(text: str) -> list[str]:
    """The text in pieces of a few words; joined they are the text again."""
    words = _WORD.findall(text)
    return [
        "".join(words[start : start + _WORDS_IN_A_PIECE])
        for start in range(0, len(words), _WORDS_IN_A_PIECE)
    ]


def cut(text: str, size: int) -> list[str]:
    """The text in pieces of `size` characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def chunk(stamp: Stamp, delta: Json, reason: str | None = None, **choice: Any) -> Json:  # noqa: ANN401 - JSON values of every kind
    """One chunk with one choice."""
    whole = {"index": 0, "delta": delta, "finish_reason": reason, **choice}
    return bare(stamp, [whole])


def bare(stamp: Stamp, choices: list[Json]) -> Json:
    """A chunk around `choices`, which may be none."""
    return {
        "id": stamp.id,
        "object": "chat.completion.chunk",
        "created": stamp.created,
        "model": stamp.model,
        "choices": choices,
    }


def _openai(answer: Answer, stamp: Stamp) -> Iterator[Json]:
    """Azure: a chunk without choices first, arguments in pieces, usage in a chunk of its own."""
    filters = [{"prompt_index": 0, "content_filter_results": SAFE}]
    yield {
        "id": "",
        "object": "",
        "created": 0,
        "model": "",
        "choices": [],
        "prompt_filter_results": filters,
    }
    role = {"role": "assistant", "content": None if answer.tool_calls or answer.audio else ""}
    yield chunk(stamp, role, logprobs=None)
    if answer.logprobs:
        for token in answer.logprobs["content"]:
            yield chunk(stamp, {"content": token["token"]}, logprobs={"content": [token]})
    else:
        for piece in pieces(spoken(answer, stamp.style)):
            yield chunk(stamp, {"content": piece}, logprobs=None, content_filter_results=SAFE)
    yield from _sound(answer, stamp)
    yield from _calls_in_pieces(answer, stamp, first_arguments="")
    yield chunk(stamp, {}, finish(answer, stamp.style), logprobs=None)
    yield bare(stamp, []) | {"usage": usage(answer.usage, stamp.style)}


def _sound(answer: Answer, stamp: Stamp) -> Iterator[Json]:
    if answer.audio is None:
        return
    yield chunk(stamp, {"audio": {"id": answer.audio.id, "transcript": ""}})
    for piece in pieces(answer.audio.transcript):
        yield chunk(stamp, {"audio": {"transcript": piece}})
    for piece in cut(answer.audio.data, _AUDIO_IN_A_PIECE):
        yield chunk(stamp, {"audio": {"data": piece}})
    yield chunk(stamp, {"audio": {"expires_at": answer.audio.expires_at}})


def _calls_in_pieces(
    answer: Answer, stamp: Stamp, *, first_arguments: str | None
) -> Iterator[Json]:
    """Id and name first (Bedrock leaves `arguments` out there), then the arguments by index."""
    for index, call in enumerate(answer.tool_calls):
        start = {"index": index, **tool_call(call, stamp.style, "")}
        if first_arguments is None:
            del start["function"]["arguments"]
        yield chunk(stamp, {"tool_calls": [start]})
        for piece in cut(call.arguments, _ARGUMENTS_IN_A_PIECE):
            more = {"index": index, "function": {"arguments": piece}}
            yield chunk(stamp, {"tool_calls": [more]})
    if answer.function_call:
        yield chunk(stamp, {"function_call": dict(answer.function_call)})


def _gemini(answer: Answer, stamp: Stamp) -> Iterator[Json]:
    """Vertex: text twice (content and blocks), whole calls, and a usage that grows."""
    said: list[Json] = [
        *(_gemini_block(0, {"thinking": piece}, "") for piece in pieces(answer.reasoning)),
        *(
            _gemini_block(int(bool(answer.reasoning)), {"text": piece}, piece)
            for piece in pieces(answer.text)
        ),
    ]
    for url in answer.images:
        picture = {"type": "image_url", "image_url": {"url": url}}
        block = {"index": int(bool(answer.reasoning)), "delta": picture}
        said.append({"role": "assistant", "content_blocks": [block]})
    said.extend(
        {"role": "assistant", "tool_calls": [{"index": 0, **tool_call(call, stamp.style)}]}
        for call in answer.tool_calls
    )
    for number, delta in enumerate(said, start=1):
        part = _part_of(answer.usage, number / (len(said) + 1))
        yield _gemini_chunk(stamp, delta, None, usage(part, stamp.style), {})
    end = {"role": "assistant", "content": ""}
    counts = usage(answer.usage, stamp.style)
    yield _gemini_chunk(stamp, end, finish(answer, stamp.style), counts, grounding(answer))


def _gemini_block(index: int, block: Json, content: str) -> Json:
    blocks = [{"index": index, "delta": block}]
    return {"role": "assistant", "content": content, "content_blocks": blocks}


def _gemini_chunk(stamp: Stamp, delta: Json, reason: str | None, counts: Json, found: Json) -> Json:
    body = chunk(stamp, delta, reason, safetyRatings=[], **found)
    return body | {"provider": "google-vertex-ai", "usage": counts}


def _part_of(tokens: Usage, share: float) -> Usage:
    return Usage(
        prompt=tokens.prompt,
        completion=int(tokens.completion * share),
        cached=tokens.cached,
        cache_written=tokens.cache_written,
        prompt_audio=tokens.prompt_audio,
        reasoning=int(tokens.reasoning * share),
    )


def _claude(answer: Answer, stamp: Stamp) -> Iterator[Json]:
    """Bedrock: text in content and blocks; a call's first piece has no `arguments`."""
    yield chunk(stamp, {"role": "assistant", "content": ""})
    for block in _thinking(answer):
        yield chunk(stamp, {"content": "", "content_blocks": [block]})
    place = int(bool(answer.reasoning))
    for piece in pieces(answer.text):
        block = {"index": place, "delta": {"text": piece}}
        yield chunk(stamp, {"content": piece, "content_blocks": [block]})
    yield from _calls_in_pieces(answer, stamp, first_arguments=None)
    counts = {"usage": usage(answer.usage, stamp.style)}
    yield chunk(stamp, {}, finish(answer, stamp.style)) | counts


def _anthropic(answer: Answer, stamp: Stamp) -> Iterator[Json]:
    """Claude on Vertex: prompt tokens in the first chunk, text in content only."""
    first = chunk(stamp, {"role": "assistant", "content": ""}, logprobs=None)
    yield first | {"usage": {"prompt_tokens": answer.usage.prompt}}
    for block in _thinking(answer):
        yield chunk(stamp, {"content_blocks": [block]})
    for piece in pieces(answer.text):
        yield chunk(stamp, {"content": piece})
    yield from _calls_in_pieces(answer, stamp, first_arguments="")
    counts = {"usage": usage(answer.usage, stamp.style)}
    yield chunk(stamp, {}, finish(answer, stamp.style)) | counts


def _thinking(answer: Answer) -> list[Json]:
    spelled: list[Json] = [
        {"index": 0, "delta": {"thinking": piece}} for piece in pieces(answer.reasoning)
    ]
    if answer.signature:
        spelled.append({"index": 0, "delta": {"signature": answer.signature}})
    return spelled


def _reasoner(field: str) -> Style:
    """OpenAI's chunks with the reasoning in `delta.<field>`."""

    def style(answer: Answer, stamp: Stamp) -> Iterator[Json]:
        yield chunk(stamp, {"role": "assistant", "content": ""})
        for piece in pieces(answer.reasoning):
            yield chunk(stamp, {field: piece})
        for piece in pieces(answer.text):
            yield chunk(stamp, {"content": piece})
        yield from _calls_in_pieces(answer, stamp, first_arguments="")
        yield chunk(stamp, {}, finish(answer, stamp.style))
        yield bare(stamp, []) | {"usage": usage(answer.usage, stamp.style)}

    return style


def _perplexity(answer: Answer, stamp: Stamp) -> Iterator[Json]:
    """The sources on every chunk, usage in the last, thoughts inside the content."""
    found = sources(answer)
    for piece in pieces(spoken(answer, stamp.style)):
        yield chunk(stamp, {"role": "assistant", "content": piece}) | found
    for each in _calls_in_pieces(answer, stamp, first_arguments=""):
        yield each | found
    last = chunk(stamp, {"role": "assistant", "content": ""}, finish(answer, stamp.style))
    yield last | found | {"usage": usage(answer.usage, stamp.style)}


def _whole(answer: Answer, stamp: Stamp) -> Iterator[Json]:
    """A JSON answer turned into a stream: one chunk with everything, then the usage."""
    said = message(answer, "whole")
    for index, call in enumerate(said.get("tool_calls", ())):
        call["index"] = index
    yield chunk(stamp, said, answer.finish_reason) | sources(answer) | {"usage": None}
    yield bare(stamp, []) | {"usage": usage(answer.usage, "whole")}


STYLES: Final[Mapping[str, Style]] = {
    "openai": _openai,
    "gemini": _gemini,
    "claude": _claude,
    "anthropic": _anthropic,
    "fireworks": _reasoner("reasoning_content"),
    "openrouter": _reasoner("reasoning"),
    "perplexity": _perplexity,
    "whole": _whole,
}
