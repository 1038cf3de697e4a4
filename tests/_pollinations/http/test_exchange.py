"""How long an answer may take, how large it may be, and how it is read: in all colours."""

import gzip
import itertools
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from hello import BUSY, CHUNKED, CLOSE, DONE, EVENTS, HELLO, HI, OK, PIECES, chunk, counted, event
from waiting import sending, side_by_side, wait_until_left

from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    InterruptedStreamError,
    NotFoundError,
    PollinationsError,
    UnreadableAnswerError,
)
from _pollinations.http.settings import SizeLimits
from _pollinations.text import text
from pollinations_sandbox import Sandbox

ONE = event("One")
ROLE = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
KEEP_ALIVE = b": keep-alive\n\n"
TIMEOUT = 0.15
# A drip of the tests may be late itself, which is silence then.
LATE = r"4 times the timeout|sent nothing for 0\.15 s"
Server = Callable[[socket.socket], object]


def dripping(head: bytes, drip: bytes) -> Server:
    """A server that sends a little before each timeout, and does not end by itself."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        end = time.monotonic() + 40 * TIMEOUT
        while time.monotonic() < end:
            connection.sendall(drip)
            time.sleep(TIMEOUT / 3)

    return answer


DRIPS: dict[str, tuple[bytes, bytes]] = {
    "the status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (OK, b"x-a: b\r\n"),
    "a body": (OK + CLOSE, b" "),
    "a counted body": (OK + counted(9999), b" "),
    "chunks": (EVENTS + CHUNKED, chunk(b" ")),
    "the size of a chunk": (EVENTS + CHUNKED, b"0"),
    "an error": (BUSY + CLOSE, b" "),
    "keep-alives": (EVENTS + CLOSE, KEEP_ALIVE),
    "keep-alives after a word": (EVENTS + CLOSE + ONE, KEEP_ALIVE),
    "events without a word": (EVENTS + CLOSE, ROLE),
}
# httpx begins its timeout anew with each byte, and hands nothing out before a body's bytes.
NOT_BOUND_BY_HTTPX = {"the status line", "headers", "the size of a chunk"}


def test_a_drip_is_waited_for_four_times_the_timeout(ask_in_all_colours: Any, server: Any) -> None:
    """Bytes that complete nothing extend a wait, but not for ever, whole or streamed."""
    # aiohttp takes the size of a chunk that drips for silence too.
    ask = ask_in_all_colours

    def check(case: tuple[str, Any]) -> None:
        what, (verb, call) = case
        with server(dripping(*DRIPS[what])) as url:
            begin = time.monotonic()
            with pytest.raises((APITimeoutError, InterruptedStreamError), match=LATE):
                verb(call, base_url=url, timeout=(1, TIMEOUT), idle_timeout=TIMEOUT)
            assert TIMEOUT < time.monotonic() - begin < 35 * TIMEOUT

    bound = DRIPS.keys() - (NOT_BOUND_BY_HTTPX if ask.colour == "own sync" else set())
    side_by_side(check, itertools.product(bound, [(ask.send, HELLO), (ask.stream, PIECES)]))


def test_keep_alives_extend_the_wait_for_an_event(ask_in_all_colours: Any, server: Any) -> None:
    """A model that thinks for longer than the timeout is waited for, and again after each word."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(EVENTS + CLOSE)
        for data in (ONE, event("two", last=True), DONE):
            for _ in range(3):
                connection.sendall(KEEP_ALIVE)
                time.sleep(0.12)
            connection.sendall(data)

    with server(answer) as url:
        *items, last = ask_in_all_colours.stream(PIECES, base_url=url, timeout=0.3)

    assert last.reply.text == "".join(item.text for item in items) == "Onetwo"


