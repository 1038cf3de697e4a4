"""A stream that its reader leaves is closed."""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from listening import listening
from llama_index.core.base.llms.types import ChatMessage

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Fault, Sandbox

LONG: dict[str, Any] = {
    "stream_chat": [ChatMessage("Tell me a long story.")],
    "stream_complete": "Tell me a long story.",
}


@pytest.fixture(params=[False, True], ids=["", "with a listener that keeps all"])
def own(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A gateway of the test's own, whose connections can be counted."""
    with Sandbox() as running, listening() if request.param else nullcontext():
        yield running


@pytest.mark.parametrize("method", LONG)
def test_an_abandoned_stream_closes_its_connection(
    method: str, own: Sandbox, eventually: Any
) -> None:
    """Breaking off leaves nothing open, whatever is kept of the exception that it makes."""
    llm = Pollinations(base_url=own.base_url, api_key=own.api_key)
    for leave in (next, lambda stream: [next(stream), stream.close()]):
        own.fail(Fault.slow(0.05))
        leave(getattr(llm, method)(LONG[method]))
        eventually(lambda: own.open_connections == 0)


@pytest.mark.parametrize("method", LONG)
async def test_an_abandoned_asynchronous_stream_closes_its_connection(
    method: str, own: Sandbox, eventually: Any
) -> None:
    """The same holds for coroutines."""

    async def close(stream: Any) -> None:
        await anext(stream)
        await stream.aclose()

    llm = Pollinations(base_url=own.base_url, api_key=own.api_key)
    for leave in (anext, close):
        own.fail(Fault.slow(0.05))
        await leave(await getattr(llm, f"a{method}")(LONG[method]))
        await asyncio.to_thread(eventually, lambda: own.open_connections == 0)
