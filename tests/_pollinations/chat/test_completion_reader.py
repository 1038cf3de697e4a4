"""How one streamed answer is read: its pieces, its end, and ends that are none."""

import json
from typing import Any
from unittest.mock import ANY

import pytest

from _pollinations.chat.completion_reader import CompletionReader
from _pollinations.chat.reply import Delta
from _pollinations.http.call import Response
from _pollinations.http.errors import (
    APIConnectionError,
    InterruptedStreamError,
    PollinationsError,
    ServerError,
    UnreadableAnswerError,
)

Json = dict[str, Any]
NO_STORE = {"cache-control": "private, no-store"}
DONE = b"data: [DONE]\n\n"


def chunk(delta: Json | None = None, reason: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": reason}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


def text(words: str) -> bytes:
    return chunk({"content": words})


END = chunk(reason="stop")


def read(
    *pieces: bytes, headers: dict[str, str] | None = None, broken: PollinationsError | None = None
) -> list[Delta]:
    """The pieces of the answer; what came before an error is in its notes."""
    reader = CompletionReader(Response(200, headers or {}), "openai")
    deltas: list[Delta] = []
    try:
        for piece in pieces:
            deltas.extend(reader.feed(piece))
        deltas.extend(reader.close() if broken is None else reader.fail(broken))
    except PollinationsError as error:
        error.add_note("".join(delta.text for delta in deltas))
        raise
    assert reader.done
    assert [delta.reply is not None for delta in deltas] == [False] * (len(deltas) - 1) + [True]
    return deltas


def words(deltas: list[Delta]) -> list[str]:
    return [delta.text for delta in deltas if delta.reply is None]


def test_done_ends_a_finished_answer() -> None:
    """After the finish reason, `[DONE]` completes the answer before the connection ends."""
    reader = CompletionReader(Response(200, {}), None)
    deltas = list(reader.feed(text("Hi") + END + DONE + text("more")))

    assert reader.done
    assert words(deltas) == ["Hi"]
    assert list(reader.feed(text("more"))) == []
    assert list(reader.close()) == []
    assert list(reader.fail(APIConnectionError("reset"))) == []


NOISE = b": ping\n\ndata: ping\n\ndata:\n\ndata: [1]\n\nevent: x\n\n"
MARK = b"\xef\xbb\xbf"
WHOLE = {
    "the end without [DONE]": [text("Hi"), END],
    "half an event behind the end": [text("Hi"), END, b'data: {"choices":[],"usa'],
    "comments and other payloads": [NOISE, text("Hi"), NOISE, END, NOISE],
    "an indented event": [b"data:   " + text("Hi")[6:], END],
}


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_with_a_finish_reason_is_whole(name: str) -> None:
    """Whatever else stands in the stream, and also if the connection breaks behind it."""
    assert words(read(*WHOLE[name])) == ["Hi"]
    assert words(read(text("Hi"), END, broken=APIConnectionError("reset"))) == ["Hi"]


INTERRUPTED, UNREADABLE = InterruptedStreamError, UnreadableAnswerError
BROKEN: list[tuple[type[PollinationsError], str, list[bytes]]] = [
    *((INTERRUPTED, "without a finish reason", [text("Hel"), end]) for end in (b"", DONE)),
    (INTERRUPTED, "without a finish reason", [text("Hel"), b'data: {"choices":[{"delta":{"con']),
    (INTERRUPTED, "its last line was 'upstream error: x'", [text("Hel"), b"upstream error: x\n"]),
    *((INTERRUPTED, "before it began", [piece]) for piece in (b"", b": ping\n\n", DONE)),
    (UNREADABLE, "not valid JSON", [text("Hel"), b'data: {"choices":\n\n', text("lo"), END]),
    (UNREADABLE, "no choices with a message", [END.replace(b'"delta": {}, ', b""), DONE]),
    (UNREADABLE, "Just a moment", [b"<html><head><title>Just a moment</title></head></html>\n"]),
    (ServerError, "Overloaded", [text("Hel"), b'data: {"error":{"message":"Overloaded"}}\n\n']),
    (ServerError, "Overloaded", [b'{"error":{"message":"Overloaded"}}']),
    (ServerError, "Overloaded", [text("Hel"), b'event: error\ndata: {"message":"Overloaded"}\n\n']),
]


@pytest.mark.parametrize(("kind", "message", "pieces"), BROKEN)
def test_an_answer_that_is_not_whole_is_an_error(
    kind: type[PollinationsError], message: str, pieces: list[bytes]
) -> None:
    """It holds what was handed out, and no broken event is skipped."""
    headers = {"x-request-id": "r1", "x-cache": "HIT"}
    with pytest.raises(kind, match=message) as caught:
        read(*pieces, headers=headers)

    error = caught.value
    assert error.text == ("Hel" if pieces[0] == text("Hel") else "")
    assert error.__notes__ == [error.text]
    assert (error.model, error.request_id) == ("openai", "r1")
    assert error.retryable is (kind is not UNREADABLE)
    assert error.cached is (message != "Just a moment")


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_half_a_character_comes_at_the_end(kind: str) -> None:
    """A first half whose second never came is a piece of its own before the last."""
    call = b'"tool_calls":[{"function":{"name":"f","arguments":"\\ud83d"}}]'
    choice = b'{"message":{"content":"a\\ud83d",' + call + b'},"finish_reason":"stop"}'
    deltas = read(b'{"choices":[' + choice + b"]}", headers={"content-type": kind})
    streamed = read(text("\ud83d"), text("a\ud83d"), text("\ude00\ud83d"), END)

    assert words(deltas) == ["a", "\ud83d"]
    assert words(streamed) == ["\ud83da", "\U0001f600", "\ud83d"]
    assert [one.reply.text for one in streamed if one.reply] == ["\ud83da\U0001f600\ud83d"]
    assert [one.arguments for delta in deltas for one in delta.tool_calls] == ["", "\ud83d"]


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_one_json_body_is_an_answer_too(kind: str) -> None:
    """A gateway that answers a stream with one body is understood, also if it is an error."""
    call = {"type": "function", "function": {"name": "now", "arguments": "{}"}}
    message = {"content": "No error.", "tool_calls": [call]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    headers = {"content-type": kind, "x-model-used": "m"}
    deltas = read(MARK + body[:20], body[20:], headers=headers)
    reply = deltas[-1].reply

    assert words(deltas) == ["No error."]
    assert reply is not None
    assert (reply.raw, reply.headers["x-model-used"]) == (json.loads(body), "m")
    assert deltas[0].tool_calls[0].id == reply.tool_calls[0].id
    with pytest.raises(ServerError, match="Broken"):
        read(b'{"error":{"message":"Broken"}}', headers={"content-type": kind})


@pytest.mark.parametrize(
    ("pieces", "handed_out"),
    [
        (["Hi", " there"], [["Hi"], [" there"]]),
        (["The", " bee", "s"], [[], ["The", " bee"], ["s"]]),
        (["The account behind", " it", "."], [[], ["The account behind", " it"], ["."]]),
        (["T", "he API", " key used for this request ", "is"], [[], [], [], []]),
        (["The API key used for this request ", "x" * 999], [[], [ANY, "x" * 999]]),
    ],
)
def test_an_uncached_answer_is_yielded_as_it_comes(
    pieces: list[str], handed_out: list[list[str]]
) -> None:
    """Only what may be the beginning of a refusal waits, and only while it may be one."""
    reader = CompletionReader(Response(200, NO_STORE), None)

    assert [[delta.text for delta in reader.feed(text(piece))] for piece in pieces] == handed_out


def test_what_begins_like_a_refusal_may_be_an_answer() -> None:
    """A refusal neither thinks nor calls."""
    call = {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}
    for first in (chunk({"reasoning": "Hm"}), chunk(call)):
        reader = CompletionReader(Response(200, NO_STORE), None)
        assert len(list(reader.feed(text("The") + first))) == 2
