"""Whole answers and the ends of their streams, in any dialect, are the same LlamaIndex messages."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from llama_index.core.base.llms.types import ChatResponse
from odd_answers import NO_ANSWERS, ODD_ANSWERS
from strategies import EVENT, RANDOM, WHOLE, Json, Spelled, answers, every_spoiled, spoiled

from _pollinations.chat.completions import CompletionReader, read_reply
from _pollinations.http.call import Response
from llama_index_pollinations.errors import PollinationsError
from llama_index_pollinations.from_wire import Answer, from_delta, from_reply
from llama_index_pollinations.to_wire import to_wire
from llama_index_pollinations.tools import calls_of

ASKED = {"model": "openai", "seed": 7, "audio": {"format": "pcm16"}}
MADE_UP_ID = re.compile(r"call_[0-9a-f]{32}")


def whole(body: object) -> ChatResponse:
    """The response of a whole answer."""
    return from_reply(read_reply(Response(200, {}, json.dumps(body).encode())), body=ASKED)


def streamed(*events: object) -> list[ChatResponse]:
    """The responses of a stream."""
    reader = CompletionReader(Response(200, {}), None)
    stream = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    deltas = [*reader.feed(stream), *reader.close()]
    answer = Answer()
    return [from_delta(delta, body=ASKED, answer=answer) for delta in deltas]


def last(*events: object) -> ChatResponse:
    """The last response of a stream."""
    return streamed(*events)[-1]


def told(response: ChatResponse) -> Json:
    """A response without made-up ids, its event and its kind of body; its blocks in one order."""
    dumped = response.model_dump(exclude={"raw", "delta"})
    for name in ("object", "prompt_filter_results"):
        dumped["additional_kwargs"].pop(name, None)
    dumped["additional_kwargs"].get("content_blocks", []).sort(key=repr)
    made: Json = json.loads(MADE_UP_ID.sub("call_", json.dumps(dumped, default=str)))
    return made


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_an_odd_stream_makes_a_response(name: str) -> None:
    """Text, calls and usage are those of the answer, and can be written as UTF-8."""
    odd = ODD_ANSWERS[name]
    response = last(*odd.stream)
    calls = calls_of(response) if odd.calls else []

    assert (response.message.content or "") == odd.text
    assert tuple((call.tool_name, call.tool_kwargs) for call in calls) == odd.calls
    assert len({call.tool_id for call in calls}) == len(odd.calls)
    assert response.message.model_dump_json().encode()
    if odd.cached is not None:
        assert response.additional_kwargs["cached_tokens"] == odd.cached
    (wire,) = to_wire([response.message])
    assert len(wire.get("tool_calls", ())) == len(odd.calls)
    assert "function_call" not in wire


@pytest.mark.parametrize("body", NO_ANSWERS)
@pytest.mark.parametrize("make", [whole, last])
def test_a_body_without_a_message_is_no_answer(
    body: Json, make: Callable[[Any], ChatResponse]
) -> None:
    """It is an error, never an empty message."""
    with pytest.raises(PollinationsError):
        make(body)


@settings(RANDOM, max_examples=150)
@given(spelled=answers(broken=True))
def test_the_end_of_a_stream_is_the_message(spelled: Spelled) -> None:
    """Blocks, calls, usage, sources: nothing differs but the way it came."""
    assert told(last(*spelled.events)) == told(whole(spelled.whole))


@settings(RANDOM, max_examples=150)
@given(spelled=answers(broken=True))
def test_what_is_new_adds_up_to_the_message(spelled: Spelled) -> None:
    """Deltas make the text, thinking deltas the reasoning; every response holds all so far."""
    responses = streamed(*spelled.events)
    thoughts = [response.additional_kwargs.get("thinking_delta", "") for response in responses]
    text = ""
    for response in responses:
        text += response.delta or ""
        assert (response.message.content or "").replace("\n", "") == text.replace("\n", "")

    assert text == spelled.text
    assert "".join(thoughts) == spelled.reasoning


@settings(RANDOM, max_examples=150)
@given(spelled=answers(broken=True))
def test_no_half_arguments_pass_for_whole_ones(spelled: Spelled) -> None:
    """A tool is only ever called with all of its arguments, streamed or not."""
    assert selected(last(*spelled.events)) == selected(whole(spelled.whole))


def selected(response: ChatResponse) -> list[str] | str:
    try:
        return [f"{call.tool_name} {call.tool_kwargs!r}" for call in calls_of(response)]
    except PollinationsError as error:
        return str(error)


@pytest.mark.parametrize(("event", "make"), [(EVENT, last), (WHOLE, whole)])
def test_whatever_can_be_read_makes_a_response(
    event: Json, make: Callable[[Any], ChatResponse]
) -> None:
    """Any value in any field that the reader takes is taken by the messages, and told again."""

    def read(value: object) -> None:
        with suppress(PollinationsError):
            assert to_wire([make(value).message])

    @settings(RANDOM, max_examples=100)
    @given(value=spoiled(event))
    def read_any(value: Any) -> None:
        read(value)

    assert to_wire([make(event).message])
    for value in every_spoiled(event):
        read(value)
    read_any()
