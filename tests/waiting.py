"""Tests that wait, in less time: cases side by side, and servers that end with their client."""

import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
