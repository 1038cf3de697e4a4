"""Keeps every Python process that has this folder on PYTHONPATH from leaving its machine."""

import ipaddress
import socket
import sys
from typing import Final

_OWN_NAMES: Final = frozenset({"", "localhost", socket.gethostname()})
_LEAVING: Final = frozenset(
    {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
)


def _stays(host: object) -> bool:
    """Whether a host, as the socket module takes it, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in _OWN_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _LEAVING:
        return
    host = arguments[0] if event == "socket.getaddrinfo" else arguments[-1]
    if isinstance(host, tuple):
        host = host[0]
    elif event != "socket.getaddrinfo":
        return  # a Unix socket's path
    if not _stays(host):
        raise PermissionError(f"Notebooks stay on this machine; something asked for {host!r}.")


sys.addaudithook(_watch)
