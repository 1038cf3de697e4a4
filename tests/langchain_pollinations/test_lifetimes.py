"""One model in many loops, threads and processes; streams that are left early."""

import asyncio
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import aclosing
from copy import copy, deepcopy
from typing import Any

import pytest
from chats import echo
from langchain_core.messages import AIMessage, AIMessageChunk
from own_process import output_of
from pydantic import PrivateAttr

from _pollinations.chat import completions, reader
from _pollinations.http import sse
from langchain_pollinations import ChatPollinations, from_wire
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]
Settled = Callable[[Callable[[], bool]], bool]


def test_five_hundred_calls_at_once_succeed(chat: Chat, sandbox: Sandbox) -> None:
    """None of them fails, and each gets its own answer."""
    model = chat(max_retries=0)

    async def run() -> list[AIMessage]:
        calls = (model.ainvoke(f"Say only: word{number}") for number in range(500))
        return await asyncio.gather(*calls)

    answers = asyncio.run(run())
    assert [answer.content for answer in answers] == [
        echo(f"Say only: word{number}") for number in range(500)
    ]
    assert len(sandbox.requests) == 500


def test_one_model_works_in_one_loop_after_another(
    chat: Chat, sandbox: Sandbox, settled: Settled
) -> None:
    """Three runs of asyncio, whole and streamed; connections close with their loop."""
    model = chat(max_retries=0)

    async def run() -> tuple[AIMessage, list[AIMessageChunk]]:
        answers = await asyncio.gather(*(model.ainvoke(f"Hi {number}") for number in range(5)))
        return answers[0], [chunk async for chunk in model.astream("Hi")]

    before = sandbox.open_connections
    for _ in range(3):
        answer, chunks = asyncio.run(run())
        assert answer.content
        assert chunks[-1].chunk_position == "last"
    assert settled(lambda: sandbox.open_connections <= before)


def test_eight_threads_have_loops_of_their_own(chat: Chat) -> None:
    """The same instance serves them all at once, in both colours."""
    model = chat(max_retries=0)
    answers: list[str] = []

    def work(number: int) -> None:
        async def run() -> list[AIMessage]:
            return await asyncio.gather(*(model.ainvoke(f"Say only: t{number}") for _ in range(5)))

        for _ in range(2):
            answers.extend(answer.text for answer in asyncio.run(run()))
        answers.append(model.invoke(f"Say only: t{number}").text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(
        echo(f"Say only: t{number}") for number in range(8) for _ in range(11)
    )


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy,
    "deepcopy": deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301 - our own bytes
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("used", [True, False])
def test_copies_say_the_same_and_work(chat: Chat, ask: Any, how: str, *, used: bool) -> None:
    """A used model can be copied and pickled as well as a new one."""
    model = chat(temperature=0.5, seed=3, default_headers={"x-a": "b"})
    if used:
        model.invoke("Hi")
    twin = COPIES[how](model)
    assert type(twin) is ChatPollinations
    assert vars(twin) == vars(model)
    assert ask(twin, "Say only: hello").content == echo("Say only: hello")
    assert COPIES[how](model.bind_tools([])).invoke("Say only: hello").content == echo(
        "Say only: hello"
    )


class _Greeting(ChatPollinations):
    """A model of the user's own."""

    greeting: str = "Hi"
    _greeted: int = PrivateAttr(default=0)

    def greet(self) -> str:
        """Count greetings in a private attribute."""
        self._greeted += 1
        return self.invoke(self.greeting).text


@pytest.mark.parametrize("how", COPIES)
def test_a_subclass_keeps_what_it_added(chat: Chat, how: str) -> None:
    """Fields and private attributes of a subclass are copied too."""
    model = _Greeting(**chat.keywords, greeting="Say only: hello")  # type: ignore[attr-defined] # it is a partial
    model.greet()
    twin = COPIES[how](model)
    assert twin.greet() == echo("Say only: hello")
    assert (model._greeted, twin._greeted) == (1, 2)


def _in_child(model: ChatPollinations, answers: Any) -> None:
    answers.put([model.invoke("Say only: child").text, asyncio.run(model.ainvoke("Hi")).text])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings(
    # the sandbox's thread does not go on in the child, which does not need it
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)
def test_a_forked_child_has_connections_of_its_own(chat: Chat) -> None:
    """Parent and child go on with the same model and do not disturb each other."""
    model = chat()
    model.invoke("Hi")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_in_child, args=(model, answers))
    child.start()
    assert answers.get(timeout=20)[0] == echo("Say only: child")
    child.join()
    assert child.exitcode == 0
    assert model.invoke("Say only: parent").text == echo("Say only: parent")


def test_a_stream_left_early_leaves_no_connection(
    chat: Chat, sandbox: Sandbox, settled: Settled
) -> None:
    """`break` closes the answer; the next call works."""
    model = chat()
    model.invoke("Hi")
    before = sandbox.open_connections
    sandbox.fail(Fault.slow(0.05))
    for _ in model.stream("Why is the sky blue?"):
        break
    gc.collect()
    assert settled(lambda: sandbox.open_connections < max(before, 1) + 1)
    assert model.invoke("Say only: hello").text == echo("Say only: hello")


