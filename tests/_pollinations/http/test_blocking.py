"""What an event loop never waits for."""

from own_process import output_of

from pollinations_sandbox import Fault, Sandbox

CALLS = """
import asyncio, sys
from blockbuster import blockbuster_ctx
from _pollinations.http.client import AsyncClient
from _pollinations.http.retry import Retry
from _pollinations.chat.completions import body, complete, stream

url, key = sys.argv[1:]
request = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})

async def ask():
    async with AsyncClient(key, url, retry=Retry(backoff=0.001)) as client:
        whole = await asyncio.gather(*(later(client, number / 100) for number in range(9)))
        pieces = [item async for item in client.stream(stream(request))]
        return [*whole, pieces[-1].reply]

async def later(client, pause):
    await asyncio.sleep(pause)  # while others still import
    return await client.send(complete(request))

# Any call of our code that would block the running loop raises.
with blockbuster_ctx("_pollinations"):
    assert all(reply.text for reply in asyncio.run(ask()))
print("Answered.")
"""


def test_nothing_blocks_the_loop_from_the_first_call_on(sandbox: Sandbox) -> None:
    """Importing the HTTP client, reading certificates, asking, trying again, streaming, closing."""
    sandbox.fail(Fault.status(503))

    assert output_of(CALLS, sandbox.base_url, sandbox.api_key) == "Answered.\n"
