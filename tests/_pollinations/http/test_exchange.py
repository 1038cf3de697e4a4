"""How long an answer may take, how large it may be, and what is left of the key: in all colours."""

import gzip
import itertools
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from waiting import side_by_side, wait_until_left

from _pollinations.chat.completions import body, complete, stream
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

BODY = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
HELLO = complete(BODY)
PIECES = stream(BODY)
OK = b"HTTP/1.1 200 OK\r\n"
EVENTS = OK + b"content-type: text/event-stream\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
COUNTED = b"content-length: 9999\r\n\r\n"
CLOSE = b"connection: close\r\n\r\n"
WORD = b'data: {"choices":[{"delta":{"content":"One"}}]}\n\n'
ROLE = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
ANSWER = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
TIMEOUT = 0.15
# A drip of the tests may be late itself, which is silence then.
LATE = r"4 times the timeout|sent nothing for 0\.15 s"
Server = Callable[[socket.socket], object]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def sending(*parts: bytes) -> Server:
    """A server that sends this, however often it is asked."""
    return lambda connection: connection.sendall(b"".join(parts))


def dripping(head: bytes, drip: Iterator[bytes]) -> Server:
    """A server that sends a little before each timeout, and does not end by itself."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        end = time.monotonic() + 40 * TIMEOUT
        while time.monotonic() < end:
            connection.sendall(next(drip))
            time.sleep(TIMEOUT / 3)

    return answer


def bytes_of(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


DRIPS: dict[str, Callable[[], Server]] = {
    "the status line": lambda: dripping(b"HTTP/1.1 200 ", itertools.repeat(b"O")),
    "headers": lambda: dripping(OK, itertools.repeat(b"x-a: b\r\n")),
    "a body": lambda: dripping(OK + CLOSE, itertools.repeat(b" ")),
    "a counted body": lambda: dripping(
        OK + b"content-length: 9999\r\n\r\n", itertools.repeat(b" ")
    ),
    "chunks": lambda: dripping(EVENTS + CHUNKED, itertools.repeat(chunk(b" "))),
    "the size of a chunk": lambda: dripping(EVENTS + CHUNKED, itertools.repeat(b"0")),
    "an error": lambda: dripping(b"HTTP/1.1 503 Busy\r\n" + CLOSE, itertools.repeat(b" ")),
    "keep-alives": lambda: dripping(EVENTS + CLOSE, itertools.repeat(b": keep-alive\n\n")),
    "events without a word": lambda: dripping(EVENTS + CLOSE, itertools.repeat(ROLE)),
}
# httpx begins its timeout anew with each byte, and hands nothing out before a body's bytes.
NOT_BOUND_BY_HTTPX = {"the status line", "headers", "the size of a chunk"}


def test_a_drip_is_waited_for_four_times_the_timeout(ask_in_all_colours: Any, server: Any) -> None:
    """Bytes that complete nothing extend a wait, but not for ever, whole or streamed."""
    # aiohttp takes the size of a chunk that drips for silence too.
    # A client of the user's own connects within the same bound.
    waits = {"timeout": (TIMEOUT, TIMEOUT), "idle_timeout": TIMEOUT}

    def check(case: tuple[str, bool]) -> None:
        what, whole = case
        verb, call = (ask.send, HELLO) if whole else (ask.stream, PIECES)
        with server(DRIPS[what]()) as url:
            begin = time.monotonic()
            with pytest.raises((APITimeoutError, InterruptedStreamError), match=LATE):
                verb(call, base_url=url, **waits)
            assert TIMEOUT < time.monotonic() - begin < 20 * TIMEOUT

    ask = ask_in_all_colours
    bound = DRIPS.keys() - (NOT_BOUND_BY_HTTPX if ask.colour == "own sync" else set())
    side_by_side(check, itertools.product(bound, (True, False)))


def test_keep_alives_extend_the_wait_for_an_event(ask_in_all_colours: Any, server: Any) -> None:
    """A model that thinks for twice the timeout is waited for, and again after each word."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(EVENTS + CLOSE)
        for event in (WORD, WORD, WORD, b"data: [DONE]\n\n"):
            for _ in range(4):
                connection.sendall(b": keep-alive\n\n")
                time.sleep(TIMEOUT / 2)
            connection.sendall(event.replace(b"}}]}", b'},"finish_reason":"stop"}]}'))

    with server(answer) as url:
        items = ask_in_all_colours.stream(PIECES, base_url=url, timeout=TIMEOUT)

    assert items[0].text == "One"


