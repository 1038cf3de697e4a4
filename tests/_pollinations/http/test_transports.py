"""Framings, limits and proxies, in every colour: each library's room does the same."""

import base64
import gc
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from waiting import wait_until_left

from _pollinations.chat.completions import body, complete, stream
from _pollinations.http import pools
from _pollinations.http.call import Call, Request
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    InterruptedStreamError,
    InvalidInputError,
    PollinationsError,
    UnreadableAnswerError,
)
from _pollinations.http.values import json_of
from pollinations_sandbox import Sandbox

BODY = body([{"role": "user", "content": "Say hello"}], {"model": "openai"})
HELLO = complete(BODY)
PIECES = stream(BODY)
HI = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"


def event(word: str, reason: str = "null") -> bytes:
    choice = f'{{"delta":{{"content":"{word}"}},"finish_reason":{reason}}}'
    return f'data: {{"choices":[{choice}]}}\n\n'.encode()


WORDS = [event("One"), event(" two"), event(" three", '"stop"')]


def until_the_end(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"connection: close\r\n\r\n")
    for word in WORDS:
        connection.sendall(word)
        time.sleep(0.02)


def counted(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % sum(map(len, WORDS)))
    for word in WORDS:
        connection.sendall(word)
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [until_the_end, counted])
def test_a_body_that_is_not_chunked_comes_in_pieces_too(
    ask_in_all_colours: Any, server: Any, answer: Any
) -> None:
    """Words are handed out as they come, however the end of a body is told."""
    with server(answer) as url:
        items = ask_in_all_colours.stream(PIECES, base_url=url)

    assert [item.text for item in items] == ["One", " two", " three", ""]


@pytest.mark.parametrize("framing", [b"connection: close", b"content-length: 9999"])
def test_silence_has_its_limit_in_every_framing(
    ask_in_all_colours: Any, server: Any, framing: bytes
) -> None:
    """An answer that ends with its connection may not be silent for longer than others."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(HEAD + framing + b"\r\n\r\n" + WORDS[0])
        wait_until_left(connection)

    with server(answer) as url:
        begin = time.monotonic()
        with pytest.raises(InterruptedStreamError, match="sent nothing") as caught:
            ask_in_all_colours.stream(PIECES, base_url=url, idle_timeout=0.1)
        waited = time.monotonic() - begin

    assert caught.value.text == "One"
    assert isinstance(caught.value.__cause__, APITimeoutError)
    assert waited < 1.4


def test_what_came_of_a_broken_chunk_is_kept(ask: Any, server: Any) -> None:
    """A connection that breaks within a chunk loses none of the words before."""

    def answer(connection: socket.socket) -> None:
        chunk = WORDS[0] + WORDS[1]
        connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        connection.sendall(b"%x\r\n" % (len(chunk) + 9) + chunk)

    with server(answer) as url, pytest.raises(InterruptedStreamError) as caught:
        ask.stream(PIECES, base_url=url)

    assert caught.value.text == "One two"
    assert isinstance(caught.value.__cause__, APIConnectionError)


def test_a_path_travels_as_it_is_spelled(ask: Any, sandbox: Sandbox) -> None:
    """What is percent-encoded stays so: a prompt may hold slashes, dots and percent signs."""
    request = Request("GET", "/text/50%25%2F..%2Fb%20c%3F%7E%41", query=(("seed", "1"),))
    ask.send(Call(request, lambda response: response.body))

    assert sandbox.last.raw_path == request.path
    assert sandbox.last.query == {"seed": "1"}


PATHS = [".1:80/x", "@other.example/x", "//other.example/x", "http://other.example/", "x", ""]
PATHS += ["/a b", "/a\r\nx: y", "/a\x00", "/caf\u00e9", "/a#b", "/a\\b"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_cannot_change_the_host(ask: Any, sandbox: Sandbox, path: str) -> None:
    """Nor a request: it is refused before anything is sent, in every colour alike."""
    for make in (complete, stream):
        with pytest.raises(InvalidInputError, match="path"):
            ask.send(make(BODY, path=path))
    assert sandbox.connections == 0


def test_a_proxy_is_told_the_whole_address_and_who_asks(ask: Any, server: Any) -> None:
    """Where TLS does not forbid it, a proxy passes the request on; its password is for it alone."""

    def proxy(connection: socket.socket) -> None:
        answer = b'{"choices":[{"message":{"content":"Passed on"},"finish_reason":"stop"}]}'
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(answer))
        connection.sendall(answer)

    heard: list[bytes] = []
    with server(proxy, heard) as url:
        through = url.replace("http://", "me:p%40ss@")
        with pytest.warns(UserWarning, match="TLS"):
            reply = ask.send(HELLO, base_url="http://gateway.invalid", proxy=through)

    head = heard[0].lower()
    assert reply.text == "Passed on"
    assert head.startswith(b"post http://gateway.invalid/v1/chat/completions http/1.1\r\n")
    assert b"host: gateway.invalid\r\n" in head
    assert f"Basic {base64.b64encode(b'me:p@ss').decode()}".lower().encode() in head


def test_tls_goes_through_a_proxy_unread(ask: Any, server: Any) -> None:
    """A proxy is asked for a tunnel, and hears neither the key nor the prompt."""
    heard: list[bytes] = []
    with (
        server(lambda proxy: proxy.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n"), heard) as url,
        pytest.raises(APIConnectionError, match=r"403|Forbidden|[Tt]unnel"),
    ):
        ask.send(HELLO, base_url="https://gateway.invalid", proxy=url)

    assert heard[0].startswith(b"CONNECT gateway.invalid:443 HTTP/1.")
    assert b"authorization" not in heard[0].lower()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://127.0.0.1:1"])
def test_a_proxy_of_another_kind_is_refused(ask: Any, sandbox: Sandbox, proxy: str) -> None:
    """Who needs one is told what to do, before anything is sent."""
    with pytest.raises(InvalidInputError, match="http_client"):
        ask.send(HELLO, proxy=proxy)

    assert sandbox.connections == 0


@pytest.fixture
def certified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[socket.socket], ssl.SSLSocket]:
    """Speak TLS as a host that an authority of the user's own vouches for."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setattr(pools, "_registry", pools._Registry())
    return lambda connection: context.wrap_socket(connection, server_side=True)


