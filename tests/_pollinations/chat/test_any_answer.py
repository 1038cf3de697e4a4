"""Facts about the reader of answers that hold for every answer, tried on answers at random."""

import json
import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from spelled_answers import Spelled, answers

from _pollinations.chat.completion_reader import CompletionReader, read_reply
from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.call import Response
from _pollinations.http.errors import (
    APIConnectionError,
    InterruptedStreamError,
    PollinationsError,
)

MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")


def streamed(stream: bytes) -> tuple[list[Delta], Reply]:
    """The pieces of an answer and the whole of it."""
    reader = CompletionReader(Response(200, {}), None)
    deltas = [*reader.feed(stream), *reader.close()]
    reply = deltas.pop().reply
    assert reply is not None
    return deltas, reply


def plain(*values: object) -> str:
    """What was read, but for the ids that are made up where the provider gave none."""
    return MADE_UP_ID.sub("call_", repr(values))


def alike(reply: Reply) -> Reply:
    """An answer without what only a whole body has, its blocks in one order."""
    return replace(
        reply, raw={}, extra={}, content_blocks=tuple(sorted(reply.content_blocks, key=repr))
    )


@settings(max_examples=250)
@given(spelled=answers(broken=True))
def test_every_dialect_gives_the_same_answer(spelled: Spelled) -> None:
    """Any mixture of habits gives what the whole body gives, each part of it once."""
    whole = read_reply(Response(200, {}, json.dumps(spelled.whole).encode()))
    deltas, reply = streamed(spelled.stream)

    assert (reply.text, reply.reasoning) == (spelled.text, spelled.reasoning)
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [
        (call.name, call.arguments) for call in spelled.calls
    ]
    assert plain(alike(reply)) == plain(alike(whole))
    assert "".join(delta.text for delta in deltas) == reply.text
    assert "".join(delta.reasoning for delta in deltas) == reply.reasoning
    assert [block for delta in deltas for block in delta.blocks] == list(reply.images)
    for place, call in enumerate(reply.tool_calls):
        pieces = [p for delta in deltas for p in delta.tool_calls if p.index == place]
        assert "".join(piece.arguments for piece in pieces) == call.arguments
        assert [piece.id for piece in pieces if piece.id] == [call.id]
        assert [piece.name for piece in pieces if piece.name] == [call.name]


def broken_off(
    stream: bytes, reset: PollinationsError | None
) -> tuple[list[Delta], PollinationsError | None]:
    """The pieces of a stream that ends here, and the error that it ends with."""
    reader = CompletionReader(Response(200, {}), None)
    deltas: list[Delta] = []
    try:
        deltas.extend(reader.feed(stream))
        deltas.extend(reader.close() if reset is None else reader.fail(reset))
    except PollinationsError as error:
        return deltas, error
    return deltas, None


@settings(max_examples=100)
@given(spelled=answers(broken=True), share=st.floats(0, 1), reset=st.booleans())
def test_a_stream_that_ends_anywhere_is_whole_or_an_error(
    spelled: Spelled, share: float, *, reset: bool
) -> None:
    """Cut or reset at any byte, it raises with what was handed out, or nothing is missing."""
    broken = APIConnectionError("reset by peer") if reset else None
    beginning = spelled.stream[: int(len(spelled.stream) * share)]
    deltas, error = broken_off(beginning, broken)
    text = "".join(delta.text for delta in deltas)
    reasoning = "".join(delta.reasoning for delta in deltas)

    if error is None:
        reply = deltas[-1].reply
        whole = read_reply(Response(200, {}, json.dumps(spelled.whole).encode()))
        assert reply is not None
        assert (text, reasoning) == (spelled.text, spelled.reasoning)
        assert reply.finish_reason == whole.finish_reason
        assert plain(reply.tool_calls) == plain(whole.tool_calls)
    else:
        assert error is broken or isinstance(error, InterruptedStreamError)
        assert error is broken or error.__cause__ is broken
        assert (text, reasoning) == (error.text, error.reasoning)
        assert spelled.text.startswith(text)
