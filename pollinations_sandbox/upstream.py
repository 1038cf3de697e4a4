"""Requests passed on to another server: chats to a model at home, or everything to be recorded."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from starlette.types import Send

from pollinations_sandbox import recordings
from pollinations_sandbox.recorded import Recorded

_PASSED: Final = frozenset({"content-type", "accept", "user-agent", "pollinations-safe"})


@dataclass(slots=True)
class Upstream:
    """The other server.

    Attributes:
        url: Its base URL, without `/v1`.
        key: The key that it is given in the place of the sandbox's.
        file: Where its answers are recorded, if they are.
        begun: Whether the next answer is added to the file; else the first good one replaces it.
    """

    url: str
    key: str | None = field(default=None, repr=False)
    file: Path | None = None
    begun: bool = field(default=False, init=False)

    async def pass_on(
        self, record: Recorded, raw: bytes, send: Send, *, keys: Collection[str]
    ) -> None:
        """Send a request as it is, and give back status, headers and bytes as they come.

        Args:
            record: The request.
            raw: Its body.
            send: Where the answer goes.
            keys: The sandbox's own keys, which stand for the other server's.

        Raises:
            httpx.HTTPError: The other server cannot be reached, or its answer breaks off.
        """
        request, own_key = recordings.request_of(record), record.api_key
        headers = {name: value for name, value in record.headers.items() if name in _PASSED}
        if self.key and own_key in keys:
            headers["authorization"] = f"Bearer {self.key}"
        url, query = self.url + record.raw_path, request["query"]
        pieces: list[recordings.Piece] = []
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(600, connect=10)) as client,
            client.stream(record.method, url, params=query, content=raw, headers=headers) as answer,
        ):
            items = recordings.kept_headers(answer).items()
            start = {"type": "http.response.start", "status": answer.status_code}
            await send({**start, "headers": [(n.encode(), v.encode()) for n, v in items]})
            moment = time.monotonic()
            async for piece in answer.aiter_bytes():
                if self.file is not None:
                    pieces.append((time.monotonic() - moment, piece))
                    moment = time.monotonic()
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        if self.file is not None and (self.begun or answer.is_success):
            secrets = [self.key or "", own_key if own_key and own_key not in keys else ""]
            recordings.write(self.file, request, answer, pieces, secrets, anew=not self.begun)
            self.begun = True
        await send({"type": "http.response.body", "body": b"", "more_body": False})
