"""One adapter in one colour, asking the gateway many questions at once, and counting what it holds.

Usage: python load_client.py JOB, the job being JSON; see `Job`.

It speaks in lines of JSON and waits for a line after each: what it holds before the first call and
after each quarter of the calls, with its connections let go, and how each question ended.
"""

import asyncio
import ctypes
import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

PAGE = os.sysconf("SC_PAGE_SIZE")
LIBC = ctypes.CDLL(None)
PIECES_SEEN = 1
MOST_RETRIES = 2


def question(number: int) -> str:
    """A question that is no other's."""
    return " ".join(f"q{number:06}-{place}" for place in range(8))


def words(number: int) -> str:
    """What the sandbox answers to it."""
    return f"[sandbox] No model is connected. You asked: {question(number)}"


def manner(number: int, *, colour: str) -> str:
    """How a question is asked: each in ten has its own, the same in every run."""
    if colour == "sync":
        return ("whole", "stream", "whole", "stream", "leave")[number % 5]
    ways = ("whole", "stream", "whole", "stream", "leave", "cancel", "whole", "stream", "deadline")
    return ways[number % len(ways)]


def retries(number: int) -> int:
    """How often a question may be asked again."""
    return number // 2 % (MOST_RETRIES + 1)


class Adapter(Protocol):
    """One framework's model, the same four ways to ask under the same names."""

    error: type[Exception]

    def whole(self, text: str) -> str:
        """Ask for the answer at once."""

    def pieces(self, text: str) -> Iterator[str]:
        """Ask for it in pieces."""

    async def awhole(self, text: str) -> str:
        """Ask for the answer at once, on the event loop."""

    def apieces(self, text: str) -> AsyncIterator[str]:
        """Ask for it in pieces, on the event loop."""

    def close(self) -> None:
        """Let the connections go."""

    async def aclose(self) -> None:
        """Let the loop's connections go."""


class LangChain:
    """`ChatPollinations`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the model's own
        from langchain_pollinations import ChatPollinations, PollinationsError  # noqa: PLC0415 - one framework a process

        self.error: type[Exception] = PollinationsError
        self.model = ChatPollinations(model="openai", **options)
        self.close, self.aclose = self.model.close, self.model.aclose

    def whole(self, text: str) -> str:
        """Go through `invoke`."""
        return str(self.model.invoke(text).text)

    def pieces(self, text: str) -> Iterator[str]:
        """Go through `stream`."""
        for chunk in self.model.stream(text):
            yield str(chunk.text)

    async def awhole(self, text: str) -> str:
        """Go through `ainvoke`."""
        return str((await self.model.ainvoke(text)).text)

    async def apieces(self, text: str) -> AsyncIterator[str]:
        """Go through `astream`."""
        async for chunk in self.model.astream(text):
            yield str(chunk.text)


class LlamaIndex:
    """`Pollinations`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the model's own
        from llama_index.core.llms import ChatMessage  # noqa: PLC0415 - one framework a process

        from llama_index_pollinations import Pollinations, PollinationsError  # noqa: PLC0415 - the same

        self.error: type[Exception] = PollinationsError
        self.message = ChatMessage
        self.model = Pollinations(model="openai", **options)
        self.close, self.aclose = self.model.close, self.model.aclose

    def whole(self, text: str) -> str:
        """Go through `chat`."""
        return str(self.model.chat([self.message(text)]).message.content)

    def pieces(self, text: str) -> Iterator[str]:
        """Go through `stream_chat`."""
        for answer in self.model.stream_chat([self.message(text)]):
            yield answer.delta or ""

    async def awhole(self, text: str) -> str:
        """Go through `acomplete`."""
        return str((await self.model.acomplete(text)).text)

    async def apieces(self, text: str) -> AsyncIterator[str]:
        """Go through `astream_chat`."""
        async for answer in await self.model.astream_chat([self.message(text)]):
            yield answer.delta or ""


ADAPTERS: dict[str, Callable[..., Adapter]] = {"langchain": LangChain, "llama-index": LlamaIndex}


def judged(number: int, answer: str, *, whole: bool = True) -> str:
    """Whether it is the answer to this question, or a beginning of it."""
    mine = words(number)
    right = answer == mine if whole else mine.startswith(answer)
    return ("answered" if whole else "left") if right else f"foreign: {answer[:60]}"


def named(number: int, error: Exception, kind: type[Exception]) -> str:
    """An error's name and words, if it is one of ours, says why and quotes no other answer."""
    if not isinstance(error, kind):
        return f"untyped: {type(error).__name__}: {error}"[:200]
    text = getattr(error, "text", "")
    if not str(error) or not words(number).startswith(text):
        return f"{type(error).__name__} says {str(error)[:60]!r} with the text {text[:60]!r}"
    return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def ask(adapter: Adapter, number: int) -> str:
    """Ask one question."""
    way = manner(number, colour="sync")
    try:
        if way == "whole":
            return judged(number, adapter.whole(question(number)))
        answer = ""
        for count, piece in enumerate(adapter.pieces(question(number))):
            answer += piece
            if way == "leave" and count == PIECES_SEEN:
                return judged(number, answer, whole=False)
        return judged(number, answer)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is how the question ended
        return named(number, error, adapter.error)


