"""What an event loop never waits for."""

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from own_process import output_of

from _pollinations.chat.completions import body, complete, stream
from _pollinations.http.client import AsyncClient
from _pollinations.http.retry import Retry
from pollinations_sandbox import Fault, Sandbox

BODY = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
HELLO = complete(BODY)
PIECES = stream(BODY)


@pytest.fixture
def _no_blocking() -> Iterator[BlockBuster]:
    """Any call that would block a running loop raises, if our code is what makes it."""
    with blockbuster_ctx("_pollinations") as guard:
        yield guard


@pytest.mark.usefixtures("_no_blocking")
async def test_nothing_blocks_the_loop(sandbox: Sandbox) -> None:
    """Asking, streaming, trying again and closing never block, from the first call on."""
    client = AsyncClient(sandbox.api_key, sandbox.base_url, retry=Retry(backoff=0.001))
    for _ in range(2):
        sandbox.fail(Fault.status(503))

        assert (await client.send(HELLO)).text
        assert [item async for item in client.stream(PIECES)][-1].reply
    await client.aclose()


FIRST_CALL = """
import asyncio, sys
from blockbuster import blockbuster_ctx
from _pollinations.http.client import AsyncClient
from _pollinations.chat.completions import body, complete

url, key = sys.argv[1:]
hello = complete(body([{"role": "user", "content": "Say hello"}], {"model": "openai"}))

async def ask():
    async with AsyncClient(key, url) as client:
        return await asyncio.gather(*(later(client, number / 100) for number in range(9)))

async def later(client, pause):
    await asyncio.sleep(pause)  # while others still import
    return await client.send(hello)

with blockbuster_ctx("_pollinations"):
    assert all(reply.text for reply in asyncio.run(ask()))
print("Answered.")
"""


def test_the_first_call_of_a_process_blocks_nothing_either(sandbox: Sandbox) -> None:
    """Importing the HTTP client and reading certificates happen beside the loop."""
    assert output_of(FIRST_CALL, sandbox.base_url, sandbox.api_key) == "Answered.\n"
