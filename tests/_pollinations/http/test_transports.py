"""Framings, paths, proxies, TLS and slow hosts: both transports do the same, as do httpx's."""

import base64
import gc
import socket
import ssl
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from hello import BODY, CHUNKED, CLOSE, EVENTS, HELLO, HI, OK, PIECES, InTurn, chunk, counted, event
from waiting import sending

from _pollinations.chat.completions import body, complete, stream
from _pollinations.http import pools
from _pollinations.http.call import Call, Request
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    InterruptedStreamError,
    InvalidInputError,
    UnreadableAnswerError,
)
from _pollinations.http.values import json_of
from pollinations_sandbox import Sandbox

WORDS = [event("One"), event(" two"), event(" three", last=True)]


def test_what_came_of_a_broken_chunk_is_kept(ask_in_all_colours: Any, server: Any) -> None:
    """A connection that breaks within a chunk loses none of the words before."""
    data = chunk(b"".join(WORDS))[: -len(WORDS[-1])]
    with (
        server(sending(EVENTS, CHUNKED, data)) as url,
        pytest.raises(InterruptedStreamError) as caught,
    ):
        ask_in_all_colours.stream(PIECES, base_url=url)

    assert caught.value.text == "One two"
    assert isinstance(caught.value.__cause__, APIConnectionError)


@pytest.mark.parametrize("size", [b"-1", b"zz", b"", b"8000000000000000", b"0x5"])
def test_the_size_of_a_chunk_may_be_nonsense(
    ask_in_all_colours: Any, server: Any, size: bytes
) -> None:
    """Below 0, beyond 64 bits or no number: a typed error, and nothing is read as the answer."""
    with server(sending(EVENTS, CHUNKED, size, b"\r\n", WORDS[0])) as url:
        for error in ask_in_all_colours.errors(base_url=url, timeout=1):
            assert size != b"-1" or "-1" in str(error)


def test_a_path_travels_as_it_is_spelled(ask_in_all_colours: Any, sandbox: Sandbox) -> None:
    """What is percent-encoded stays so: a prompt may hold slashes, dots and percent signs."""
    request = Request("GET", "/text/50%25%2F..%2Fb%20c%3F%7E%41", query=(("q", "a b&c=d/é"),))
    ask_in_all_colours.send(Call(request, lambda response: response.body))

    assert sandbox.last.raw_path == request.path
    assert sandbox.last.query == {"q": "a b&c=d/é"}


