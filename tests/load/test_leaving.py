"""A call that is left, cancelled or timed out closes its connection."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing
from types import ModuleType
from typing import Any

import pytest
from own_process import python

from pollinations_sandbox import Fault, Sandbox

Eventually = Callable[[Callable[[], object]], None]
QUESTION = "Say only: one two three four five six seven eight nine ten"
NEVER = LONG = 600.0
SHORT = 0.1


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(params=["langchain", "llama-index"])
def make(
    request: pytest.FixtureRequest, client: ModuleType, sandbox: Sandbox
) -> Callable[..., Any]:
    """Make an adapter of each framework in turn."""

    def adapter_of(**options: Any) -> Any:
        where = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
        return client.ADAPTERS[request.param](**{**where, **options})

    return adapter_of


def leave(adapter: Any) -> None:
    for _ in adapter.pieces(QUESTION):
        break


def wait_whole(adapter: Any) -> None:
    with pytest.raises(adapter.error):
        adapter.whole(QUESTION)


def read_stream(adapter: Any) -> None:
    with pytest.raises(adapter.error):
        list(adapter.pieces(QUESTION))


@pytest.mark.parametrize(
    "case",
    [
        (Fault.slow(0.05), LONG, leave),
        (Fault.stall(5, seconds=NEVER), LONG, leave),
        (Fault.stall(0, seconds=NEVER), SHORT, wait_whole),
        (Fault.stall(2, seconds=NEVER), SHORT, wait_whole),
        (Fault.stall(0, seconds=NEVER), SHORT, read_stream),
        (Fault.stall(2, seconds=NEVER), SHORT, read_stream),
        (Fault.reset(2), LONG, read_stream),
    ],
)
def test_no_connection_is_left_open(
    make: Callable[..., Any],
    sandbox: Sandbox,
    eventually: Eventually,
    case: tuple[Fault, float, Any],
) -> None:
    """An answer that is not read to its end takes its connection with it, before any `close`."""
    fault, timeout, use = case
    adapter = make(timeout=timeout, stream_idle_timeout=timeout)
    sandbox.fail(fault)
    use(adapter)

    assert sandbox.connections == 1
    eventually(lambda: sandbox.open_connections == 0)
    adapter.close()


async def aleave(adapter: Any) -> None:
    async for _ in adapter.apieces(QUESTION):
        break
    await asyncio.sleep(0.1)  # the loop closes the generator


async def aclose_early(adapter: Any) -> None:
    async with aclosing(adapter.apieces(QUESTION)) as pieces:
        async for _ in pieces:
            break


async def await_whole(adapter: Any) -> None:
    with pytest.raises(adapter.error):
        await adapter.awhole(QUESTION)


async def aread_stream(adapter: Any) -> None:
    with pytest.raises(adapter.error):
        await gathered(adapter)


async def gathered(adapter: Any) -> list[str]:
    return [piece async for piece in adapter.apieces(QUESTION)]


def cancelled(work: Callable[[Any], Coroutine[Any, Any, object]]) -> Any:
    async def use(adapter: Any) -> None:
        task = asyncio.create_task(work(adapter))
        await asyncio.sleep(0.15)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    return use


def ask_whole(adapter: Any) -> Coroutine[Any, Any, object]:
    answer: Coroutine[Any, Any, object] = adapter.awhole(QUESTION)
    return answer


@pytest.mark.parametrize(
    "case",
    [
        (Fault.slow(0.05), LONG, aleave),
        (Fault.slow(0.05), LONG, aclose_early),
        (Fault.stall(0, seconds=NEVER), SHORT, await_whole),
        (Fault.stall(2, seconds=NEVER), SHORT, await_whole),
        (Fault.stall(0, seconds=NEVER), SHORT, aread_stream),
        (Fault.stall(2, seconds=NEVER), SHORT, aread_stream),
        (Fault.stall(0, seconds=NEVER), LONG, cancelled(ask_whole)),
        (Fault.stall(2, seconds=NEVER), LONG, cancelled(ask_whole)),
        (Fault.stall(0, seconds=NEVER), LONG, cancelled(gathered)),
        (Fault.stall(2, seconds=NEVER), LONG, cancelled(gathered)),
        (Fault.reset(2), LONG, aread_stream),
    ],
)
async def test_no_connection_is_left_open_on_the_event_loop(
    make: Callable[..., Any],
    sandbox: Sandbox,
    eventually: Eventually,
    case: tuple[Fault, float, Any],
) -> None:
    """`break`, cancellation, deadlines and silence close the connection at once."""
    fault, timeout, use = case
    adapter = make(timeout=timeout, stream_idle_timeout=timeout)
    sandbox.fail(fault)
    await use(adapter)

    assert sandbox.connections == 1
    await asyncio.to_thread(eventually, lambda: sandbox.open_connections == 0)
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
