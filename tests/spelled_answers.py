"""Answers at random, whole and in events, as providers spell them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from strategies import JSON, WORDS, Json

THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "s"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
CALL = {
    "index": 0,
    "id": "x",
    "type": "function",
    "function": {"name": "add", "arguments": "{}", "thought_signature": "t"},
}
MESSAGE: Json = {
    "role": "assistant",
    "content": "Hi",
    "reasoning_content": "Hm",
    "reasoning": "Hm",
    "content_blocks": [THOUGHT, PICTURE, {"index": 1, "delta": {"text": "Hi", "data": "d"}}],
    "tool_calls": [CALL, None],
    "function_call": {"name": "add", "arguments": "{}"},
    "audio": {"id": "a", "data": "AA==", "transcript": "Hi", "expires_at": 9},
    "refusal": "No",
    "annotations": [1],
}
TOKEN = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105]}
CHOICE: Json = {
    "index": 0,
    "delta": MESSAGE,
    "finish_reason": "stop",
    "logprobs": {"content": [{**TOKEN, "top_logprobs": [TOKEN]}, TOKEN], "refusal": None},
    "content_filter_results": {"hate": {"filtered": False}},
    "error": None,
}
EVENT: Json = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [CHOICE, {**CHOICE, "index": 1}],
    "usage": {
        "prompt_tokens": 1,
        "completion_tokens": 1,
        "total_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 1},
    },
    "citations": ["https://a"],
    "search_results": [{"url": "https://a", "title": "A", "snippet": "a"}],
    "prompt_filter_results": [{}],
    "system_fingerprint": "f",
    "user_tier": "seed",
    "error": None,
}
"""Everything that one event of a stream may hold, once."""

WHOLE: Json = {
    **EVENT,
    "object": "chat.completion",
    "choices": [{**{k: v for k, v in CHOICE.items() if k != "delta"}, "message": MESSAGE}],
}
"""The same as a whole answer."""


@dataclass(frozen=True)
class Call:
    """One tool call; without an id the provider gave none."""

    name: str
    arguments: str
    id: str | None = None
    extra: Json = field(default_factory=dict)

    def wire(self, arguments: str | None = None) -> Json:
        """The call, or its first piece with other arguments."""
        text = self.arguments if arguments is None else arguments
        function = {"name": self.name, "arguments": text, **self.extra}
        named = {} if self.id is None else {"id": self.id}
        return {**named, "type": "function", "function": function}


@dataclass(frozen=True)
class Spelled:
    """One answer, whole and in events, as one and the same provider would send it.

    Attributes:
        whole: The body of an answer that does not stream.
        events: What a stream sends.
        text: The text of the answer.
        reasoning: What is thought.
        calls: The tools that are called.
    """

    whole: Json
    events: list[Json]
    text: str
    reasoning: str
    calls: list[Call]

    @property
    def stream(self) -> bytes:
        """The events as a stream; what else may stand in one is tried in `test_sse`."""
        return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in self.events)


ARGUMENTS = st.one_of(
    st.dictionaries(WORDS, JSON, max_size=2).map(json.dumps),
    st.sampled_from(("", " ", "{}", '{"id": 123456789012345678901234}', '{"a": "x\ny"}')),
)
"""The arguments of a call: JSON, or what models write in place of it."""

BROKEN_ARGUMENTS = st.sampled_from(
    ('{"a": 1', '{"path": "/home', '{"a": "x\\', '{"a": [1, {"b": "c', "[1]", "3", "null", "{} x")
)
"""Arguments that are not a JSON object, as of an answer that reached its limit."""


def _calls(draw: st.DrawFn, *, broken: bool) -> list[Call]:
    arguments = ARGUMENTS | BROKEN_ARGUMENTS if broken else ARGUMENTS
    pairs = draw(st.lists(st.tuples(st.sampled_from(("add", "now")), arguments), max_size=3))
    extra = draw(st.sampled_from(({}, {"thought_signature": "t"})))
    return [Call(name, text, f"call-{n}", extra) for n, (name, text) in enumerate(pairs)]


def _thought(piece: str, spellings: Sequence[str]) -> Json:
    block = [{"index": 0, "delta": {"thinking": piece}}]
    return {name: block if name == "content_blocks" else piece for name in spellings}


def _word(piece: str, *, twice: bool, shape: str) -> Json:
    blocks = {"content_blocks": [{"index": 1, "delta": {"text": piece}}]}
    return {"content": _shaped(piece, shape)} | (blocks if twice else {})


def _shaped(text: str, shape: str) -> Any:
    """A text as a string, as Mistral's blocks, or as one block."""
    block = text_block(text)
    return {"blocks": [block], "block": block, "strings": [text]}.get(shape, text)


def _halved(pieces: list[str]) -> list[str]:
    """The same text, cut in the middle of each character that UTF-16 spells with two units."""
    units = memoryview("".join(pieces).encode("utf-16-le", "surrogatepass")).cast("H")
    text = "".join(map(chr, units))
    cut = re.split("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])", text)
    return [piece for piece in cut if piece]


def _call(draw: st.DrawFn, place: int, call: Call, counted: str) -> list[Json]:
    """One call, whole or in pieces; counted by index, by new ids on one index, or not at all."""
    index = {"index": 0 if counted == "ids" else place} if counted != "neither" else {}
    size = len(call.arguments)
    cut = draw(st.integers(0, size)) if counted != "neither" else size
    first = {**index, **call.wire(call.arguments[:cut])}
    if not cut and draw(st.booleans()):
        del first["function"]["arguments"]  # Bedrock's first piece
    deltas = [{"tool_calls": [first]}]
    for n, piece in enumerate(_halved([call.arguments[cut:]])):
        named = {"id": f"more-{place}-{n}"} if counted == "an id for each piece" else {}
        deltas.append({"tool_calls": [{**index, **named, "function": {"arguments": piece}}]})
    return deltas


