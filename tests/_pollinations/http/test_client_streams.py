"""Streams over a real socket: dialects, framings, ends, silence, and leaving early."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from _pollinations.chat.completions import body, complete, stream
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import APITimeoutError, InterruptedStreamError, ServerError
from pollinations_sandbox import Fault, Sandbox

HI = [{"role": "user", "content": "Say hello"}]
PIECES = stream(body(HI, {"model": "openai"}))
LONG = stream(body([{"role": "user", "content": "Count to 60"}], {"model": "openai"}))
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
ASKED = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
DIALECTS = [
    *("openai", "gemini", "claude", "anthropic", "fireworks", "openrouter", "perplexity", "whole"),
    *("null-holes", "no-index", "no-ids", "same-index-new-id", "several-calls-one-delta"),
    *("arguments-object", "usage-twice", "all-reasoning-spellings"),
    *("keepalive", "crlf", "split-utf8", "u2028", "no-done"),
]
FINISHED = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"

Waiter = Callable[[Callable[[], object]], None]


def known(*names: str) -> list[str]:
    """Those of the names that the sandbox speaks, in any release of it."""
    from pollinations_sandbox.dialects import DIALECTS as SPOKEN  # noqa: PLC0415 - once

    return [name for name in names if name in SPOKEN]


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_every_dialect_gives_the_same_answer(ask_once: Any, sandbox: Sandbox) -> None:
    """However a provider spells it, streamed and whole answers agree, and usage counts once."""
    made = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
    for dialect in known(*DIALECTS):
        sandbox.clear()
        sandbox.fail(Fault.dialect(dialect))
        whole = ask_once.send(complete(made))
        sandbox.clear()
        sandbox.fail(Fault.dialect(dialect))
        *deltas, last = ask_once.stream(stream(made))
        streamed = last.reply

        assert streamed.text == "".join(d.text for d in deltas) == whole.text, dialect
        assert streamed.reasoning == "".join(d.reasoning for d in deltas) == whole.reasoning
        assert streamed.finish_reason == whole.finish_reason, dialect
        assert streamed.usage.total == whole.usage.total, dialect


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_every_dialect_gives_the_same_tool_calls(ask_once: Any, sandbox: Sandbox) -> None:
    """However calls are counted, named and cut, names and arguments agree."""
    options = {"model": "openai", "tools": [TOOL], "tool_choice": "required"}
    made = body(ASKED, options)
    plain = [(c.name, c.arguments) for c in ask_once.send(complete(made)).tool_calls]

    assert plain
    for dialect in known(*DIALECTS):
        if dialect == "perplexity":
            continue
        sandbox.clear()
        sandbox.fail(Fault.dialect(dialect))
        *deltas, last = ask_once.stream(stream(made))
        calls = last.reply.tool_calls
        pieces = [call for delta in deltas for call in delta.tool_calls]

        assert [c.name for c in calls] == [name for name, _ in plain], dialect
        assert len({call.id for call in calls}) == len(calls), dialect
        for place, call in enumerate(calls):
            own = [piece for piece in pieces if piece.index == place]
            assert "".join(piece.arguments for piece in own) == call.arguments, dialect
            assert [piece.id for piece in own if piece.id] == [call.id], dialect


def test_pieces_come_as_they_are_sent(ask: Any, sandbox: Sandbox) -> None:
    """Packets that are cut anywhere, even within a character, become whole pieces."""
    data = 'data: {"choices":[{"delta":{"content":"é日🙂"}}]}\r\n\r\n'.encode() + FINISHED + DONE
    sandbox.reply([data[at : at + 7] for at in range(0, len(data), 7)])

    assert [item.text for item in ask.stream(PIECES)] == ["é日🙂", "Hi", ""]


def test_a_stream_that_falls_silent_is_an_interruption(
    ask_in_all_colours: Any, sandbox: Sandbox
) -> None:
    """Beyond the idle timeout the answer has broken off; what came is kept."""
    sandbox.fail(Fault.stall(3, seconds=30))
    begin = time.monotonic()
    with pytest.raises(InterruptedStreamError, match="sent nothing") as caught:
        ask_in_all_colours.stream(PIECES, idle_timeout=0.2)

    assert time.monotonic() - begin < 3
    assert caught.value.text == "".join(item.text for item in ask_in_all_colours.items) != ""
    assert isinstance(caught.value.__cause__, APITimeoutError)


def test_an_answer_that_never_begins_is_a_timeout(
    ask_in_all_colours: Any, sandbox: Sandbox
) -> None:
    """Silence from the start is told as a timeout, streamed or not."""
    for verb, call in (
        (ask_in_all_colours.stream, PIECES),
        (ask_in_all_colours.send, complete(body(HI, {"model": "openai", "seed": 1}))),
    ):
        sandbox.fail(Fault.stall(0, seconds=30))
        with pytest.raises(APITimeoutError, match="sent nothing"):
            verb(call, timeout=0.2, idle_timeout=0.2)


def test_silence_after_the_answer_takes_nothing_from_it(ask: Any, sandbox: Sandbox) -> None:
    """A finished answer is handed out, whether the connection ends or not."""
    sandbox.reply([FINISHED, b": late"], pause=30)

    assert ask.stream(PIECES, idle_timeout=0.1)[-1].reply.text == "Hi"


def test_nobody_waits_for_a_connection_that_does_not_end(ask: Any, sandbox: Sandbox) -> None:
    """After `[DONE]` a connection has a moment to end; then it is given up."""
    sandbox.reply([FINISHED + DONE, b": late"], pause=30)
    begin = time.monotonic()

    assert ask.stream(PIECES)[-1].reply.text == "Hi"
    assert time.monotonic() - begin < 3


def test_a_connection_that_goes_on_is_given_up(ask_in_all_colours: Any, sandbox: Sandbox) -> None:
    """Pieces that still come after `[DONE]` do not extend that moment."""
    sandbox.reply([FINISHED + DONE, *[b": late\n\n"] * 40], pause=0.3)
    begin = time.monotonic()

    assert ask_in_all_colours.stream(PIECES)[-1].reply.text == "Hi"
    assert time.monotonic() - begin < 4


def test_an_error_in_the_middle_carries_the_text_so_far(ask: Any, sandbox: Sandbox) -> None:
    """An error event is raised with what was handed out before it."""
    sandbox.fail(Fault.event({"error": {"message": "Provider died", "code": 502}}, after=3))
    with pytest.raises(ServerError, match="Provider died") as caught:
        ask.stream(PIECES)

    assert caught.value.text == "".join(item.text for item in ask.items) != ""
    assert caught.value.model == "openai"


@pytest.mark.parametrize("dialect", ["error-choice", "error-type-finish"])
def test_an_error_in_a_choice_is_an_error(ask: Any, sandbox: Sandbox, dialect: str) -> None:
    """Providers that tell of errors by a choice are understood."""
    sandbox.fail(Fault.dialect(dialect))
    with pytest.raises(ServerError):
        ask.stream(PIECES)


def test_leaving_early_lets_the_connection_go(sandbox: Sandbox, eventually: Waiter) -> None:
    """A `break` out of a stream leaves nothing open and the client usable."""
    sandbox.fail(Fault.slow(0.005, times=None))
    with Client(sandbox.api_key, sandbox.base_url) as client:
        for item in client.stream(LONG):
            assert item.text
            break
        eventually(lambda: sandbox.open_connections == 0)
        sandbox.clear()

        assert client.send(complete(body(HI, {"model": "openai"}))).text


async def test_leaving_early_lets_the_connection_go_in_a_loop(sandbox: Sandbox) -> None:
    """The same for coroutines, also without closing the generator by hand."""
    sandbox.fail(Fault.slow(0.005, times=None))
    async with AsyncClient(sandbox.api_key, sandbox.base_url) as client:
        async for item in client.stream(LONG):
            assert item.text
            break
        await drained(sandbox)
        sandbox.clear()

        assert (await client.send(complete(body(HI, {"model": "openai"})))).text


async def test_a_cancelled_task_lets_the_connection_go(sandbox: Sandbox) -> None:
    """Cancelling a task in the middle of an answer leaves nothing open."""
    sandbox.fail(Fault.stall(3, seconds=30, times=None))
    client = AsyncClient(sandbox.api_key, sandbox.base_url)

    async def read() -> list[Any]:
        return [item async for item in client.stream(PIECES)]

    async def ask() -> Any:
        return await client.send(complete(body(HI, {"model": "openai", "seed": 2})))

    tasks = [asyncio.create_task(read()), asyncio.create_task(ask())]
    async with asyncio.timeout(5):
        while len(sandbox.requests) < 2:  # noqa: ASYNC110 - the sandbox has no event to wait for
            await asyncio.sleep(0.005)
    for task in tasks:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(error) for error in done] == [asyncio.CancelledError] * 2
    await drained(sandbox)
    await client.aclose()


async def drained(sandbox: Sandbox) -> None:
    """Wait until the sandbox has no open connection."""
    async with asyncio.timeout(2):
        while sandbox.open_connections:  # noqa: ASYNC110 - the sandbox has no event to wait for
            await asyncio.sleep(0.005)
