"""Answers that drip or never end: each of them ends in an error of ours, and memory stays flat.

A raw server sends one hostile answer after another, and both frameworks call it in all four ways.
Every call has to raise a `PollinationsError` within its bound of time, and the process may not
grow by more than a few answers.
"""

import argparse
import asyncio
import gzip
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from llama_index.core.llms import ChatMessage

from _pollinations.gateway import PollinationsError, SizeLimits
from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations

TIMEOUT = 0.2
LONGEST = 8 * TIMEOUT + 3.0  # four times the timeout, the pieces before it, and a busy machine
MOST = 30.0  # MB that the process may grow by
LIMITS = SizeLimits(answer=400_000, event=200_000, error=20_000, headers=20_000)

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\nconnection: close\r\n%s\r\n"
STREAM, JSON = b"text/event-stream", b"application/json"
EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
BOMB = gzip.compress(b" " * 20_000_000)


async def forever(start: bytes, piece: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    """Something, and then the same piece again and again."""
    yield start
    while True:
        yield piece
        await asyncio.sleep(pause)


ANSWERS: dict[str, Callable[[], AsyncIterator[bytes]]] = {
    "a status line that drips": lambda: forever(b"HTTP/1.1", b"", 0.1),
    "headers without end": lambda: forever(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 900 + b"\r\n"),
    "keep-alive comments": lambda: forever(HEAD % (STREAM, b""), b": keep-alive\n\n", 0.05),
    "a body that drips": lambda: forever(HEAD % (JSON, b""), b" ", 0.05),
    "a line without end": lambda: forever(HEAD % (STREAM, b"") + b"data: ", b"x" * 65_536),
    "a body without end": lambda: forever(HEAD % (JSON, b"") + b'{"a":"', b"x" * 65_536),
    "an error without end": lambda: forever(b"HTTP/1.1 500 No\r\n\r\n", b"x" * 65_536),
    "a stream without end": lambda: forever(HEAD % (STREAM, b""), EVENT * 1_000),
    "a bomb": lambda: forever(HEAD % (JSON, b"content-encoding: gzip\r\n"), BOMB),
}


class Server:
    """Sends the answer that is set, on a loop in a thread of its own."""

    def __init__(self) -> None:
        self.answer = "a bomb"
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0)
        )
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            async for piece in ANSWERS[self.answer]():
                writer.write(piece)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def gathered(pieces: Any) -> list[Any]:  # noqa: ANN401 - of either framework
    """All pieces of an asynchronous stream."""
    found = pieces if hasattr(pieces, "__aiter__") else await pieces
    return [piece async for piece in found]


def ways(url: str) -> dict[str, Callable[[], object]]:
    """The eight ways to call."""
    given: dict[str, Any] = {"base_url": url, "api_key": "sk_x", "max_retries": 0}
    given |= {"timeout": TIMEOUT, "size_limits": LIMITS}
    chat, llm, hi = ChatPollinations(**given), Pollinations(**given), [ChatMessage("Hi")]
    return {
        "invoke": lambda: chat.invoke("Hi"),
        "ainvoke": lambda: asyncio.run(chat.ainvoke("Hi")),
        "stream": lambda: list(chat.stream("Hi")),
        "astream": lambda: asyncio.run(gathered(chat.astream("Hi"))),
        "chat": lambda: llm.chat(hi),
        "achat": lambda: asyncio.run(llm.achat(hi)),
        "stream_chat": lambda: list(llm.stream_chat(hi)),
        "astream_chat": lambda: asyncio.run(gathered(llm.astream_chat(hi))),
    }


def memory() -> float:
    """Megabytes that this process keeps in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Call, check and print; the exit code is the number of problems."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    server, problems, before = Server(), 0, 0.0
    for number in range(rounds):
        for answer in ANSWERS:
            server.answer, slowest = answer, 0.0
            for name, call in ways(server.url).items():
                began, ended = time.monotonic(), "an answer"
                try:
                    call()
                except PollinationsError as error:
                    ended = type(error).__name__
                took = time.monotonic() - began
                slowest = max(slowest, took)
                if ended == "an answer" or took > LONGEST:
                    problems += 1
                    print(f"{name}: {answer} ended in {ended} after {took:.1f} s")
            print(f"round {number + 1}: {answer}: {slowest:.1f} s, {memory():.0f} MB", flush=True)
        before = before or memory()
    grown = memory() - before
    if grown > MOST:
        problems += 1
        print(f"The process grew by {grown:.0f} MB after the first round.")
    print(f"{problems} problems")
    return problems


if __name__ == "__main__":
    sys.exit(main())