def test_keep_alives_between_words_end_too(ask_in_all_colours: Any, server: Any) -> None:
    """Between two words the same holds, and what came is kept."""
    drip = dripping(EVENTS + CLOSE + WORD, itertools.repeat(b": keep-alive\n\n"))
    with server(drip) as url, pytest.raises(InterruptedStreamError, match=LATE) as caught:
        ask_in_all_colours.stream(PIECES, base_url=url, timeout=5, idle_timeout=TIMEOUT)

    assert caught.value.text == "One"


@pytest.mark.parametrize(
    ("waits", "most"),
    [({"timeout": 0.3}, 1.5), ({"timeout": 0.1, "idle_timeout": 0.4}, 1.5)],
)
def test_the_timeout_bounds_silence_in_a_stream(
    ask_in_all_colours: Any, server: Any, waits: dict[str, float], most: float
) -> None:
    """Unless the idle timeout says otherwise; before the first word it always does."""

    def after_a_word(connection: socket.socket) -> None:
        connection.sendall(EVENTS + CLOSE + WORD)
        wait_until_left(connection)

    def before_a_word(connection: socket.socket) -> None:
        connection.sendall(EVENTS + CLOSE + ROLE)
        wait_until_left(connection)

    silent = f"sent nothing for {waits.get('idle_timeout', waits['timeout']):g} s"
    for answer, words in ((after_a_word, silent), (before_a_word, f"for {waits['timeout']:g} s")):
        with server(answer) as url:
            begin = time.monotonic()
            with pytest.raises(PollinationsError, match=words):
                ask_in_all_colours.stream(PIECES, base_url=url, **waits)
            assert time.monotonic() - begin < most


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
    "keep-alives": (EVENTS + CLOSE, b": keep-alive\n\n" * 9999),
    "a packed body": (OK + b"content-encoding: gzip\r\n" + CLOSE, BOMB),
    "a packed stream": (EVENTS + b"content-encoding: x-gzip\r\n" + CLOSE, BOMB),
}
SMALL = SizeLimits(answer=3_000_000, event=2_000_000)


@pytest.mark.parametrize("what", SIZES)
def test_an_answer_without_end_is_too_large(
    ask_in_all_colours: Any, server: Any, what: str
) -> None:
    """Whatever grows ends at its limit: a typed error, one request, a closed connection."""
    head, piece = SIZES[what]
    for verb, call in ((ask_in_all_colours.send, HELLO), (ask_in_all_colours.stream, PIECES)):
        sent: list[int] = []
        given = {"size_limits": SMALL, "max_retries": 2, "retry": None}
        with (
            server(endless(head, piece, sent)) as url,
            pytest.raises(UnreadableAnswerError, match="size_limits"),
        ):
            verb(call, base_url=url, **given)
        assert len(sent) == 1
        assert sent[0] < 50_000_000


def test_a_length_that_is_too_large_is_not_waited_for(ask_in_all_colours: Any, server: Any) -> None:
    """What announces its size is refused before it comes; a stream that grows keeps its text."""
    with (
        server(sending(OK, b"content-length: 999999999999\r\n\r\n")) as url,
        pytest.raises(UnreadableAnswerError, match=r"larger than 256,000,000 bytes"),
    ):
        ask_in_all_colours.send(HELLO, base_url=url)
    words = WORD * 2000
    with (
        server(sending(EVENTS, CLOSE, words)) as url,
        pytest.raises(InterruptedStreamError, match=r"size_limits\.answer") as caught,
    ):
        ask_in_all_colours.stream(PIECES, base_url=url, size_limits=SizeLimits(answer=50_000))

    assert caught.value.text.startswith("OneOne")


