"""Failures of the connection: the same errors from every transport."""

import socket
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hello import BUSY, CHUNKED, OK, counted
from waiting import sending

from _pollinations.http.client import Client
from _pollinations.http.errors import APIConnectionError, APITimeoutError
from _pollinations.models.model import models


def test_a_refused_connection_is_told(ask_in_all_colours: Any) -> None:
    """Where nobody listens, the error names the address and may be tried again."""
    url = "http://127.0.0.1:9"
    for error in ask_in_all_colours.errors(base_url=url):
        assert type(error) is APIConnectionError
        assert error.message == f"Connection to {url} failed: connection refused."
        assert (error.status, error.retryable) == (None, True)


def test_a_missing_key_is_told_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries the package for the first time lacks both."""
    for name in ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    url = "http://127.0.0.1:9"

    with pytest.raises(APIConnectionError) as caught:
        Client(base_url=url, max_retries=0).send(models())

    assert caught.value.message == (
        f"Connection to {url} failed: connection refused, and no key is set."
    )


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


NOISE = b"\x15\x03\x01\x00\x02\x02\x46 not HTTP at all\r\n\r\n"
BROKEN = [NOISE, OK + counted(99) + b"{", OK + CHUNKED + b"9\r\n{", BUSY + counted(99) + b"{", b""]


@pytest.mark.parametrize("answer", [reset, *map(sending, BROKEN)])
def test_a_broken_answer_is_told(
    ask_in_all_colours: Any, server: Any, answer: Callable[[socket.socket], object]
) -> None:
    """Resets, noise and answers that stop in the middle are connection errors everywhere."""
    with server(answer) as url:
        for error in ask_in_all_colours.errors(base_url=url):
            assert type(error) is APIConnectionError
            assert error.message.startswith(f"Connection to {url} failed: ")
            assert error.message.endswith(
                ("connection reset.", "connection closed too early.", "the reply is not HTTP.")
            )
            assert error.retryable


def test_a_broken_handshake_is_told(ask_in_all_colours: Any, server: Any) -> None:
    """TLS to a host that does not speak it is a connection error."""
    with server(sending(NOISE)) as url:
        for error in ask_in_all_colours.errors(base_url=url.replace("http:", "https:")):
            assert type(error) is APIConnectionError
            assert error.message.endswith("failed: the TLS handshake failed.")


def test_silence_is_a_timeout(ask_in_all_colours: Any, server: Any) -> None:
    """A host that takes the request and says nothing is told with the time that was waited."""
    end = threading.Event()
    with server(lambda _: end.wait(5)) as url:
        for error in ask_in_all_colours.errors(base_url=url, timeout=0.1):
            assert type(error) is APITimeoutError
            assert "0.1 s" in error.message
            assert error.retryable
        end.set()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses")
def test_a_connection_that_does_not_come_is_a_timeout(ask_in_all_colours: Any) -> None:
    """Waiting for a connection has a limit of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        # The queue of a listener that never accepts is full after a few connections.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003 - the name of the method says what is meant
            one.connect_ex(("127.0.0.1", port))
        url = f"http://127.0.0.1:{port}"
        for error in ask_in_all_colours.errors(base_url=url, timeout=(0.1, 5)):
            assert type(error) is APITimeoutError
            assert error.message == f"No connection to {url} within 0.1 s."
        for one in waiting:
            one.close()
