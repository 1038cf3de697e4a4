"""How one streamed answer is read: its pieces, its end, and ends that are none."""

import json
from typing import Any
from unittest.mock import ANY

import pytest

from _pollinations.chat import completions
from _pollinations.chat.completions import CompletionReader
from _pollinations.chat.reply import Delta
from _pollinations.http.call import Response
from _pollinations.http.errors import (
    APIConnectionError,
    InterruptedStreamError,
    PaymentRequiredError,
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
ZEROS = chunk(reason="stop", usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})


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


def test_the_last_piece_carries_the_whole_answer() -> None:
    """Each visible event is one piece; the reply follows when the answer is complete."""
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n'
    deltas = read(chunk({"role": "assistant"}), text("Hel"), text("lo"), END, usage, DONE)
    reply = deltas[-1].reply

    assert words(deltas) == ["Hel", "lo"]
    assert reply is not None
    assert (reply.text, reply.finish_reason) == ("Hello", "stop")
    assert reply.usage is not None


def test_done_ends_a_finished_answer() -> None:
    """After the finish reason, `[DONE]` completes the answer before the connection ends."""
    reader = CompletionReader(Response(200, {}), None)
    deltas = list(reader.feed(text("Hi") + END + DONE + text("more")))

    assert reader.done
    assert words(deltas) == ["Hi"]
    assert list(reader.feed(text("more"))) == []
    assert list(reader.close()) == []
    assert list(reader.fail(APIConnectionError("reset"))) == []


def test_done_may_be_missing() -> None:
    """The finish reason and the end of the connection complete the answer too."""
    assert words(read(text("Hi"), END)) == ["Hi"]
    assert words(read(text("Hi"), END.rstrip())) == ["Hi"]


@pytest.mark.parametrize("end", [b"", DONE, DONE.strip(), b'data: {"choices":[{"delta":{"con'])
def test_done_alone_proves_nothing(end: bytes) -> None:
    """An answer without a finish reason is broken off, whatever its last line says."""
    with pytest.raises(InterruptedStreamError) as caught:
        read(chunk({"reasoning": "Hm"}), text("Hel"), end, headers={"x-request-id": "r1"})

    assert (caught.value.text, caught.value.reasoning) == ("Hel", "Hm")
    assert (caught.value.model, caught.value.request_id) == ("openai", "r1")
    assert caught.value.retryable
    assert caught.value.__notes__ == ["Hel"]


def test_a_finished_answer_survives_its_connection() -> None:
    """What breaks after the finish reason takes nothing from the answer."""
    assert words(read(text("Hi"), END, broken=APIConnectionError("reset"))) == ["Hi"]
    assert words(read(text("Hi"), END, b'data: {"choices":[],"usa')) == ["Hi"]


def test_a_broken_connection_is_an_interruption() -> None:
    """Once something came, a reset or a timeout is told as an interruption with its cause."""
    reset = APIConnectionError("reset by peer")

    with pytest.raises(InterruptedStreamError, match="reset by peer") as caught:
        read(text("Hel"), broken=reset)

    assert caught.value.text == "Hel"
    assert caught.value.__cause__ is reset


def test_a_connection_that_breaks_at_once_is_just_that() -> None:
    """Before anything came, the connection's own error is the error."""
    with pytest.raises(APIConnectionError, match="reset by peer"):
        read(broken=APIConnectionError("reset by peer"))


def test_an_error_event_ends_the_stream() -> None:
    """An error in the middle is raised with what came before it, and told as cached if it is."""
    event = b'data: {"error":{"message":"Overloaded","type":"overloaded_error"}}\n\n'

    with pytest.raises(ServerError, match="Overloaded") as caught:
        read(text("Hel"), event, DONE, headers={"x-cache": "HIT"})

    assert (caught.value.text, caught.value.model, caught.value.cached) == ("Hel", "openai", True)
    assert caught.value.status == 503


