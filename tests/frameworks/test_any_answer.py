"""Whole answers and the ends of their streams, in any dialect, are the same messages."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from langchain_core.messages import AIMessage, message_chunk_to_message
from llama_index.core.base.llms.types import ChatResponse
from spelled_answers import EVENT, THOUGHT, WHOLE, Spelled, answers
from strategies import Json, every_spoiled, spoiled

from _pollinations.chat.completion_reader import CompletionReader, read_reply
from _pollinations.chat.messages import Policy, prepare
from _pollinations.chat.reply import Delta, Reply
from _pollinations.http.call import Response
from _pollinations.http.errors import PollinationsError
from langchain_pollinations import from_wire as of_langchain
from langchain_pollinations.to_wire import to_wire as langchain_to_wire
from llama_index_pollinations import from_wire as of_llama_index
from llama_index_pollinations.to_wire import to_wire as llama_index_to_wire
from llama_index_pollinations.tools import calls_of

BODY = {"model": "claude", "seed": 7, "audio": {"format": "pcm16"}}
HIDDEN = {"type": "redacted_thinking", "data": "d"}
GENERATED_ID = re.compile(r"call_[0-9a-f]{32}")


def langchain_sum(deltas: list[Delta]) -> AIMessage:
    """The chunks of a stream, added as LangChain adds them."""
    chunks = [of_langchain.from_delta(delta, body=BODY) for delta in deltas]
    total = chunks[0] if len(chunks) == 1 else chunks[0] + chunks[1:]  # type: ignore[operator] # it takes lists
    message = message_chunk_to_message(total)
    assert isinstance(message, AIMessage)
    return message


def langchain_facts(message: AIMessage) -> Json:
    facts = message.model_dump(exclude={"id"})
    for call in facts["invalid_tool_calls"]:
        call.pop("error")
    for name in ("object", "prompt_filter_results"):
        facts["response_metadata"].pop(name, None)
    return facts


def llama_index_responses(deltas: list[Delta]) -> list[ChatResponse]:
    answer = of_llama_index.Answer()
    return [of_llama_index.from_delta(delta, body=BODY, answer=answer) for delta in deltas]


def llama_index_facts(response: ChatResponse) -> Json:
    facts = response.model_dump(exclude={"raw", "delta"})
    for name in ("object", "prompt_filter_results"):
        facts["additional_kwargs"].pop(name, None)
    facts["additional_kwargs"].get("content_blocks", []).sort(key=repr)
    return facts


def calls_or_error(response: ChatResponse) -> list[tuple[str, Any]] | str:
    try:
        return [(call.tool_name, call.tool_kwargs) for call in calls_of(response)]
    except PollinationsError as error:
        return str(error)


@dataclass(frozen=True)
class Reader:
    """How a framework's message is made, and what it says.

    Attributes:
        of_reply: Makes it of a whole answer.
        of_deltas: Makes it of the pieces of one.
        facts: All that it holds, but for what differs by the way that it came.
        calls: Name and arguments of the calls that can be carried out.
        to_wire: Sends it back.
    """

    of_reply: Callable[[Reply], Any]
    of_deltas: Callable[[list[Delta]], Any]
    facts: Callable[[Any], Json]
    calls: Callable[[Any], Any]
    to_wire: Callable[[Any], list[Any]]

    def whole(self, body: object) -> Any:
        """The message of a whole answer."""
        return self.of_reply(read_reply(Response(200, {}, json.dumps(body).encode())))

    def streamed(self, *events: object) -> Any:
        """The message at the end of a stream."""
        return self.of_deltas(deltas_of(*events))

    def comparable(self, message: Any) -> Json:
        """Its facts, without generated ids."""
        text = json.dumps(self.facts(message), default=str)
        facts: Json = json.loads(GENERATED_ID.sub("call_", text))
        return facts


def deltas_of(*events: object) -> list[Delta]:
    reader = CompletionReader(Response(200, {}), None)
    stream = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return [*reader.feed(stream), *reader.close()]


LANGCHAIN = Reader(
    lambda reply: of_langchain.from_reply(reply, body=BODY),
    langchain_sum,
    langchain_facts,
    lambda message: [(call["name"], call["args"]) for call in message.tool_calls],
    lambda message: langchain_to_wire([message]),
)
LLAMA_INDEX = Reader(
    lambda reply: of_llama_index.from_reply(reply, body=BODY),
    lambda deltas: llama_index_responses(deltas)[-1],
    llama_index_facts,
    calls_or_error,
    lambda response: llama_index_to_wire([response.message]),
)
EITHER = pytest.mark.parametrize("reader", [LANGCHAIN, LLAMA_INDEX], ids=["langchain", "llama"])


@EITHER
@pytest.mark.parametrize("way", ["whole", "streamed"])
def test_signatures_go_back_to_their_signer_only(reader: Reader, way: str) -> None:
    """Of a thought, of a call, and OpenRouter's; another model gets the reasoning as text."""
    details = [{"type": "reasoning.encrypted", "data": "x", "index": 0}]
    function = {"name": "add", "arguments": "{}", "thought_signature": "t"}
    piece = {
        "content": "Hi",
        "reasoning_content": "Hm",
        "reasoning_details": details,
        "content_blocks": [THOUGHT, HIDDEN],
        "tool_calls": [{"id": "c", "function": function}],
    }
    choice = {"message" if way == "whole" else "delta": piece, "finish_reason": "tool_calls"}
    wire = reader.to_wire(getattr(reader, way)({"choices": [choice]}))

    same = prepare(wire, model="claude", policy=Policy())[0]
    assert same["content"] == [THOUGHT, HIDDEN, {"type": "text", "text": "Hi"}]
    other = prepare(wire, model="deepseek", policy=Policy())[0]
    assert (other["content"], other["reasoning_content"]) == ("Hi", "Hm")
    assert same["reasoning_details"] == details
    assert "reasoning_details" not in other
    assert same["tool_calls"] == other["tool_calls"]
    assert same["tool_calls"][0]["function"] == function


