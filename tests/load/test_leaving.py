"""A call that is left, cancelled or timed out closes its connection."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from types import ModuleType
from typing import Any

import pytest
from own_process import python

from pollinations_sandbox import Fault, Sandbox

Eventually = Callable[[Callable[[], object]], None]
Use = Callable[[Any], Coroutine[Any, Any, object]]
QUESTION = "Say only: one two three four five six seven eight nine ten"
NEVER = LONG = 600.0
SHORT = 0.1


# The blocking calls are coroutines too, so that one test does for both colours.


async def leave(adapter: Any) -> None:
    for _ in adapter.pieces(QUESTION):
        break


async def aleave(adapter: Any) -> None:
    async for _ in adapter.apieces(QUESTION):
        break
    await asyncio.sleep(0.1)  # the loop closes the generator


async def aclose_early(adapter: Any) -> None:
    async with aclosing(adapter.apieces(QUESTION)) as pieces:
        async for _ in pieces:
            break


async def whole(adapter: Any) -> object:
    return adapter.whole(QUESTION)


async def awhole(adapter: Any) -> object:
    return await adapter.awhole(QUESTION)


async def stream(adapter: Any) -> object:
    return list(adapter.pieces(QUESTION))


async def astream(adapter: Any) -> object:
    return [piece async for piece in adapter.apieces(QUESTION)]


def failing(work: Use) -> Use:
    async def use(adapter: Any) -> None:
        with pytest.raises(adapter.error):
            await work(adapter)

    return use


def cancelled(work: Use) -> Use:
    async def use(adapter: Any) -> None:
        task = asyncio.create_task(work(adapter))
        await asyncio.sleep(0.15)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    return use


@pytest.mark.parametrize("framework", ["langchain", "llama-index"])
@pytest.mark.parametrize(
    ("fault", "timeout", "use"),
    [
        *((Fault.slow(0.05), LONG, use) for use in (leave, aleave, aclose_early)),
        *((Fault.stall(0, seconds=NEVER), SHORT, failing(use)) for use in (whole, awhole)),
        *((Fault.stall(2, seconds=NEVER), SHORT, failing(use)) for use in (stream, astream)),
        (Fault.stall(0, seconds=NEVER), LONG, cancelled(awhole)),
        (Fault.stall(2, seconds=NEVER), LONG, cancelled(astream)),
        *((Fault.reset(2), LONG, failing(use)) for use in (stream, astream)),
    ],
)
async def test_no_connection_is_left_open(
    client: ModuleType,
    sandbox: Sandbox,
    eventually: Eventually,
    *,
    framework: str,
    fault: Fault,
    timeout: float,  # noqa: ASYNC109 - of the adapter, not of the test
    use: Use,
) -> None:
    """`break`, cancellation, deadlines and silence close the connection, before any `close`."""
    where = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
    adapter = client.ADAPTERS[framework](**where, timeout=timeout, stream_idle_timeout=timeout)
    sandbox.fail(fault)
    await use(adapter)

    assert sandbox.connections == 1
    await asyncio.to_thread(eventually, lambda: sandbox.open_connections == 0)
    adapter.close()
    await adapter.aclose()


PROGRAM = """
import asyncio, sys
sys.path.insert(0, sys.argv[4])
from load_client import ADAPTERS

framework, url, key, _ = sys.argv[1:]
adapter = ADAPTERS[framework](base_url=url, api_key=key)
question = "Say only: hello there, and one two three four five"
held = []

async def ask():
    asyncio.get_running_loop().slow_callback_duration = 60  # slow machines are no leak
    held.append(adapter.apieces(question))
    await anext(held[-1])
    await anext(held[-1])
    async for piece in adapter.apieces(question):
        break
    return await adapter.awhole(question)

print(asyncio.run(ask()), asyncio.run(ask()), adapter.whole(question))
for piece in adapter.pieces(question):
    break
"""


@pytest.mark.parametrize("framework", ["langchain", "llama-index"])
def test_a_process_that_closes_nothing_ends_in_silence(
    client: ModuleType, sandbox: Sandbox, framework: str
) -> None:
    """Neither a warning nor a traceback follows, in any colour.

    Not even if a stream is half read and still referenced when its event loop ends.
    """
    sandbox.fail(Fault.slow(0.05, times=None))
    folder = str(client.__file__).rpartition("/")[0]
    words = [framework, sandbox.base_url, sandbox.api_key, folder]
    done = python("-W", "error", "-X", "dev", "-c", PROGRAM, *words)

    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.count("hello there") == 3
