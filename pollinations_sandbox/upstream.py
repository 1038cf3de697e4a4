"""Chat passed on to another OpenAI-compatible server, such as one with a model at home."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
from starlette.types import Send

_OWN: Final = frozenset({"content-type", "accept", "user-agent"})
_NOT_PASSED: Final = frozenset({"content-length", "content-encoding", "transfer-encoding"})
_HOP: Final = frozenset({"connection", "keep-alive", "date", "server"})


class Upstream:
    """The other server; its client lives as long as the sandbox's event loop."""

    def __init__(self, url: str, key: str | None) -> None:
        base = url.rstrip("/").removesuffix("/v1")
        self.url = f"{base}/v1/chat/completions"
        self.key = key
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(600, connect=10))

    async def pass_on(self, raw: bytes, headers: dict[str, str], send: Send) -> None:
        """Send the body as it is and give back status, headers and bytes as they come."""
        sent = {name: value for name, value in headers.items() if name in _OWN}
        if self.key:
            sent["authorization"] = f"Bearer {self.key}"
        async with self._client.stream("POST", self.url, content=raw, headers=sent) as answer:
            passed = [
                (name.lower(), value)
                for name, value in answer.headers.raw
                if name.lower().decode() not in _NOT_PASSED | _HOP
            ]
            await send(
                {"type": "http.response.start", "status": answer.status_code, "headers": passed}
            )
            async for piece in answer.aiter_bytes():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


@asynccontextmanager
async def opened(url: str | None, key: str | None) -> AsyncIterator[Upstream | None]:
    """The upstream of a sandbox while it runs, if it has one."""
    if url is None:
        yield None
        return
    upstream = Upstream(url, key)
    try:
        yield upstream
    finally:
        await upstream.close()