@EITHER
@pytest.mark.parametrize("broken", [False, True])
def test_the_end_of_a_stream_is_the_whole_message(reader: Reader, *, broken: bool) -> None:
    """Text, reasoning, calls, images, usage, sources: nothing differs but the way it came."""
    if broken and reader is LANGCHAIN:
        pytest.skip("LangChain keeps what cannot be parsed as it came; see the next test.")

    @given(spelled=answers(broken=broken))
    def compare(spelled: Spelled) -> None:
        end = reader.comparable(reader.streamed(*spelled.events))
        assert end == reader.comparable(reader.whole(spelled.whole))

    compare()


@EITHER
def test_no_half_arguments_pass_for_whole_ones(reader: Reader) -> None:
    """A tool is only ever called with all of its arguments, streamed or not."""

    @given(spelled=answers(broken=True))
    def compare(spelled: Spelled) -> None:
        message = reader.streamed(*spelled.events)
        assert repr(reader.calls(message)) == repr(reader.calls(reader.whole(spelled.whole)))
        if reader is LANGCHAIN:
            number = len(message.tool_calls) + len(message.invalid_tool_calls)
            assert number == len(spelled.calls)

    compare()


@given(spelled=answers(broken=True))
def test_what_is_new_adds_up_to_the_message(spelled: Spelled) -> None:
    """LlamaIndex's deltas make the text and the reasoning; every response holds all so far."""
    responses = llama_index_responses(deltas_of(*spelled.events))
    thoughts = [response.additional_kwargs.get("thinking_delta", "") for response in responses]
    text = ""
    for response in responses:
        text += response.delta or ""
        assert (response.message.content or "").replace("\n", "") == text.replace("\n", "")

    assert text == spelled.text
    assert "".join(thoughts) == spelled.reasoning


@EITHER
@pytest.mark.parametrize(("event", "way"), [(EVENT, "streamed"), (WHOLE, "whole")])
def test_whatever_can_be_read_makes_a_message(reader: Reader, event: Json, way: str) -> None:
    """Any value in any field that the reader takes is taken by the messages, and sent again."""
    make = getattr(reader, way)

    def read(value: object) -> None:
        with suppress(PollinationsError):
            assert reader.to_wire(make(value))

    @settings(max_examples=100)
    @given(value=spoiled(event))
    def read_any(value: Any) -> None:
        read(value)

    assert reader.to_wire(make(event))
    for value in every_spoiled(event):
        read(value)
    read_any()