BARE = [
    b'{"error":{"message":"Overloaded","code":503}}\n',
    b'[{"error":{"message":"Overloaded","code":503}}]\n',
    b'{\n "error": {\n  "message": "Overloaded", "code": 503\n }\n}\n',
    b'upstream error\n{"error":{"message":"Overloaded","code":503}}\n',
    b'event: error\ndata: {"message":"Overloaded","code":503}\n\n',
    b'event: error\ndata: {"type":"error","error":{"message":"Overloaded","code":503}}\n\n',
    b"event:error\ndata: Overloaded\n\n",
    b'event: error\n\nevent: error\ndata: "Overloaded"\n\n',
    b'data: [{"error":{"message":"Overloaded","code":503}}]\n\n',
    b'data: \xef\xbb\xbf{"error":{"message":"Overloaded","code":503}}\n\n',
]


@pytest.mark.parametrize("size", [1, 1_000])
@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("error", BARE)
def test_an_error_is_read_in_every_frame(error: bytes, size: int, *, begun: bool) -> None:
    """A named event, a bare line, an array, a mark before it: an error, cut anywhere."""
    stream = text("Hel") * begun + error
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    with pytest.raises(ServerError, match="Overloaded") as caught:
        read(*pieces)

    assert caught.value.text == "Hel" * begun
    assert caught.value.retryable


def test_the_name_of_an_event_holds_for_that_event_only() -> None:
    """What follows an event named error without data is read as usual."""
    stream = b"event: error\n\n", text("Hi"), b"event: error\nevent: message\n", END

    assert words(read(*stream)) == ["Hi"]


def test_a_bare_error_survives_a_broken_connection() -> None:
    """The reason that was given counts, not the connection that ended after it."""
    with pytest.raises(ServerError, match="Overloaded"):
        read(text("Hel"), BARE[0], broken=APIConnectionError("reset"))


def test_a_last_line_that_is_no_event_is_shown() -> None:
    """Some proxies write in words why they end a stream."""
    with pytest.raises(InterruptedStreamError, match="last line was 'upstream error: ECONNRESET'"):
        read(text("Hel"), b"upstream error: ECONNRESET\n")


@pytest.mark.parametrize("mark", [b"data: \xef\xbb\xbf", b"\xef\xbb\xbfdata: "])
def test_a_byte_order_mark_does_no_harm(mark: bytes) -> None:
    """A mark before a payload or a line is no part of it, anywhere in the stream."""
    assert words(read(mark + text("a")[6:], mark + text("b")[6:], END)) == ["a", "b"]

    (delta, end) = read(
        b'\xef\xbb\xbf{"choices":[{"message":{"content":"Hi"}}]}',
        headers={"content-type": "application/json"},
    )

    assert (delta.text, end.reply is not None) == ("Hi", True)


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_half_a_character_comes_at_the_end(kind: str) -> None:
    """What waited in vain for its other half is a piece of its own before the last."""
    choice = b'{"message":{"content":"a\\ud83d"},"finish_reason":"stop"}'
    deltas = read(b'{"choices":[' + choice + b"]}", headers={"content-type": kind})
    streamed = read(text("a\ud83d"), END)

    assert words(deltas) == words(streamed) == ["a", "\ud83d"]


def test_a_choice_without_a_message_is_no_answer() -> None:
    """A stream that ends well and never held a piece of a message is an error."""
    with pytest.raises(UnreadableAnswerError, match="no choices with a message"):
        read(b'data: {"choices":[{"finish_reason":"stop"}]}\n\n', DONE)


def test_keep_alives_are_passed_over() -> None:
    """Comments, other payloads and empty lines between the events do no harm."""
    noise = b": ping\n\ndata: ping\n\ndata:\n\ndata: [1]\n\nevent: x\n\n"

    assert words(read(noise, text("Hi"), noise, END, noise)) == ["Hi"]


def test_space_before_an_event_is_passed_over() -> None:
    """An event may be indented."""
    assert words(read(b"data:   " + text("Hi")[6:], END)) == ["Hi"]


def test_an_event_that_is_no_json_is_an_error() -> None:
    """A broken event is never skipped: something of the answer would be missing."""
    with pytest.raises(UnreadableAnswerError, match="no JSON") as caught:
        read(text("Hel"), b'data: {"choices":\n\n', text("lo"), END)

    assert caught.value.text == "Hel"