async def test_an_async_stream_left_early_leaves_no_connection(
    chat: Chat, sandbox: Sandbox, settled: Settled
) -> None:
    """Closing the generator closes the connection at once."""
    model = chat()
    before = sandbox.open_connections
    sandbox.fail(Fault.slow(0.05))
    async with aclosing(model.astream("Why is the sky blue?")) as chunks:  # type: ignore[type-var] # it is an async generator
        async for _ in chunks:
            break
    assert await asyncio.to_thread(settled, lambda: sandbox.open_connections <= before)


async def test_a_cancelled_call_leaves_no_connection(
    chat: Chat, sandbox: Sandbox, settled: Settled
) -> None:
    """Cancellation passes through as itself and closes what was open."""
    model = chat()
    before = sandbox.open_connections
    sandbox.fail(Fault.stall(0, seconds=30, times=2))

    async def gather() -> list[Any]:
        return [chunk async for chunk in model.astream("Hi")]

    for work in (model.ainvoke("Hi"), gather()):
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await asyncio.to_thread(settled, lambda: sandbox.open_connections <= before)


async def test_a_deadline_of_the_callers_holds(chat: Chat, sandbox: Sandbox) -> None:
    """`asyncio.timeout` around a call ends it."""
    sandbox.fail(Fault.stall(0, seconds=30))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await chat().ainvoke("Hi")


def test_calls_reuse_their_connection(chat: Chat, sandbox: Sandbox) -> None:
    """Twenty calls, bound anew each time as agents do, need one connection."""
    model = chat()
    model.invoke("Hi")
    before = sandbox.connections
    for _ in range(10):
        model.bind_tools([]).invoke("Hi")
        list(model.stream("Hi"))
    assert sandbox.connections == before


def test_a_closed_model_can_be_used_again(chat: Chat) -> None:
    """`close` lets connections go; the context manager does too."""
    with chat(proxy=None) as model:
        assert model.invoke("Hi").text
    assert model.invoke("Hi").text


@pytest.mark.parametrize("colour", ["stream", "astream"])
def test_an_event_is_parsed_once_and_makes_one_message(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, colour: str
) -> None:
    """Nothing is read twice on the way from bytes to chunk."""
    counts = {"parsed": 0, "payloads": 0, "made": 0}

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            counts[name] += len(result) if name == "payloads" else 1
            return result

        return counted

    monkeypatch.setattr(completions, "parse", counting("parsed", completions.parse))
    monkeypatch.setattr(sse.Splitter, "feed", counting("payloads", sse.Splitter.feed))
    monkeypatch.setattr(from_wire, "AIMessageChunk", counting("made", from_wire.AIMessageChunk))
    monkeypatch.setattr(from_wire, "text_chunk", counting("made", from_wire.text_chunk))
    model = chat()
    if colour == "stream":
        chunks: list[Any] = list(model.stream("Why is the sky blue?"))
    else:

        async def run() -> list[Any]:
            return [chunk async for chunk in model.astream("Why is the sky blue?")]

        chunks = asyncio.run(run())
    assert counts["made"] == len(chunks)
    assert counts["parsed"] == counts["payloads"] - 1  # but for [DONE]


@pytest.mark.parametrize("first_use", ["import langchain_pollinations", "ChatPollinations"])
def test_importing_brings_in_neither_httpx_nor_the_other_framework(first_use: str) -> None:
    """The import and the constructor cost what LangChain costs, and little more."""
    make = 'from langchain_pollinations import ChatPollinations; ChatPollinations(api_key="sk_a")'
    program = f"""
import sys
import langchain_core.language_models.chat_models
before = set(sys.modules)
{first_use if first_use.startswith("import") else make}
new = set(sys.modules) - before
names = {{name.partition(".")[0] for name in new}}
unwanted = "httpx aiohttp llama_index openai tiktoken ssl langchain".split()
print(sorted(names.intersection(unwanted)))
"""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_one_reader_reads_an_answer(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """One reader puts a streamed answer together."""
    made: list[Any] = []

    class Counted(reader.ReplyReader):
        def __init__(self, *args: Any) -> None:
            made.append(self)
            super().__init__(*args)

    monkeypatch.setattr(completions, "ReplyReader", Counted)
    list(chat().stream("Hi"))
    assert len(made) == 1


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_the_async_colour_never_blocks_its_loop(sandbox: Sandbox, version: str) -> None:
    """From a cold start: no file, lock, sleep or socket call holds the event loop up."""
    program = f"""
import asyncio
from blockbuster import blockbuster_ctx
from langchain_pollinations import ChatPollinations

model = ChatPollinations(
    base_url={sandbox.base_url!r}, api_key={sandbox.api_key!r}, output_version={version!r}
)

async def main():
    with blockbuster_ctx():
        await model.ainvoke("Hi")
        print(len([chunk async for chunk in model.astream("Hi")]))

asyncio.run(main())
"""
    assert int(output_of(program)) > 1
