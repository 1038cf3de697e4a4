"""Tests that wait, in less time: cases side by side, and servers that end with their client."""

import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

Case = TypeVar("Case")


def side_by_side(check: Callable[[Case], object], cases: Iterable[Case]) -> None:
    """Check all cases at the same time, each in a thread of its own.

    Args:
        check: What holds for each case; it must not depend on the other cases.
        cases: What to check.

    Raises:
        ExceptionGroup: The errors of the cases that failed, each with its case as a note.
    """
    cases = [*cases]
    with ThreadPoolExecutor(min(len(cases), 32)) as threads:
        checks = [threads.submit(check, case) for case in cases]
    errors = []
    for case, checked in zip(cases, checks, strict=True):
        if error := checked.exception():
            error.add_note(f"The case: {case}")
            errors.append(error)
    if errors:
        raise BaseExceptionGroup(f"{len(errors)} of {len(cases)} cases", errors)


def wait_until_left(connection: socket.socket, seconds: float = 10) -> None:
    """Say nothing until the client closes the connection, or for so many seconds."""
    connection.settimeout(seconds)
    with suppress(OSError):
        connection.recv(1)


def sending(*parts: bytes) -> Callable[[socket.socket], None]:
    """A host's answer: these bytes, however often it is asked."""
    return lambda connection: connection.sendall(b"".join(parts))


@contextmanager
def serving(
    answer: Callable[[socket.socket], object],
    received: list[bytes] | None = None,
    wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection,
) -> Iterator[str]:
    """A host that does something odd with each connection.

    Args:
        answer: Answers a request, and may break off.
        received: Where requests are kept.
        wrap: Takes a connection before anything is read from it.

    Yields:
        Its URL.
    """
    requests = [] if received is None else received
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        end = threading.Event()

        def serve() -> None:
            while True:
                connection, _ = listening.accept()
                if end.is_set():
                    connection.close()
                    return
                # The client may have gone.
                with connection, suppress(OSError), wrap(connection) as wrapped:
                    requests.append(_whole_request(wrapped))
                    answer(wrapped)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            end.set()
            socket.create_connection(address).close()
            thread.join()


def _whole_request(connection: socket.socket) -> bytes:
    """Read a request to its end: closing on unread bytes would reset the connection."""
    data = bytearray(connection.recv(65536))
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0 and (more := connection.recv(65536)):
        data += more
        missing -= len(more)
    return bytes(data)
