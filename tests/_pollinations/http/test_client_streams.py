"""Streams over a real socket whose connection does not end with the answer."""

import time
from typing import Any

import pytest
from hello import DONE, PIECES

from pollinations_sandbox import Sandbox

FINISHED = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'


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
