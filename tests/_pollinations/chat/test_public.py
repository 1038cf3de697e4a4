"""A chat call without a framework."""

import json
from typing import Any

import pytest
from chats import echo

from _pollinations.chat.public import complete, stream
from _pollinations.http.errors import InvalidInputError

ASK = "Say only: hello"


def test_a_question_is_answered_whole_and_in_pieces(ask: Any) -> None:
    """A text is a message of the user; the model is `openai` unless another is named."""
    reply = ask.send(complete(ASK))
    deltas = ask.stream(stream([{"role": "user", "content": ASK}], model="mistral"))

    assert reply.text == echo(ASK)
    assert "".join(delta.text for delta in deltas) == echo(ASK)
    assert deltas[-1].reply.usage.total > 0


def test_options_travel_as_they_are_named() -> None:
    """What is set, what `extra_body` adds, and nothing else."""
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    call = complete("Hi", temperature=0.5, tools=[tool], seed=3, extra_body={"new": True})
    body = json.loads(call.request.body or b"")

    assert body.pop("tools")[0]["function"]["name"] == "add"
    assert body.pop("messages") == [{"role": "user", "content": "Hi"}]
    assert body == {"model": "openai", "temperature": 0.5, "seed": 3, "new": True}


@pytest.mark.parametrize("call", [complete, stream])
def test_a_wrong_call_is_refused_before_it_is_sent(call: Any) -> None:
    """Unknown options, wrong values and empty questions."""
    with pytest.raises(InvalidInputError, match="did you mean 'temperature'"):
        call("Hi", temprature=1)
    with pytest.raises(InvalidInputError, match="seed"):
        call("Hi", seed=1.5)
    with pytest.raises(InvalidInputError, match="nothing to send"):
        call("")