@pytest.mark.parametrize("waits", [{"timeout": 0.3}, {"timeout": 0.1, "idle_timeout": 0.4}])
@pytest.mark.parametrize("end_of_head", [CLOSE, CHUNKED, counted(9999)])
def test_the_timeout_bounds_silence_in_a_stream(
    ask_in_all_colours: Any, server: Any, waits: dict[str, float], end_of_head: bytes
) -> None:
    """Unless the idle timeout says otherwise, in every framing; before the first word always."""
    wait, idle = waits["timeout"], waits.get("idle_timeout", waits["timeout"])
    for first, seconds in ((ONE, idle), (ROLE, wait)):

        def answer(connection: socket.socket, first: bytes = first) -> None:
            data = chunk(first) if end_of_head == CHUNKED else first
            connection.sendall(EVENTS + end_of_head + data)
            wait_until_left(connection)

        with server(answer) as url:
            begin = time.monotonic()
            with pytest.raises(PollinationsError, match=f"sent nothing for {seconds:g} s") as error:
                ask_in_all_colours.stream(PIECES, base_url=url, **waits)
            assert 0.9 * seconds < time.monotonic() - begin < 1.5
        assert error.value.text == ("One" if first == ONE else "")


def endless(head: bytes, piece: bytes, sent: list[int]) -> Server:
    """A server that sends without end, and counts how much was taken from it."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        sent.append(0)
        while sent[-1] < 500_000_000:
            connection.sendall(piece)
            sent[-1] += len(piece)

    return answer


MEGABYTE = b" " * 2**20
BOMB = gzip.compress(bytes(2**24), mtime=0)
SIZES: dict[str, tuple[bytes, bytes]] = {
    "a body": (OK + CLOSE, MEGABYTE),
    "a chunked body": (OK + CHUNKED, chunk(MEGABYTE)),
    "one chunk": (OK + CHUNKED + b"fffffffff\r\n", MEGABYTE),
    "a line": (EVENTS + CLOSE + b"data: ", MEGABYTE),
    "an event of many lines": (EVENTS + CLOSE, b"data: x\n" * 9999),
    "keep-alives": (EVENTS + CLOSE, KEEP_ALIVE * 9999),
    "a packed body": (OK + b"content-encoding: gzip\r\n" + CLOSE, BOMB),
    "a packed stream": (EVENTS + b"content-encoding: x-gzip\r\n" + CLOSE, BOMB),
}


@pytest.mark.parametrize("what", SIZES)
def test_an_answer_without_end_is_too_large(
    ask_in_all_colours: Any, server: Any, what: str
) -> None:
    """Whatever grows ends at its limit: a typed error, one request, a closed connection."""
    sent: list[int] = []
    limits = SizeLimits(answer=3_000_000, event=2_000_000)
    with server(endless(*SIZES[what], sent)) as url:
        for error in ask_in_all_colours.errors(base_url=url, size_limits=limits, retry=None):
            assert type(error) is UnreadableAnswerError
            assert "size_limits" in str(error)
    assert len(sent) == 2
    assert max(sent) < 50_000_000


@pytest.mark.parametrize(
    ("sent", "pause"),
    [([b"", b": late"], 30), ([DONE, b": late"], 30), ([DONE, *[b": late\n\n"] * 40], 0.3)],
)
def test_nobody_waits_for_a_connection_that_does_not_end(
    ask_in_all_colours: Any, sandbox: Sandbox, sent: list[bytes], pause: float
) -> None:
    """A finished answer is handed out; after `[DONE]` nothing extends the moment that is left."""
    sandbox.reply([event("Hi", last=True) + sent[0], *sent[1:]], pause=pause)
    begin = time.monotonic()

    assert ask_in_all_colours.stream(PIECES, idle_timeout=1)[-1].reply.text == "Hi"
    assert time.monotonic() - begin < 4


def test_a_length_that_is_too_large_is_not_waited_for(ask_in_all_colours: Any, server: Any) -> None:
    """What announces its size is refused before it comes; a stream that grows keeps its text."""
    with (
        server(sending(OK, counted(999999999999))) as url,
        pytest.raises(UnreadableAnswerError, match=r"larger than 256,000,000 bytes"),
    ):
        ask_in_all_colours.send(HELLO, base_url=url)
    with (
        server(sending(EVENTS, CLOSE, ONE * 2000)) as url,
        pytest.raises(InterruptedStreamError, match=r"size_limits\.answer") as caught,
    ):
        ask_in_all_colours.stream(PIECES, base_url=url, size_limits=SizeLimits(answer=50_000))

    assert caught.value.text.startswith("OneOne")


def test_headers_are_bounded(ask_in_all_colours: Any, server: Any) -> None:
    """Many headers, a long one and headers without end are typed errors."""
    many = b"".join(b"x-%d: %b\r\n" % (number, b"a" * 700) for number in range(98))
    for answer in (
        sending(OK, many, b"\r\n", HI),
        endless(OK, b"x-a: b\r\n" * 9999, []),
        endless(OK + b"x-a: ", MEGABYTE, []),
    ):
        with server(answer) as url, pytest.raises((UnreadableAnswerError, APIConnectionError)):
            ask_in_all_colours.send(HELLO, base_url=url)


@pytest.mark.parametrize("packed", [False, True])
def test_of_an_error_the_beginning_is_enough(
    ask_in_all_colours: Any, server: Any, packed: bool
) -> None:
    """The body of an error may be endless: its first kilobytes say what went wrong."""
    words = b'The path is unknown. "' + b"x" * 99
    encoding = b"content-encoding: gzip\r\n" if packed else b""
    first = gzip.compress(words + bytes(2**24), mtime=0) if packed else words
    sent: list[int] = []
    answer = endless(b"HTTP/1.1 404 No\r\n" + encoding + CLOSE + first, MEGABYTE, sent)
    with server(answer) as url:
        for error in ask_in_all_colours.errors(base_url=url):
            assert type(error) is NotFoundError
            assert error.message.startswith("The path is unknown")
    assert max(sent) < 50_000_000


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        (b"gzip", gzip.compress),
        (b"X-GZIP", gzip.compress),
        (b"gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
        (b"gzip", lambda data: gzip.compress(data) + b"\0" * 9),
        (b"identity", bytes),
    ],
)
@pytest.mark.parametrize("size", [1, 9999])
def test_packed_answers_are_unpacked(
    ask_in_all_colours: Any,
    server: Any,
    encoding: bytes,
    pack: Callable[[bytes], bytes],
    size: int,
) -> None:
    """However they are cut and put together; streams too, though they are not asked for packed."""
    for verb, call, data in (
        (ask_in_all_colours.send, HELLO, HI),
        (ask_in_all_colours.stream, PIECES, event("Hi", last=True)),
    ):
        packed = pack(data)
        chunks = [chunk(packed[at : at + size]) for at in range(0, len(packed), size)]
        head = OK + b"content-encoding: %b\r\n" % encoding + CHUNKED
        with server(sending(head, *chunks, chunk(b""))) as url:
            answer = verb(call, base_url=url)
        assert (answer[-1].reply if call is PIECES else answer).text == "Hi"


@pytest.mark.parametrize("size", [1, 15, -4, -1])
def test_a_packed_answer_that_ends_early_is_no_answer(
    ask_in_all_colours: Any, server: Any, size: int
) -> None:
    """A text may end anywhere: only its packing says that half of it is missing."""
    packed = gzip.compress(bytes(range(32, 127)))
    head = OK + b"content-type: text/plain\r\ncontent-encoding: gzip\r\n" + CLOSE
    with (
        server(sending(head, packed[:size])) as url,
        pytest.raises(UnreadableAnswerError, match="ends too early"),
    ):
        ask_in_all_colours.send(text("Say hello"), base_url=url)


@pytest.mark.parametrize("encoding", [b"br", b"deflate", b"gzip, gzip", b"gzip"])
def test_a_packing_that_nobody_accepted_is_a_typed_error(
    ask_in_all_colours: Any, server: Any, encoding: bytes
) -> None:
    """So is a body that is not packed as it says."""
    head = OK + b"content-encoding: %b\r\n" % encoding
    with (
        server(sending(head, CLOSE, HI)) as url,
        pytest.raises(UnreadableAnswerError, match=r"content-encoding|decompressed"),
    ):
        ask_in_all_colours.send(HELLO, base_url=url)


def test_early_hints_are_no_answer(ask_in_all_colours: Any, server: Any) -> None:
    """`103 Early Hints`, `102` and `100` come before the answer."""
    hint = b"HTTP/1.1 %d Early\r\nlink: </a>; rel=preload\r\n\r\n"
    early = b"".join(hint % status for status in (103, 102, 100))
    with server(sending(early, OK, counted(len(HI)), HI)) as url:
        assert ask_in_all_colours.send(HELLO, base_url=url).text == "Hi"