def test_a_page_is_no_stream() -> None:
    """A page under status 200 is told as such."""
    with pytest.raises(UnreadableAnswerError, match="Just a moment"):
        read(b"<html><head><title>Just a moment</title></head></html>\n")


@pytest.mark.parametrize("pieces", [(), (b"",), (b": ping\n\n",), (DONE,)])
def test_nothing_is_no_answer(pieces: tuple[bytes, ...]) -> None:
    """A stream without any event of an answer did not begin, and may be asked for again."""
    with pytest.raises(InterruptedStreamError, match="before it began") as caught:
        read(*pieces)

    assert caught.value.retryable


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_one_json_body_is_an_answer_too(kind: str) -> None:
    """A gateway that answers a stream with one body is understood; ids agree."""
    call = {"type": "function", "function": {"name": "now", "arguments": "{}"}}
    message = {"content": "Hi", "tool_calls": [call]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    deltas = read(body[:20], body[20:], headers={"content-type": kind})
    reply = deltas[-1].reply

    assert words(deltas) == ["Hi"]
    assert reply is not None
    assert deltas[0].tool_calls[0].id == reply.tool_calls[0].id


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_one_json_body_may_be_an_error(kind: str) -> None:
    """An error's body instead of a stream is that error."""
    with pytest.raises(ServerError, match="Broken"):
        read(b'{"error":{"message":"Broken"}}', headers={"content-type": kind})


def test_a_refusal_is_not_shown_as_an_answer() -> None:
    """A refusal in a stream's clothes is raised before any of its words are handed out."""
    words = "The API key used for this request has reached its budget."

    with pytest.raises(PaymentRequiredError, match="budget") as caught:
        read(text(words[:20]), text(words[20:]), ZEROS, DONE, headers=NO_STORE)

    assert caught.value.__notes__ == [""]
    assert caught.value.model == "openai"


@pytest.mark.parametrize(
    ("pieces", "given"),
    [
        (["Hi", " there"], [["Hi"], [" there"]]),
        (["The", " bee", "s"], [[], ["The", " bee"], ["s"]]),
        (["The account behind", " it", "."], [[], ["The account behind", " it"], ["."]]),
        (["T", "he API", " key used for this request ", "is"], [[], [], [], []]),
        (["The API key used for this request ", "x" * 999], [[], [ANY, "x" * 999]]),
    ],
)
def test_an_uncached_answer_is_handed_out_as_it_comes(
    pieces: list[str], given: list[list[str]]
) -> None:
    """Only what may be the beginning of a refusal waits, and only while it may be one."""
    reader = CompletionReader(Response(200, NO_STORE), None)

    assert [[delta.text for delta in reader.feed(text(piece))] for piece in pieces] == given


def test_what_begins_like_a_refusal_is_an_answer_if_it_ends_like_one() -> None:
    """With tokens counted, the words are a model's own: they come at the end."""
    pieces = ["The API key used for this request ", "is a secret."]
    counted = chunk(reason="stop", usage={"prompt_tokens": 9, "completion_tokens": 9})

    assert words(read(*map(text, pieces), counted, headers=NO_STORE)) == pieces


def test_thoughts_and_calls_are_handed_out_at_once() -> None:
    """A refusal neither thinks nor calls tools."""
    call = {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}
    for first in (chunk({"reasoning": "Hm"}), chunk(call)):
        reader = CompletionReader(Response(200, NO_STORE), None)

        assert len(list(reader.feed(text("The") + first))) == 2


def test_each_event_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One parse for each event, none for anything else; one piece for each visible event."""
    parsed: list[object] = []
    parse = completions.parse

    def counting(data: bytes) -> object:
        parsed.append(data)
        return parse(data)

    monkeypatch.setattr(completions, "parse", counting)
    events = [text(str(number)) for number in range(50)]
    deltas = read(chunk({"role": "assistant"}), b": ping\n\n", *events, END, DONE)

    assert len(parsed) == 52
    assert len(words(deltas)) == 50

    parsed.clear()
    body = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    read(body, headers={"content-type": "application/json"})

    assert len(parsed) == 1
