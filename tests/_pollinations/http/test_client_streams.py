"""Streams over a real socket: dialects, framings, ends, silence, and leaving early."""

import json
import time
from typing import Any

import pytest

from _pollinations.chat.completions import body, complete, stream
from pollinations_sandbox import Fault, Sandbox
from pollinations_sandbox.dialects import DIALECTS

HELLO = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
PIECES = stream(HELLO)
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
WEATHER = body(
    [{"role": "user", "content": "What is the weather in Paris and in Rome?"}],
    {"model": "openai", "tools": [TOOL], "tool_choice": "required"},
)
FINISHED = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize("request_body", [HELLO, WEATHER])
def test_every_dialect_gives_the_same_answer(
    ask_once: Any, sandbox: Sandbox, request_body: Any
) -> None:
    """However a provider spells, counts, names and cuts it, streamed and whole answers agree."""
    for dialect in DIALECTS - {"error-choice", "error-type-finish"}:
        sandbox.clear()
        sandbox.fail(Fault.dialect(dialect))
        whole = ask_once.send(complete(request_body))
        sandbox.clear()
        sandbox.fail(Fault.dialect(dialect))
        *deltas, last = ask_once.stream(stream(request_body))
        reply = last.reply

        assert reply.text == "".join(delta.text for delta in deltas) == whole.text, dialect
        assert reply.reasoning == "".join(delta.reasoning for delta in deltas) == whole.reasoning
        assert reply.usage.total == whole.usage.total, dialect
        calls = [(call.name, json.loads(call.arguments)) for call in reply.tool_calls]
        assert calls == [(call.name, json.loads(call.arguments)) for call in whole.tool_calls]
        assert len({call.id for call in reply.tool_calls}) == len(calls), dialect
        # Gemini's streams end with "stop" after calls too.
        assert calls or reply.finish_reason == whole.finish_reason, dialect
        pieces = [call for delta in deltas for call in delta.tool_calls]
        for place, call in enumerate(reply.tool_calls):
            own = [piece for piece in pieces if piece.index == place]
            assert "".join(piece.arguments for piece in own) == call.arguments, dialect
            assert [piece.id for piece in own if piece.id] == [call.id], dialect


def test_silence_after_the_answer_takes_nothing_from_it(ask: Any, sandbox: Sandbox) -> None:
    """A finished answer is handed out, whether the connection ends or not."""
    sandbox.reply([FINISHED, b": late"], pause=30)

    assert ask.stream(PIECES, idle_timeout=0.1)[-1].reply.text == "Hi"


@pytest.mark.parametrize(("late", "pause"), [([b": late"], 30), ([b": late\n\n"] * 40, 0.3)])
def test_nobody_waits_for_a_connection_that_does_not_end(
    ask_in_all_colours: Any, sandbox: Sandbox, late: list[bytes], pause: float
) -> None:
    """After `[DONE]` it has a moment to end, which what still comes does not extend."""
    sandbox.reply([FINISHED + DONE, *late], pause=pause)
    begin = time.monotonic()

    assert ask_in_all_colours.stream(PIECES)[-1].reply.text == "Hi"
    assert time.monotonic() - begin < 4
