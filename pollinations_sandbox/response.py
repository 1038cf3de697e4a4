"""What goes out on a connection: a status, headers, and steps that are bytes, pauses or an end."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from starlette.types import Send

Step = bytes | float | ConnectionResetError
"""Bytes, seconds of silence, or the end of the connection."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it travels; each bytes step is flushed on its own.

    `sized` replies announce their length; others are chunked, so that an early end is a clean one.
    """

    steps: tuple[Step, ...] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sized: bool = False

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        """The same answer with further headers."""
        return replace(self, headers={**self.headers, **headers})


def dumps(value: object) -> str:
    """JSON as the gateway writes it: no spaces, no escapes but the necessary ones."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer of JSON."""
    kind = {"Content-Type": "application/json"}
    return Response((dumps(value).encode(),), status, {**kind, **(headers or {})}, sized=True)


async def play(response: Response, send: Send) -> None:
    """Send a response.

    Raises:
        ConnectionResetError: Where that is a step.
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.sized:
        size = sum(len(step) for step in response.steps if isinstance(step, bytes))
        headers.setdefault("content-length", str(size))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    for number, step in enumerate(response.steps):
        match step:
            case float():
                await asyncio.sleep(step)
            case ConnectionResetError():
                raise step
            case _:
                if number:
                    await asyncio.sleep(0)
                await send({"type": "http.response.body", "body": step, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
