"""A gateway on the loopback that costs nearly nothing: every answer is made before it is asked for.

The model's name says which answer is wanted, `KIND-SIZE` or `KIND-SIZE-MILLISECONDS`:

    text-5000       a stream of 5,000 words
    reasoning-500   a stream of 500 thoughts
    tools-500       a stream with one tool call, its arguments in 500 fragments
    paced-20-1      a stream of 20 words, one millisecond apart
    json-300        a whole answer of 300 characters
    json-300-50     the same, 50 milliseconds later

`GET /stats` tells how many connections were opened and the most requests in flight at a time.
The port is the one line on standard output; the server ends when its standard input does.
"""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import Iterator
from functools import lru_cache

MODEL = re.compile(rb'"model":\s*"([^"]+)"')
LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
USAGE = {"prompt_tokens": 9, "completion_tokens": 99, "total_tokens": 108}
SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
# As much as the gateway sends beside each word: an event has about 300 bytes.
FILTERS = {kind: {"filtered": False} for kind in ("hate", "violence")}
ENVELOPE = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1800000000,
    "model": "openai",
    "system_fingerprint": "fp_1",
}


def event(delta: object, finish: str | None = None, **more: object) -> bytes:
    """One event as the gateway spells it, framed as a chunk of the body."""
    choice = {
        "index": 0,
        "delta": delta,
        "finish_reason": finish,
        "content_filter_results": FILTERS,
    }
    return frame(json.dumps({**ENVELOPE, "choices": [choice], **more}).encode())


def frame(payload: bytes) -> bytes:
    """A payload as an SSE event in an HTTP chunk of its own."""
    data = b"data: " + payload + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)


def deltas(kind: str, size: int) -> Iterator[object]:
    """What the model says, piece by piece."""
    if kind == "tools":
        function = {"name": "write", "arguments": ""}
        yield {
            "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]
        }
        for piece in ('{"text": "', *["word by "] * (size - 2), '"}'):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
        return
    field = "reasoning_content" if kind == "reasoning" else "content"
    yield {"role": "assistant", field: "A"}
    for number in range(1, size):
        yield {field: f" word{number % 10}"}


@lru_cache(maxsize=64)
def answer(name: str) -> tuple[float, list[bytes]]:
    """The pause in seconds before each piece but a stream's first, and the pieces."""
    kind, size, *pause = name.split("-")
    seconds = int(pause[0]) / 1000 if pause else 0.0
    if kind == "json":
        message = {"role": "assistant", "content": "word " * (int(size) // 5)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = json.dumps(ENVELOPE | {"choices": [choice], "usage": USAGE}).encode()
        return seconds, [whole(body)]
    last = event({}, "tool_calls" if kind == "tools" else "stop")
    usage = frame(json.dumps(ENVELOPE | {"choices": [], "usage": USAGE}).encode())
    end = last + usage + frame(b"[DONE]") + b"0\r\n\r\n"
    first, *rest = map(event, deltas(kind, int(size)))
    if seconds:
        return seconds, [SSE_HEAD + first, *rest, end]
    return 0.0, [SSE_HEAD + first + b"".join(rest) + end]


def whole(body: bytes) -> bytes:
    """A whole JSON answer."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


class Connection(asyncio.Protocol):
    """One client; it may send one request after the other."""

    opened = flying = most = 0
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of a new connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP is always one
        self.transport = transport
        self.received = bytearray()
        Connection.opened += 1

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is complete."""
        self.received += data
        head = self.received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(self.received, 0, head)
        if len(self.received) < head + 4 + (int(length[1]) if length else 0):
            return
        request, self.received = bytes(self.received), bytearray()
        if request.startswith(b"GET"):
            numbers = {"connections": Connection.opened, "most": Connection.most}
            self.transport.write(whole(json.dumps(numbers).encode()))
        elif name := MODEL.search(request, head):
            Connection.flying += 1
            Connection.most = max(Connection.most, Connection.flying)
            pause, pieces = answer(name[1].decode())
            self.send(pause, pieces, 0 if len(pieces) > 1 or not pause else -1)

    def send(self, pause: float, pieces: list[bytes], position: int) -> None:
        """Write the piece at a position, -1 being a wait, and come back for the next."""
        if self.transport.is_closing():
            Connection.flying -= 1
            return
        if position >= 0:
            self.transport.write(pieces[position])
        if position + 1 < len(pieces):
            loop = asyncio.get_running_loop()
            loop.call_later(pause, self.send, pause, pieces, position + 1)
        else:
            Connection.flying -= 1


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
