"""Where the key is not: it goes to the gateway and nowhere else."""

import asyncio
import json
import pickle
import signal
import socket
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from hello import HELLO, PIECES
from waiting import wait_until_left

from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import PollinationsError
from _pollinations.http.masking import chain
from pollinations_sandbox import Key, Sandbox

KEY = "sk_do_not_tell_anyone_1234567890"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(keys={KEY: Key()}) as running:
        yield running


def everything(error: PollinationsError) -> str:
    """All that can be seen of an error, in print, in a log, in a tracer or on a disk."""
    return "\n".join(
        [
            *map(str, chain(error)),
            *map(repr, chain(error)),
            *traceback.format_exception(error),
            repr(error.facts),
            repr(error.__dict__),
            error.response.text if error.response else "",
            repr(pickle.dumps(error)),
        ]
    )


def frames_of(error: BaseException) -> str:
    """What a debugger or an error tracker shows of the frames that an error went through."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def silent_in_the_middle(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{")
    wait_until_left(connection)


ENDS = [wait_until_left, silent_in_the_middle]


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("answer", ENDS)
def test_no_frame_of_a_call_that_its_caller_ends_holds_the_key(
    server: Any, answer: Any, own: bool
) -> None:
    """A deadline of the user's own, which cancels, passes none of the libraries' frames."""

    async def ask(url: str, how: Callable[[Any], Awaitable[object]]) -> BaseException:
        async with httpx.AsyncClient() as mine:
            client = AsyncClient(KEY, url, http_client=mine if own else None)
            try:
                await how(client)
            except TimeoutError as error:
                return error
            finally:
                await client.aclose()
        raise AssertionError("It did not end.")

    async def whole(client: AsyncClient) -> object:
        return await asyncio.wait_for(client.send(HELLO), 0.2)

    async def streamed(client: AsyncClient) -> object:
        async with asyncio.timeout(0.2):
            return [item async for item in client.stream(PIECES)]

    for how in (whole, streamed):
        with server(answer) as url:
            assert KEY not in frames_of(asyncio.run(ask(url, how)))


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("answer", ENDS)
def test_no_frame_of_an_interrupted_call_holds_the_key(server: Any, answer: Any, own: bool) -> None:
    """Ctrl-C while a blocking call waits shows nothing of the request."""
    for verb in (lambda client: client.send(HELLO), lambda client: list(client.stream(PIECES))):
        here = threading.get_ident()
        timer = threading.Timer(0.3, signal.pthread_kill, (here, signal.SIGINT))
        with server(answer) as url, httpx.Client() as mine:
            client = Client(KEY, url, http_client=mine if own else None)
            timer.start()
            with pytest.raises(KeyboardInterrupt) as caught:
                verb(client)
            assert KEY not in frames_of(caught.value)
            client.close()


def error_with(message: str) -> bytes:
    return json.dumps({"error": {"message": message}}).encode()


HTTP, CLOSE = b"HTTP/1.1 ", b"connection: close\r\n\r\n"
EVENTS = b"200 OK\r\ncontent-type: text/event-stream\r\n"
# What is shown of an answer is cut after so many characters, and an error's body at 64 KiB.
ECHOES = {
    **{
        f"{name} after {before}": head + CLOSE + body_of("x" * before + KEY)
        for before in (65, 185, 285, 485, 3_985)
        for name, head, body_of in (
            ("an error", b"400 No\r\n", error_with),
            ("an error as text", b"400 No\r\n", str.encode),
            ("a good answer", b"200 OK\r\n", str.encode),
            ("an event", EVENTS, lambda words: b"data: {" + words.encode() + b"\n\n"),
            ("an error event", EVENTS, lambda words: b"data: " + error_with(words) + b"\n\n"),
        )
    },
    "the end of what is kept": b"400 No\r\n" + CLOSE + b" " * 65_520 + KEY.encode(),
    "the name of a field": b"400 No\r\n"
    + CLOSE
    + json.dumps({"error": {"message": "No", "details": {"fieldErrors": {KEY: ["a"]}}}}).encode(),
    "the status": KEY.encode() + b"\r\n" + CLOSE,
    "nowhere, and there is no answer": b"",
    "a header": b"200 OK\r\ncontent-type: " + KEY.encode() + b"\r\n" + CLOSE,
    "what is no header": b"200 OK\r\n" + KEY.encode() + b"\r\n" + CLOSE,
    "the size of a chunk": EVENTS + b"transfer-encoding: chunked\r\n\r\n" + KEY.encode() + b"\r\n",
    "a size": b"200 OK\r\ncontent-length: " + KEY.encode() + b"\r\n\r\n",
    "nothing, but a header is too long": b"200 " + b"a" * 99_999 + b"\r\n" + CLOSE,
}


@pytest.mark.parametrize("where", ECHOES)
def test_no_error_shows_a_key_that_a_server_repeats(
    ask_in_all_colours: Any, server: Any, where: str
) -> None:
    """Wherever it stands, whole or cut off: not in words, causes or frames of this package."""
    for verb, call in ((ask_in_all_colours.send, HELLO), (ask_in_all_colours.stream, PIECES)):
        with (
            server(lambda connection: connection.sendall(HTTP + ECHOES[where])) as url,
            pytest.raises(PollinationsError) as caught,
        ):
            verb(call, base_url=url, api_key=KEY)
        assert KEY[:9] not in everything(caught.value)
        assert KEY[:9] not in repr(locals_of(caught.value))
        assert all(KEY not in frames_of(cause) for cause in [*chain(caught.value)][1:])


def locals_of(error: BaseException) -> list[object]:
    """The values in the frames of this package and the libraries below, of a whole chain."""
    return [
        value
        for link in chain(error)
        for frame, _ in traceback.walk_tb(link.__traceback__)
        if "/tests/" not in frame.f_code.co_filename
        for value in frame.f_locals.values()
    ]
