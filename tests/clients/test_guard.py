"""The guard of this folder works."""

import socket
import subprocess
import sys

import pytest

OUTSIDE = ("192.0.2.1", 9)  # an address for documentation, which no machine has


def test_the_guard_refuses_and_notes_other_machines(refused: list[str]) -> None:
    """An address and a name outside are refused, here and in a process that is started here."""
    program = f"import socket; socket.create_connection({OUTSIDE}, 1)"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)  # noqa: S603
    with pytest.raises(PermissionError):
        socket.create_connection(OUTSIDE, 1)
    with pytest.raises(PermissionError):
        socket.getaddrinfo("gateway.example", 443)

    assert b"PermissionError" in done.stderr
    assert refused == [OUTSIDE[0], "gateway.example"]
    refused.clear()
