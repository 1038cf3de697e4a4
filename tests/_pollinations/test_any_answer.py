"""Facts about the reader that hold for every answer, tried on answers at random."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _pollinations.answer import Delta, Reply
from _pollinations.call import Response
from _pollinations.completions import CompletionReader, read_reply
from _pollinations.draft import Draft
from _pollinations.error_reader import error_from
from _pollinations.errors import PollinationsError

Json = dict[str, Any]
RANDOM = settings(derandomize=True, max_examples=150, deadline=None)
WORDS = st.text(min_size=1, max_size=8)
KEYS = (
    *("message", "error", "code", "type", "status", "details", "cause", "index", "id", "name"),
    *("function", "arguments", "delta", "text", "thinking", "retryAfterSeconds"),
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from((10**400, -1, 0, 429, 1e300, float("nan"), float("inf"), 0.5)),
        st.text(max_size=8),
        st.sampled_from(("²", "429", "\ud800", "stop", "error", '{"message":"{\\"error\\":1}"}')),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)

THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "s"}
CALL = {
    "index": 0,
    "id": "x",
    "type": "function",
    "function": {"name": "add", "arguments": "{}", "thought_signature": "t"},
}
SAID = {
    "role": "assistant",
    "content": "Hi",
    "reasoning_content": "Hm",
    "reasoning": "Hm",
    "content_blocks": [THOUGHT, {"index": 1, "delta": {"text": "Hi", "data": "d"}}],
    "tool_calls": [CALL, None],
    "function_call": {"name": "add", "arguments": "{}"},
    "audio": {"id": "a", "data": "AA==", "transcript": "Hi", "expires_at": 9},
    "refusal": "No",
    "annotations": [1],
}
CHOICE = {
    "index": 0,
    "delta": SAID,
    "finish_reason": "stop",
    "logprobs": {"content": [{"token": "Hi"}], "refusal": None},
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
    "search_results": [{}],
    "prompt_filter_results": [{}],
    "system_fingerprint": "f",
    "user_tier": "seed",
    "error": None,
}
ERROR: Json = {
    "success": False,
    "error": {
        "message": '{"error":"Bad","details":{"error":{"message":"inner","code":"429"}}}',
        "code": "RATE_LIMITED",
        "timestamp": "2026-01-21T00:00:00.000Z",
        "details": {"name": "E", "formErrors": ["a"], "fieldErrors": {"b": ["c"]}, "stack": "s"},
        "cause": {"name": "C"},
        "requestId": "r",
    },
    "status": 429,
    "retryAfterSeconds": 3.5,
}


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [path, *(found for key, item in inner for found in places(item, (*path, key)))]


def with_other(value: Any, path: tuple[Any, ...], other: object) -> Any:
    """The value with something else at a place."""
    if not path:
        return other
    made = value.copy()
    made[path[0]] = with_other(value[path[0]], path[1:], other)
    return made


EVENT_PLACES = st.sampled_from(places(EVENT))
ERROR_PLACES = st.sampled_from(places(ERROR))


@RANDOM
@given(path=EVENT_PLACES, other=JSON, message=st.booleans())
def test_any_value_in_any_field_is_read_or_told(
    path: tuple[Any, ...], other: object, message: bool
) -> None:
    """Whatever stands in a field, the answer is read, or an error of ours says what is wrong."""
    event = with_other(EVENT, path, other)
    text = json.dumps(event)
    if message:
        text = text.replace('"delta": {"role"', '"message": {"role"')

    def read_draft() -> None:
        draft = Draft({})
        draft.take(json.loads(text))
        repr(draft.finish().metadata)

    def read_stream() -> None:
        reader = CompletionReader(Response(200, {}), None)
        data = b"data: " + text.encode() + b"\n\n"
        list(reader.feed(data + data))
        list(reader.close())

    for read in (read_draft, read_stream, lambda: read_reply(Response(200, {}, text.encode()))):
        with suppress(PollinationsError):
            read()


@RANDOM
@given(path=ERROR_PLACES, other=JSON, status=st.sampled_from((200, 400, 402, 422, 429, 500)))
def test_any_value_in_any_field_of_an_error_is_told(
    path: tuple[Any, ...], other: object, status: int
) -> None:
    """Whatever an error's body holds, it becomes an error with words."""
    error = error_from(status, {}, json.dumps(with_other(ERROR, path, other)).encode())

    assert error.message
    assert str(error)
    assert repr(error.response.json() if error.response else "")


@RANDOM
@given(
    status=st.integers(300, 599),
    body=st.binary(max_size=60)
    | st.text(max_size=30).map(str.encode)
    | JSON.map(repr).map(str.encode),
    wait=st.text(max_size=12)
    | st.sampled_from(("nan", "-1", "1e400", "Wed, 21 Oct 2099 99:00 +9999")),
)
def test_any_bytes_become_an_error(status: int, body: bytes, wait: str) -> None:
    """Any body and any Retry-After give an error with words and a sensible wait."""
    error = error_from(status, {"retry-after": wait}, body)

    assert error.message
    assert error.retry_after is None or 0 <= error.retry_after < 1e10


@pytest.mark.parametrize("depth", [150, 900, 100_000])
def test_depth_does_no_harm(depth: int) -> None:
    """JSON that is nested without end becomes an error, not a crash."""
    nested = b'{"error":' * depth + b"1" + b"}" * depth

    assert error_from(500, {}, nested).message
    with pytest.raises(PollinationsError):
        read_reply(Response(200, {}, nested))