def test_headers_are_bounded(ask_in_all_colours: Any, server: Any) -> None:
    """Many headers, a long one and headers without end are typed errors."""
    many = b"".join(b"x-%d: %b\r\n" % (number, b"a" * 700) for number in range(98))
    for answer in (
        sending(OK, many, b"\r\n", ANSWER),
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
    for verb, call in ((ask_in_all_colours.send, HELLO), (ask_in_all_colours.stream, PIECES)):
        answer = endless(b"HTTP/1.1 404 No\r\n" + encoding + CLOSE + first, MEGABYTE, sent)
        with server(answer) as url, pytest.raises(NotFoundError, match="The path is unknown"):
            verb(call, base_url=url)
    assert max(sent) < 50_000_000


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
        ("gzip", lambda data: gzip.compress(data) + b"\0" * 9),
        ("identity", bytes),
    ],
)
@pytest.mark.parametrize("size", [1, 9999])
def test_packed_answers_are_unpacked(
    ask_in_all_colours: Any,
    server: Any,
    encoding: str,
    pack: Callable[[bytes], bytes],
    size: int,
) -> None:
    """Each packing that a request accepts is read, however it is cut and put together."""
    packed = pack(ANSWER)
    head = OK + f"content-encoding: {encoding}\r\n".encode() + CHUNKED
    pieces = [chunk(packed[at : at + size]) for at in range(0, len(packed), size)]
    with server(sending(head, *pieces, chunk(b""))) as url:
        assert ask_in_all_colours.send(HELLO, base_url=url).text == "Hi"


@pytest.mark.parametrize("kept", [1, 15, -4, -1])
def test_a_packed_answer_that_ends_early_is_no_answer(
    ask_in_all_colours: Any, server: Any, kept: int
) -> None:
    """A text may end anywhere: only its packing says that half of it is missing."""
    packed = gzip.compress(bytes(range(32, 127)))
    head = OK + b"content-type: text/plain\r\ncontent-encoding: gzip\r\n" + CLOSE
    with (
        server(sending(head, packed[:kept])) as url,
        pytest.raises(UnreadableAnswerError, match="ends too early"),
    ):
        ask_in_all_colours.send(text("Say hello"), base_url=url)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip", "deflate"])
def test_a_packing_that_nobody_accepted_is_a_typed_error(
    ask_in_all_colours: Any, server: Any, encoding: str
) -> None:
    """So is a body that is not packed as it says."""
    head = OK + f"content-encoding: {encoding}\r\n".encode()
    with (
        server(sending(head, CLOSE, ANSWER)) as url,
        pytest.raises(UnreadableAnswerError, match=r"content-encoding|decompressed"),
    ):
        ask_in_all_colours.send(HELLO, base_url=url)


@pytest.mark.parametrize(
    "odd", [b"-5", b"-1", b"zz", b"", b"1" * 30, b"8000000000000000", b"ffffffffffffffff", b"0x5"]
)
def test_the_size_of_a_chunk_may_be_nonsense(
    ask_in_all_colours: Any, server: Any, odd: bytes
) -> None:
    """Negative, beyond 64 bits or no number: a typed error, whole or streamed."""
    answer = sending(EVENTS, CHUNKED, odd, b"\r\n", WORD)
    for verb, call in ((ask_in_all_colours.send, HELLO), (ask_in_all_colours.stream, PIECES)):
        with server(answer) as url, pytest.raises(PollinationsError):
            verb(call, base_url=url, timeout=1)


@pytest.mark.parametrize("hints", [1, 3])
def test_early_hints_are_no_answer(ask_in_all_colours: Any, server: Any, hints: int) -> None:
    """`103 Early Hints`, `102` and `100` come before the answer."""
    early = b"".join(
        b"HTTP/1.1 %d Early\r\nlink: </a>; rel=preload\r\n\r\n" % status
        for status in (103, 102, 100)[:hints]
    )
    counted = OK + b"content-length: %d\r\n\r\n" % len(ANSWER) + ANSWER
    with server(sending(early, counted)) as url:
        assert ask_in_all_colours.send(HELLO, base_url=url).text == "Hi"
