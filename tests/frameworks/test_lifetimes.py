"""Many calls of one model, and the connections that they leave."""

import asyncio
import gc
from typing import Any

import pytest
from chats import echo
from llama_index.core.prompts import PromptTemplate
from ways import EITHER, WAYS, Way, answer

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox


async def answers(model: Any, words: list[str]) -> list[str]:
    return await asyncio.gather(*(answer(model, one) for one in words))


@EITHER
def test_five_hundred_calls_at_once_succeed(sandbox: Sandbox, way: Way) -> None:
    """None of them fails, and each gets its own answer."""
    words = [f"Say only: word{number}" for number in range(500)]

    texts = asyncio.run(answers(way.model(sandbox, max_retries=0), words))

    assert texts == [echo(one) for one in words]
    assert len(sandbox.requests) == 500


async def test_a_running_loop_may_be_blocked(sandbox: Sandbox) -> None:
    """Notebooks call synchronous methods inside a running loop."""
    for way in (WAYS[0], WAYS[4]):
        model = way.model(sandbox)
        assert way.ask(model, "Hi").text
        assert await answer(model, "Hi")
    assert Pollinations.predict(model, PromptTemplate("Say {x}"), x="hi")


@pytest.mark.parametrize("way", [WAYS[0], WAYS[2], WAYS[4], WAYS[6]], ids=str)
def test_calls_reuse_one_connection_and_close_it(way: Way, eventually: Any) -> None:
    """Ten calls in a row need one; it closes with the model, which can be used again."""
    gc.collect()
    with Sandbox() as own:
        with way.model(own) as model:
            for _ in range(10):
                way.ask(model, "Hi")
            assert own.connections == 1
        eventually(lambda: own.open_connections == 0)
        assert way.ask(model, "Hi").text