def test_tls_is_spoken_with_the_users_authorities(
    ask: Any, certified: Callable[[socket.socket], ssl.SSLSocket]
) -> None:
    """`SSL_CERT_FILE` names whom to trust, whole or streamed, in both colours."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as threads:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"

        def serve() -> None:
            with certified(listening.accept()[0]) as connection:
                connection.recv(65536)
                until_the_end(connection)

        served = threads.submit(serve)
        items = ask.stream(PIECES, base_url=url)
        served.result()

    assert items[-1].reply.text == "One two three"


@pytest.mark.parametrize("kind", ["missing.pem", "empty.pem", ""])
def test_certificates_that_cannot_be_read_are_named(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """`SSL_CERT_FILE` of no use is a typed error, and only where TLS is spoken."""
    (tmp_path / "empty.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / kind))
    monkeypatch.setattr(pools, "_registry", pools._Registry())

    assert ask.send(HELLO).text
    for verb, call in ((ask.send, HELLO), (ask.stream, PIECES)):
        with pytest.raises(InvalidInputError, match="SSL_CERT_FILE") as caught:
            verb(call, base_url="https://gateway.invalid")
        assert str(tmp_path / kind) in str(caught.value)


def test_a_large_body_may_take_longer_than_connecting(
    ask_in_all_colours: Any, server_of_slow_readers: Any
) -> None:
    """Sending a recording over a slow line is bounded by the timeout of the answer, and quiet."""
    large = complete(body([{"role": "user", "content": "x" * 12_000_000}], {"model": "openai"}))
    with server_of_slow_readers() as url, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ask_in_all_colours.send(large, base_url=url, timeout=(0.2, 5)).text == "Hi"


def test_a_host_that_stops_reading_is_left(ask: Any, server_of_slow_readers: Any) -> None:
    """Who takes no more of a request is silent, and the connection to him is given up at once."""
    large = complete(body([{"role": "user", "content": "x" * 12_000_000}], {"model": "openai"}))
    with server_of_slow_readers(pause=5) as url, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(APITimeoutError):
            ask.send(large, base_url=url, timeout=(0.3, 0.3))
        gc.collect()
    assert not [warning.message for warning in seen if warning.category is ResourceWarning]


@pytest.fixture
def server_of_slow_readers() -> Callable[..., AbstractContextManager[str]]:
    @contextmanager
    def serve(pause: float = 0.5) -> Iterator[str]:
        left = threading.Event()

        def read(listening: socket.socket) -> None:
            connection, _ = listening.accept()
            with connection:
                data = connection.recv(65_536)
                head = data.partition(b"\r\n\r\n")[0].lower()
                size = len(head) + 4 + int(head.partition(b"content-length: ")[2].split()[0])
                left.wait(pause)
                count = len(data)
                with suppress(OSError):
                    while not left.is_set() and count < size and data:
                        data = connection.recv(1_000_000)
                        count += len(data)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + HI)

        with socket.create_server(("127.0.0.1", 0)) as listening:
            thread = threading.Thread(target=read, args=[listening])
            thread.start()
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            left.set()
            thread.join()

    return serve


DROPPED = [
    b"",
    b"HTTP/1.1 200 OK\r\ncontent-le",
    b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("sent", DROPPED)
def test_nothing_is_sent_twice(ask: Any, server: Any, method: str, sent: bytes) -> None:
    """A kept connection that breaks is an error: whether to ask again is the retry policy's."""
    request = Request(method, "/text/hi")
    first: list[bytes] = []
    second: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        second.append(connection.recv(65536))
        connection.sendall(sent)

    class TwoCalls:
        """One call after the other, on the same client."""

        def first(self) -> Call[Any]:
            return Call(request, lambda response: response.body)

        def after(self, error: PollinationsError, **_: object) -> Call[Any]:
            raise error

        def answered(self, answer: object) -> Call[Any]:
            assert answer == b"hi"
            return Call(request, lambda response: json_of(response, "answer"))

    with (
        server(answer, first) as url,
        pytest.raises((APIConnectionError, UnreadableAnswerError)),
    ):
        ask.send(TwoCalls(), base_url=url)

    assert len(first) == len(second) == 1


def test_a_host_that_nobody_vouches_for_is_not_trusted(ask: Any) -> None:
    """A certificate of its own making ends the connection before the key is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as threads:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"

        def serve() -> bytes:
            connection = listening.accept()[0]
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    return secure.recv(65536)
            except OSError:
                return b""

        served = threads.submit(serve)
        with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
            ask.send(HELLO, base_url=url)

        assert served.result() == b""