async def gathered(adapter: Adapter, number: int, way: str) -> str:
    """Ask for pieces, and leave as users do: with `break` and nothing else."""
    answer, count = "", 0
    async for piece in adapter.apieces(question(number)):
        answer += piece
        count += 1
        if way == "leave" and count > PIECES_SEEN:
            break
    else:
        return judged(number, answer)
    return judged(number, answer, whole=False)


async def aask(adapter: Adapter, number: int) -> str:
    """Ask one question on the event loop."""
    way = manner(number, colour="async")
    streams = way in {"stream", "leave"} or (way != "whole" and number % 2)
    work = gathered(adapter, number, way) if streams else awhole(adapter, number)
    moment = number % 16 / 100
    try:
        if way == "deadline":
            async with asyncio.timeout(moment):
                return await work
        if way != "cancel":
            return await work
        task = asyncio.ensure_future(work)
        await asyncio.sleep(moment)
        task.cancel()
        await asyncio.wait([task])
        return "cancelled" if task.cancelled() else task.result()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is how the question ended
        mine = isinstance(error, TimeoutError) and way == "deadline"
        return "deadline" if mine else named(number, error, adapter.error)


async def awhole(adapter: Adapter, number: int) -> str:
    """Ask for the answer at once."""
    return judged(number, await adapter.awhole(question(number)))


def held() -> dict[str, float]:
    """What this process holds, while it rests."""
    gc.collect()
    if hasattr(LIBC, "malloc_trim"):
        LIBC.malloc_trim(0)  # what is free goes back, so that the rest is what is held
    return {
        "memory": int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE / 2**20,
        "objects": len(gc.get_objects()),
        "blocks": sys.getallocatedblocks(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
    }


def tell(**facts: object) -> None:
    """Say something and wait until it was heard."""
    print(json.dumps(facts), flush=True)
    sys.stdin.readline()


@dataclass(frozen=True)
class Job:
    """What to ask, and where.

    Attributes:
        who: Framework and colour, such as `langchain-async`.
        url: The gateway's address.
        key: The gateway's key.
        calls: How many questions.
        at_once: How many at a time.
        patience: Seconds to wait for a connection, an answer or a piece.
    """

    who: str
    url: str
    key: str
    calls: int
    at_once: int
    patience: float

    @property
    def quarters(self) -> list[range]:
        """The numbers of the questions in four parts."""
        marks = [self.calls * part // 4 for part in range(5)]
        return list(map(range, marks, marks[1:]))

    def adapters(self) -> list[Adapter]:
        """A model for each number of retries; they share their connections."""
        framework = self.who.rpartition("-")[0]
        return [
            ADAPTERS[framework](
                max_retries=count,
                base_url=self.url,
                api_key=self.key,
                timeout=(self.patience, self.patience),
                stream_idle_timeout=self.patience,
            )
            for count in range(MOST_RETRIES + 1)
        ]


def ask_all(job: Job) -> list[str]:
    """Ask all questions from threads.

    Returns:
        How each of them ended.
    """
    adapters = job.adapters()
    ends = ["lost"] * job.calls

    def work(numbers: Iterator[int]) -> None:
        for number in numbers:
            ends[number] = ask(adapters[retries(number)], number)

    def ask_part(numbers: Iterator[int]) -> None:
        # Threads, their stacks and their results are gone when it returns.
        with ThreadPoolExecutor(job.at_once) as pool:
            for done in [pool.submit(work, numbers) for _ in range(job.at_once)]:
                done.result()

    tell(start=held())
    for part in job.quarters:
        ask_part(iter(part))
        for adapter in adapters:
            adapter.close()
        tell(rest=held())
    return ends


async def aask_all(job: Job) -> list[str]:
    """Ask all questions on this event loop.

    Returns:
        How each of them ended.
    """
    adapters = job.adapters()
    ends = ["lost"] * job.calls

    async def work(numbers: Iterator[int]) -> None:
        for number in numbers:
            ends[number] = await aask(adapters[retries(number)], number)

    # Debug mode reports slow steps; how fast this machine is, is not the question here.
    asyncio.get_running_loop().slow_callback_duration = 60
    tell(start=held())
    for part in job.quarters:
        numbers = iter(part)
        await asyncio.gather(*(work(numbers) for _ in range(job.at_once)))
        await asyncio.sleep(0.1)  # the loop closes the streams that were left
        for adapter in adapters:
            await adapter.aclose()
        await asyncio.sleep(0.1)  # sockets close in the loop's next rounds
        tell(rest=held())
    return ends


def main() -> None:
    """Do the job that the command line tells, and say how each question ended."""
    job = Job(**json.loads(sys.argv[1]))
    tell(ends=ask_all(job) if job.who.endswith("-sync") else asyncio.run(aask_all(job)))


if __name__ == "__main__":
    main()
