"""Whole answers and the sums of their pieces, in every dialect, are the same LangChain messages."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from langchain_core.messages import AIMessage, message_chunk_to_message
from strategies import EVENT, RANDOM, WHOLE, Json, Spelled, answers, every_spoiled, spoiled

from _pollinations.chat.completions import CompletionReader, read_reply
from _pollinations.http.call import Response
from _pollinations.http.errors import PollinationsError
from langchain_pollinations.messages import from_delta, from_reply, to_wire

ASKED = {"model": "openai", "seed": 7, "audio": {"format": "pcm16"}}
MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")


def whole(body: object) -> AIMessage:
    """The message of a whole answer."""
    return from_reply(read_reply(Response(200, {}, json.dumps(body).encode())), asked=ASKED)


def summed(*events: object) -> AIMessage:
    """The chunks of a stream, added as LangChain adds them."""
    reader = CompletionReader(Response(200, {}), None)
    stream = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    deltas = [*reader.feed(stream), *reader.close()]
    chunks = [from_delta(delta, asked=ASKED) for delta in deltas]
    total = chunks[0] if len(chunks) == 1 else chunks[0] + chunks[1:]  # type: ignore[operator] # it takes lists
    message = message_chunk_to_message(total)
    assert isinstance(message, AIMessage)
    return message


def told(message: AIMessage) -> Json:
    """What there is to a message, but for ids and words of errors that are made up."""
    dumped = message.model_dump(exclude={"id"})
    for call in dumped["invalid_tool_calls"]:
        call.pop("error")
    for name in ("object", "prompt_filter_results"):
        dumped["response_metadata"].pop(name, None)
    made: Json = json.loads(MADE_UP_ID.sub("call_", json.dumps(dumped)))
    return made


@settings(RANDOM, max_examples=150)
@given(spelled=answers())
def test_the_sum_of_the_pieces_is_the_message(spelled: Spelled) -> None:
    """Text, reasoning, calls, pictures, usage, sources: nothing differs but the way it came."""
    assert told(summed(*spelled.events)) == told(whole(spelled.whole))


@settings(RANDOM, max_examples=150)
@given(spelled=answers(broken=True))
def test_no_half_arguments_pass_for_whole_ones(spelled: Spelled) -> None:
    """A call whose arguments are no object is invalid in the sum of a stream too."""
    valid = [(call["name"], repr(call["args"])) for call in whole(spelled.whole).tool_calls]
    message = summed(*spelled.events)

    assert [(call["name"], repr(call["args"])) for call in message.tool_calls] == valid
    assert len(message.tool_calls) + len(message.invalid_tool_calls) == len(spelled.calls)


@pytest.mark.parametrize(("event", "make"), [(EVENT, summed), (WHOLE, whole)])
def test_whatever_can_be_read_makes_a_message(
    event: Json, make: Callable[[Any], AIMessage]
) -> None:
    """Any value in any field that the reader takes is taken by the messages, and told again."""

    def read(value: object) -> None:
        with suppress(PollinationsError):
            assert to_wire([make(value)])

    @settings(RANDOM, max_examples=100)
    @given(value=spoiled(event))
    def read_any(value: Any) -> None:
        read(value)

    assert to_wire([make(event)])
    for value in every_spoiled(event):
        read(value)
    read_any()