PATHS = [".1:80/x", "@other.example/x", "//other.example/x", "http://other.example/", "x", ""]
PATHS += ["/a b", "/a\r\nx: y", "/a\x00", "/caf\u00e9", "/a#b", "/a\\b"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_cannot_change_the_host(path: str) -> None:
    """It is refused before there is anything to send."""
    for make in (complete, stream):
        with pytest.raises(InvalidInputError, match="path"):
            make(BODY, path=path)


def test_a_proxy_is_told_the_whole_address_and_who_asks(ask: Any, server: Any) -> None:
    """Where TLS does not forbid it, a proxy passes the request on; its password is for it alone."""
    received: list[bytes] = []
    with server(sending(OK, counted(len(HI)), HI), received) as url:
        through = url.replace("http://", "me:p%40ss@")
        with pytest.warns(UserWarning, match="TLS"):
            reply = ask.send(HELLO, base_url="http://gateway.invalid", proxy=through)

    head = received[0].lower()
    assert reply.text == "Hi"
    assert head.startswith(b"post http://gateway.invalid/v1/chat/completions http/1.1\r\n")
    assert b"host: gateway.invalid\r\n" in head
    assert f"Basic {base64.b64encode(b'me:p@ss').decode()}".lower().encode() in head


def test_tls_goes_through_a_proxy_unread(ask: Any, server: Any) -> None:
    """A proxy is asked for a tunnel: it hears its password, and neither the key nor the prompt."""
    received: list[bytes] = []
    with server(sending(b"HTTP/1.1 407 No\r\n\r\n"), received) as url:
        through = url.replace("http://", "http://me:hush@")
        with pytest.raises(APIConnectionError, match="407 No") as caught:
            ask.send(HELLO, base_url="https://gateway.invalid", proxy=through)

    assert received[0].startswith(b"CONNECT gateway.invalid:443 HTTP/1.")
    assert b"\nauthorization" not in received[0].lower()
    assert base64.b64encode(b"me:hush") in received[0]
    assert "hush" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://127.0.0.1:1"])
def test_a_proxy_of_another_kind_is_refused(ask: Any, sandbox: Sandbox, proxy: str) -> None:
    """Who needs one is told what to do, before anything is sent."""
    with pytest.raises(InvalidInputError, match="http_client"):
        ask.send(HELLO, proxy=proxy)

    assert sandbox.connections == 0


def tls(authority: trustme.CA) -> Callable[[socket.socket], socket.socket]:
    """Speaks TLS as a host that an authority vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return partial(context.wrap_socket, server_side=True)


@pytest.fixture
def _certificates_read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pools, "_shared", {})
    pools.ssl_context.cache_clear()
    yield
    pools.ssl_context.cache_clear()


@pytest.mark.usefixtures("_certificates_read_anew")
def test_tls_is_spoken_with_the_users_authorities(
    ask: Any, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` is the file of trusted authorities."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with server(sending(EVENTS, CLOSE, *WORDS), wrap=tls(authority)) as url:
        items = ask.stream(PIECES, base_url=url.replace("http:", "https:"))

    assert items[-1].reply.text == "One two three"


def test_a_host_that_nobody_vouches_for_is_not_trusted(ask: Any, server: Any) -> None:
    """A certificate of its own making ends the connection before the key is sent."""
    received: list[bytes] = []
    with (
        server(sending(EVENTS, CLOSE, *WORDS), received, wrap=tls(trustme.CA())) as url,
        pytest.raises(APIConnectionError, match=r"(?i)certificate"),
    ):
        ask.send(HELLO, base_url=url.replace("http:", "https:"))

    assert received == []


@pytest.mark.usefixtures("_certificates_read_anew")
@pytest.mark.parametrize("kind", ["missing.pem", "empty.pem", ""])
def test_certificates_that_cannot_be_read_are_named(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """`SSL_CERT_FILE` of no use is a typed error, and only where TLS is spoken."""
    (tmp_path / "empty.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / kind))

    assert ask.send(HELLO).text
    for error in ask.errors(base_url="https://gateway.invalid"):
        assert type(error) is InvalidInputError
        assert f"SSL_CERT_FILE names {str(tmp_path / kind)!r}" in str(error)


LARGE = complete(body([{"role": "user", "content": "x" * 12_000_000}], {"model": "openai"}))


def read_after(pause: float) -> Callable[[socket.socket], socket.socket]:
    def wait(connection: socket.socket) -> socket.socket:
        time.sleep(pause)
        return connection

    return wait


def test_a_large_body_may_take_longer_than_connecting(ask_in_all_colours: Any, server: Any) -> None:
    """Sending a recording over a slow line is bounded by the timeout of the answer, and quiet."""
    with server(sending(OK, CLOSE, HI), wrap=read_after(0.5)) as url, warnings.catch_warnings():
        warnings.simplefilter("error")
        reply = ask_in_all_colours.send(LARGE, base_url=url, timeout=(0.2, 5))

    assert reply.text == "Hi"


def test_a_host_that_stops_reading_is_left(ask: Any, server: Any) -> None:
    """Who takes no more of a request is silent, and the connection to him is given up at once."""
    with (
        server(sending(OK, CLOSE, HI), wrap=read_after(2)) as url,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        with pytest.raises(APITimeoutError):
            ask.send(LARGE, base_url=url, timeout=(0.3, 0.3))
        gc.collect()

    assert not [warning.message for warning in caught if warning.category is ResourceWarning]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("sent", [b"", OK + b"content-le", OK + counted(9) + b"{"])
def test_nothing_is_sent_twice(ask: Any, server: Any, method: str, sent: bytes) -> None:
    """A kept connection that breaks is an error: whether to ask again is the retry policy's."""
    call = Call(Request(method, "/text/hi"), lambda response: json_of(response, "answer"))
    first: list[bytes] = []
    second: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(OK + counted(2) + b"{}")
        second.append(connection.recv(65536))
        connection.sendall(sent)

    with (
        server(answer, first) as url,
        pytest.raises((APIConnectionError, UnreadableAnswerError)),
    ):
        ask.send(InTurn(call, call), base_url=url)

    assert len(first) == len(second) == 1
