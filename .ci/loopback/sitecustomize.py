"""Keeps every Python process that has this folder on PYTHONPATH from leaving its machine."""

import functools
import ipaddress
import socket
import sys
from typing import Final

_NAMES: Final = frozenset({"", "localhost", socket.gethostname()})
_SENDING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
refused: list[str] = []
"""The hosts outside that this process tried to reach."""


@functools.cache
def _is_ours(host: str) -> bool:
    """Whether a name or an address is this machine's: one that a socket of it can have."""
    if host in _NAMES:
        return True
    try:
        version = ipaddress.ip_address(host.partition("%")[0]).version
    except ValueError:
        return False
    family = socket.AF_INET if version == 4 else socket.AF_INET6  # noqa: PLR2004 - the two there are
    with socket.socket(family, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((host, 0))
        except OSError:
            return False
    return True


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _SENDING:
        address = arguments[-1]
        host = address[0] if isinstance(address, tuple) else ""  # else a Unix socket's path
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    if not _is_ours(name):
        refused.append(name)
        raise PermissionError(f"Processes here stay on this machine; something asked for {name}.")


sys.addaudithook(_watch)
