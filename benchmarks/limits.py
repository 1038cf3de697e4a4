"""Ask 200 questions at once against the gateway's edge, in real time, and count who is refused.

The sandbox lets 100 requests pass in 10 seconds, as the gateway does. One limiter is shared by both
frameworks, first by coroutines of one event loop, then by threads. The last run, without a limiter,
shows what it is for.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from langchain_pollinations import ChatPollinations, RateLimiter
from langchain_pollinations import RateLimitError as LangChainRateLimitError
from llama_index_pollinations import Pollinations
from llama_index_pollinations import RateLimitError as LlamaIndexRateLimitError
from pollinations_sandbox import Sandbox

Models = tuple[ChatPollinations, Pollinations]


async def on_a_loop(models: Models, questions: list[str]) -> None:
    """Half of the questions to each framework, as coroutines."""
    chat, llm = models
    half = len(questions) // 2
    await asyncio.gather(
        chat.abatch(list(questions[:half])),
        *(llm.acomplete(question) for question in questions[half:]),
        return_exceptions=True,
    )


def on_threads(models: Models, questions: list[str]) -> None:
    """Half of the questions to each framework, from a thread for each."""
    chat, llm = models
    half = len(questions) // 2

    def ask(place: int) -> None:
        if place < half:
            chat.invoke(questions[place])
        else:
            llm.complete(questions[place])

    with ThreadPoolExecutor(len(questions)) as threads:
        for job in [threads.submit(ask, place) for place in range(len(questions))]:
            error = job.exception()
            if error and not isinstance(error, LangChainRateLimitError | LlamaIndexRateLimitError):
                raise error


def run(name: str, sandbox: Sandbox, ask: Callable[[list[str]], Any], calls: int) -> Counter[int]:
    """Ask new questions and print what became of them."""
    sandbox.clear()
    start = time.monotonic()
    waiting = ask([f"{name}: what is {number} and {number}?" for number in range(calls)])
    if isinstance(waiting, Coroutine):
        asyncio.run(waiting)
    spent = time.monotonic() - start
    found = Counter(record.status for record in sandbox.requests)
    print(f"{name}: {calls} calls, {found[200]} answered, {found[429]} refused, {spent:.1f} s")
    return found


def main() -> int:
    """Ask in both colours with the limiter, and once without; 0 if nobody was refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200, help="questions at once")
    calls = parser.parse_args().calls
    refused = 0
    ways: dict[str, Callable[[Models, list[str]], Any]] = {
        "event loop": on_a_loop,
        "threads": on_threads,
    }
    for name, ask in ways.items():
        with Sandbox(edge_limit=(100, 10.0)) as sandbox:
            where = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
            limiter = RateLimiter.edge()
            models = (
                ChatPollinations(rate_limiter=limiter, **where),
                Pollinations(rate_limiter=limiter, **where),
            )
            found = run(name, sandbox, partial(ask, models), calls)
            refused += found[429] + calls - found[200]
            bare = (ChatPollinations(**where), Pollinations(**where))
            run(f"{name}, no limiter", sandbox, partial(ask, bare), calls)
    return min(refused, 1)


if __name__ == "__main__":
    sys.exit(main())
