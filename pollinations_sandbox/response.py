"""What goes out on a connection: a status, headers, and steps that are bytes, pauses or a break."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Send

from pollinations_sandbox.framing import dumps

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Break:
    """The connection is reset here."""


Step = bytes | Pause | Break


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it travels; each bytes step is flushed on its own.

    `sized` replies announce their length; others are chunked, so that an early end is a clean one.
    """

    steps: tuple[Step, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sized: bool = False


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer of JSON."""
    kind = {"Content-Type": "application/json"}
    return Response((dumps(value).encode(),), status, kind | dict(headers or {}), sized=True)


async def play(
    response: Response, send: Send, closing: asyncio.Event, transport: asyncio.Transport | None
) -> None:
    """Send a response, until the sandbox closes; a break resets the transport."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.sized:
        size = sum(len(step) for step in response.steps if isinstance(step, bytes))
        headers.setdefault("content-length", str(size))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    for number, step in enumerate(response.steps):
        match step:
            case Pause(seconds):
                if await _rest(closing, seconds):
                    return
            case Break():
                _reset(transport)
                await asyncio.sleep(0)
                return
            case _:
                if number:
                    await asyncio.sleep(0)
                await send({"type": "http.response.body", "body": step, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _rest(closing: asyncio.Event, seconds: float) -> bool:
    """Whether the sandbox closed while we rested."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await closing.wait()
    return closing.is_set()


def _reset(transport: asyncio.Transport | None) -> None:
    if transport is not None:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