def _interleaved(draw: st.DrawFn, channels: list[list[Json]]) -> list[Json]:
    """The deltas of all channels in one order; within a channel nothing changes places."""
    order = [number for number, channel in enumerate(channels) for _ in channel]
    waiting = [iter(channel) for channel in channels]
    return [next(waiting[number]) for number in draw(st.permutations(order))]


USAGE: Json = {
    "prompt_tokens": 7,
    "completion_tokens": 5,
    "total_tokens": 12,
    "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": None},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
HEAD: Json = {"id": "c1", "created": 1, "model": "m-1"}


def _counted(draw: st.DrawFn, events: list[Json]) -> list[Json]:
    """The usage as Azure, Gemini, Bedrock or Anthropic on Vertex send it."""
    match draw(st.sampled_from(("extra", "growing", "last", "twice"))):
        case "growing":
            some = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
            return [*({**event, "usage": some} for event in events[:-1]), events[-1] | usage()]
        case "last":
            return [*events[:-1], events[-1] | usage()]
        case "twice":
            return [*events[:-1], events[-1] | usage(), {**HEAD, "choices": [], **usage()}]
        case _:
            return [*events, {**HEAD, "choices": [], **usage()}]


def usage() -> Json:
    return {"usage": USAGE}


def text_block(text: str) -> Json:
    return {"type": "text", "text": text}


def chunk(delta: Json, reason: str | None = None) -> Json:
    """One event with one choice."""
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


@st.composite
def answers(draw: st.DrawFn, *, broken: bool = False) -> Spelled:
    """One answer in a dialect that is made up of real habits.

    Where reasoning stands, whether text comes twice, how calls are counted, cut and named, where
    usage comes, which events are empty: each habit is drawn on its own, and thoughts, words and
    calls come in any order. With `broken`, the arguments of calls may not be JSON.
    """
    thoughts, words = draw(st.lists(WORDS, max_size=4)), draw(st.lists(WORDS, max_size=4))
    calls = _calls(draw, broken=broken)
    spellings = draw(
        st.lists(
            st.sampled_from(("reasoning_content", "reasoning", "content_blocks")),
            min_size=1,
            unique=True,
        )
    )
    twice = draw(st.booleans())
    counted = draw(st.sampled_from(("index", "ids", "neither", "one id", "an id for each piece")))
    if counted == "one id":
        calls = [Call(call.name, call.arguments, "call-0", call.extra) for call in calls]
    elif counted in ("index", "neither") and draw(st.booleans()):
        calls = [Call(call.name, call.arguments, None, call.extra) for call in calls]
    spelled = [_call(draw, place, call, counted) for place, call in enumerate(calls)]
    if counted in ("index", "one id") and draw(st.booleans()):
        # Every piece of every call in one event, with a hole.
        entries = [entry for each in spelled for delta in each for entry in delta["tool_calls"]]
        spelled = [[{"tool_calls": [None, *entries]}]] if entries else []
    shape = draw(st.sampled_from(("string", "string", "strings", "blocks", "block")))
    cut = _halved if draw(st.booleans()) else list[str]
    channels = [
        [_thought(piece, spellings) for piece in cut(thoughts)],
        [_word(piece, twice=twice, shape=shape) for piece in cut(words)],
        [delta for each in spelled for delta in each],
    ]
    deltas = _interleaved(draw, channels)
    signed = {}
    if thoughts and "content_blocks" in spellings and draw(st.booleans()):
        signed = {"signature": "s1"}
        deltas.append({"content_blocks": [{"index": 0, "delta": signed}]})
    drawn = draw(st.booleans())
    if drawn:
        deltas.append({"content_blocks": [{"index": 2, "delta": PICTURE}]})
    reason = draw(st.sampled_from(("stop", "tool_calls", "length", "max_tokens", "brand_new")))
    events = [chunk(delta) for delta in deltas] + [chunk({}, reason)]
    if draw(st.booleans()):
        azure = {"id": "", "model": "", "choices": [], "prompt_filter_results": []}
        events = [azure, chunk({"role": "assistant", "content": ""}), *events]
    events = _counted(draw, events)
    sources = {"citations": ["https://a", "https://b"], "search_results": [{"url": "https://a"}]}
    found = draw(st.sampled_from(({}, sources)))
    events = [{**event, **found} for event in events]
    text, reasoning = "".join(words), "".join(thoughts)
    typed = {0: {"type": "thinking", "thinking": reasoning, **signed}, 1: text_block(text)}
    order = [block["index"] for delta in deltas for block in delta.get("content_blocks", ())]
    blocks = [typed[index] for index in dict.fromkeys(order) if index in typed]
    content = _shaped(text, shape) if text else draw(st.sampled_from((None, "")))
    message: Json = {"role": "assistant", "content": content}
    message |= {name: reasoning for name in spellings if name != "content_blocks" and reasoning}
    message |= {"content_blocks": [*blocks, *([PICTURE] if drawn else [])]}
    message |= {"tool_calls": [call.wire() for call in calls] or None}
    whole = {**HEAD, "choices": [{"message": message, "finish_reason": reason}], **usage(), **found}
    return Spelled(whole, events, text, reasoning, calls)
