"""Requests passed on to another server: chats to a model at home, or everything to be recorded."""

import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from starlette.types import Send

from pollinations_sandbox import recordings
from pollinations_sandbox.keys import token
from pollinations_sandbox.recorded import Recorded

_OWN: Final = frozenset({"content-type", "accept", "user-agent", "pollinations-safe"})
_DROPPED: Final = frozenset(
    {
        *("content-length", "content-encoding", "transfer-encoding"),
        *("connection", "keep-alive", "date", "server", "set-cookie"),
    }
)


class Upstream:
    """The other server; its client lives as long as the sandbox's event loop.

    Args:
        url: Its base URL, with or without `/v1`.
        key: The key that it is given in the place of the sandbox's.
        record: The file that its answers are written to, if any.
    """

    def __init__(self, url: str, key: str | None, record: Path | None = None) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        self.key = key
        self.record = record
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(600, connect=10))

    async def pass_on(
        self, record: Recorded, raw: bytes, send: Send, *, query: str, keys: Collection[str]
    ) -> None:
        """Send a request as it is, and give back status, headers and bytes as they come.

        Args:
            record: The request.
            raw: Its body.
            send: Where the answer goes.
            query: Its query, without the key.
            keys: The sandbox's own keys, which stand for the other server's.
        """
        sent = {name: value for name, value in record.headers.items() if name in _OWN}
        given = token(record.headers, record.query)
        if self.key and (given in keys or self.record is None):
            sent["authorization"] = f"Bearer {self.key}"
        url = f"{self.url}{record.raw_path}{'?' if query else ''}{query}"
        pieces: list[recordings.Piece] = []
        async with self._client.stream(record.method, url, content=raw, headers=sent) as answer:
            headers = [
                (name.lower(), value)
                for name, value in answer.headers.raw
                if name.lower().decode() not in _DROPPED
                and not name.lower().startswith(b"access-control-")
            ]
            start = {"type": "http.response.start", "status": answer.status_code}
            await send({**start, "headers": headers})
            moment = time.monotonic()
            async for piece in answer.aiter_bytes():
                if self.record is not None:
                    pieces.append((time.monotonic() - moment, piece))
                    moment = time.monotonic()
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        if self.record is not None:
            named = {name.lower(): value for name, value in answer.headers.items()}
            secrets = [self.key or "", given if given and given not in keys else ""]
            recordings.write(
                self.record, record, answer.status_code, named, pieces, secrets=secrets
            )
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


@asynccontextmanager
async def opened(
    url: str | None, key: str | None, record: Path | None
) -> AsyncIterator[Upstream | None]:
    """The upstream of a sandbox while it runs, if it has one."""
    if url is None:
        yield None
        return
    upstream = Upstream(url, key, record)
    try:
        yield upstream
    finally:
        await upstream.close()
