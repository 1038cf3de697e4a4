"""Whole answers and the sums of their pieces, in every dialect, are the same LangChain messages."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from langchain_core.messages import AIMessage, message_chunk_to_message
from odd_answers import NO_ANSWERS, ODD_ANSWERS
from strategies import EVENT, RANDOM, WHOLE, Json, Spelled, answers, every_spoiled, spoiled

from _pollinations.chat.completions import CompletionReader, read_reply
from _pollinations.http.call import Response
from _pollinations.http.errors import PollinationsError
from langchain_pollinations.from_wire import from_delta, from_reply
from langchain_pollinations.to_wire import to_wire

ASKED = {"model": "openai", "seed": 7, "audio": {"format": "pcm16"}}
MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")


def whole(body: object) -> AIMessage:
    """The message of a whole answer."""
    return from_reply(read_reply(Response(200, {}, json.dumps(body).encode())), body=ASKED)


def summed(*events: object) -> AIMessage:
    """The chunks of a stream, added as LangChain adds them."""
    reader = CompletionReader(Response(200, {}), None)
    stream = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    deltas = [*reader.feed(stream), *reader.close()]
    chunks = [from_delta(delta, body=ASKED) for delta in deltas]
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


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_an_odd_stream_makes_a_message(name: str) -> None:
    """Text, calls and usage are those of the answer, and can be written as UTF-8."""
    odd = ODD_ANSWERS[name]
    message = summed(*odd.stream)

    assert message.text == odd.text
    assert tuple((call["name"], call["args"]) for call in message.tool_calls) == odd.calls
    assert len({call["id"] for call in message.tool_calls}) == len(odd.calls)
    assert message.model_dump_json().encode()
    if odd.cached is not None:
        assert message.usage_metadata is not None
        assert message.usage_metadata["input_token_details"]["cache_read"] == odd.cached
    (wire,) = to_wire([message])
    assert len(wire.get("tool_calls", ())) == len(odd.calls)
    assert "function_call" not in wire


@pytest.mark.parametrize("body", NO_ANSWERS)
@pytest.mark.parametrize("make", [whole, summed])
def test_a_body_without_a_message_is_no_answer(
    body: Json, make: Callable[[Any], AIMessage]
) -> None:
    """It is an error, never an empty message."""
    with pytest.raises(PollinationsError):
        make(body)


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
