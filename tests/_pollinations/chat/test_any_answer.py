"""Facts about the reader of answers that hold for every answer, tried on answers at random."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st
from spelled_answers import CUTS, Spelled, answers, every_byte, framed, packets

from _pollinations.chat.completion_reader import CompletionReader, read_reply
from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.call import Response
from _pollinations.http.errors import (
    APIConnectionError,
    InterruptedStreamError,
    PollinationsError,
)

MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")


def streamed(pieces: list[bytes]) -> tuple[list[Delta], Reply]:
    """The pieces of an answer and the whole of it."""
    reader = CompletionReader(Response(200, {}), None)
    deltas = [delta for piece in pieces for delta in reader.feed(piece)]
    deltas += reader.close()
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
@given(data=st.data(), spelled=answers(broken=True))
def test_every_dialect_gives_the_same_answer(data: st.DataObject, spelled: Spelled) -> None:
    """Any mixture of habits in any framing gives what the whole body gives, each part of it once.

    Comments, line ends, marks and data of several lines change nothing of what is read.
    """
    whole = read_reply(Response(200, {}, json.dumps(spelled.whole).encode()))
    deltas, reply = streamed([data.draw(framed(spelled.payloads))])

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


@settings(max_examples=75)
@given(data=st.data(), spelled=answers(broken=True), cuts=CUTS)
def test_the_cuts_between_packets_do_not_matter(
    data: st.DataObject, spelled: Spelled, cuts: list[int]
) -> None:
    """Any framing of any answer, cut anywhere, gives the same pieces and the same whole."""
    stream = data.draw(framed(spelled.payloads))
    values = plain(*streamed([stream]))

    assert plain(*streamed(packets(stream, cuts))) == values
    assert plain(*streamed(every_byte(stream))) == values


def broken_off(
    stream: bytes, reset: PollinationsError | None
) -> tuple[str, str, Reply | PollinationsError | None]:
    """Text and reasoning that a stream handed out which ends here, and how it ended."""
    reader = CompletionReader(Response(200, {}), None)
    text = reasoning = ""
    reply = None
    try:
        for delta in chain(reader.feed(stream), ended(reader, reset)):
            text, reasoning = text + delta.text, reasoning + delta.reasoning
            reply = delta.reply
    except PollinationsError as error:
        return text, reasoning, error
    return text, reasoning, reply


def ended(reader: CompletionReader, reset: PollinationsError | None) -> Iterator[Delta]:
    yield from reader.close() if reset is None else reader.fail(reset)


@settings(max_examples=100)
@given(data=st.data(), spelled=answers(broken=True), share=st.floats(0, 1), reset=st.booleans())
def test_a_stream_that_ends_anywhere_is_whole_or_an_error(
    data: st.DataObject, spelled: Spelled, share: float, *, reset: bool
) -> None:
    """Cut or reset at any byte, it raises with what was handed out, or nothing is missing."""
    stream = data.draw(framed(spelled.payloads))
    broken = APIConnectionError("reset by peer") if reset else None
    text, reasoning, end = broken_off(stream[: int(len(stream) * share)], broken)

    if isinstance(end, Reply):
        whole = read_reply(Response(200, {}, json.dumps(spelled.whole).encode()))
        assert (text, reasoning) == (spelled.text, spelled.reasoning)
        assert plain(end.tool_calls, end.finish_reason) == plain(
            whole.tool_calls, whole.finish_reason
        )
    else:
        assert end is not None
        assert end is broken or isinstance(end, InterruptedStreamError)
        assert (text, reasoning) == (end.text, end.reasoning)
        assert spelled.text.startswith(text)