Call = tuple[str, str]


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[str], list[str], list[Call]]:
    """The pieces of a reasoning, of a text, and whole tool calls."""
    arguments = st.dictionaries(WORDS, st.integers(), max_size=2).map(json.dumps)
    calls = st.lists(st.tuples(st.sampled_from(("add", "now")), arguments), max_size=3)
    return draw(st.lists(WORDS, max_size=4)), draw(st.lists(WORDS, max_size=4)), draw(calls)


def thoughts(draw: st.DrawFn, pieces: list[str]) -> list[Json]:
    block = [{"index": 0, "delta": {"thinking": None}}]
    spelling = draw(
        st.sets(st.sampled_from(("reasoning_content", "reasoning", "content_blocks")), min_size=1)
    )
    return [
        {name: with_other(block, (0, "delta", "thinking"), piece) if "_b" in name else piece
         for name in sorted(spelling)}
        for piece in pieces
    ]  # fmt: skip


def said(draw: st.DrawFn, pieces: list[str]) -> list[Json]:
    twice = draw(st.booleans())
    return [
        {"content": piece}
        | ({"content_blocks": [{"index": 1, "delta": {"text": piece}}]} if twice else {})
        for piece in pieces
    ]


def called(draw: st.DrawFn, calls: list[Call]) -> list[Json]:
    """The calls: whole or in pieces; by index, by new ids on one index, or by nothing at all."""
    counted = draw(st.sampled_from(("index", "ids", "neither")))
    deltas = []
    for place, (name, arguments) in enumerate(calls):
        keys = {"index": place} if counted == "index" else {"index": 0} if counted == "ids" else {}
        own = {} if counted == "neither" else {"id": f"call_{place}"}
        cut = draw(st.integers(0, len(arguments))) if counted != "neither" else len(arguments)
        first = {"name": name, "arguments": arguments[:cut]}
        deltas.append({"tool_calls": [{**keys, **own, "function": first}]})
        if cut < len(arguments):
            deltas.append({"tool_calls": [{**keys, "function": {"arguments": arguments[cut:]}}]})
    if counted == "index" and draw(st.booleans()):
        together = [None, *(entry for delta in deltas for entry in delta["tool_calls"])]
        return [{"tool_calls": together}]
    return deltas


def chunk(delta: Json, reason: str | None = None) -> Json:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


@st.composite
def spelled(draw: st.DrawFn) -> tuple[Json, bytes]:
    """One answer, as a whole body and as a stream in a dialect made up of real habits."""
    reasoning, text, calls = draw(answers())
    deltas = [*thoughts(draw, reasoning), *said(draw, text), *called(draw, calls)]
    usage = {"prompt_tokens": 3, "completion_tokens": len(deltas)}
    events = [chunk(delta) for delta in deltas]
    if draw(st.booleans()):
        events = [{"choices": []}, chunk({"role": "assistant", "content": ""}), *events]
    if draw(st.booleans()):
        events = [{**event, "usage": {"prompt_tokens": 3}} for event in events]
    events += [chunk({}, "stop"), {"choices": [], "usage": usage}]
    payloads = [json.dumps(event, ensure_ascii=draw(st.booleans())) for event in events]
    payloads += draw(st.sampled_from(([], ["[DONE]"])))
    end = draw(st.sampled_from(("\n", "\r\n", "\r")))
    lines = [draw(st.sampled_from(("", f": ping{end}"))) + f"data: {p}{end}{end}" for p in payloads]
    stream = "".join(lines).encode("utf-8", "surrogatepass")
    functions = [{"name": name, "arguments": arguments} for name, arguments in calls]
    message = {
        "content": "".join(text),
        "reasoning_content": "".join(reasoning),
        "tool_calls": [{"id": str(n), "function": f} for n, f in enumerate(functions)],
    }
    whole = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
    return whole, stream


def streamed(stream: bytes, cuts: list[int]) -> tuple[list[Delta], Reply]:
    reader = CompletionReader(Response(200, {}), None)
    ends = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    deltas = [d for a, b in pairwise(ends) for d in reader.feed(stream[a:b])]
    deltas += reader.close()
    reply = deltas.pop().reply
    assert reply is not None
    return deltas, reply


def told(reply: Reply) -> tuple[str, str, list[Call]]:
    return reply.text, reply.reasoning, [(call.name, call.arguments) for call in reply.tool_calls]


@RANDOM
@given(made=spelled(), cuts=st.lists(st.integers(0, 2_000), max_size=8))
def test_every_dialect_tells_the_same_answer(made: tuple[Json, bytes], cuts: list[int]) -> None:
    """Any mixture of habits, cut anywhere, gives what the whole body gives."""
    whole, stream = made
    expected = read_reply(Response(200, {}, json.dumps(whole).encode()))
    deltas, reply = streamed(stream, cuts)

    assert told(reply) == told(expected)
    assert reply.usage is not None
    assert expected.usage is not None
    assert reply.usage.total == expected.usage.total
    assert "".join(delta.text for delta in deltas) == reply.text
    assert "".join(delta.reasoning for delta in deltas) == reply.reasoning
    assert [d.raw for d in deltas] == [d.raw for d in streamed(stream, [])[0]]
