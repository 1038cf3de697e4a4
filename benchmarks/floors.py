"""Bare loops: the least that a program has to do to read an answer."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from functools import cached_property

import aiohttp
import httpx
from contender import KEY, PROMPT, Contender

HEADERS = {"Authorization": f"Bearer {KEY}"}


class Bare:
    """The clients for one model, made when first needed."""

    def __init__(self, url: str, model: str) -> None:
        self.url = url + "/v1/chat/completions"
        messages = [{"role": "user", "content": PROMPT}]
        self.body = {"model": model, "messages": messages}
        self.stream_body = {**self.body, "stream": True}

    @cached_property
    def sync(self) -> httpx.Client:
        """Httpx as it comes."""
        return httpx.Client(headers=HEADERS)

    @cached_property
    def loop(self) -> httpx.AsyncClient:
        """Httpx with the limits that serve 500 calls at once best."""
        limits = httpx.Limits(max_connections=1000, max_keepalive_connections=20)
        return httpx.AsyncClient(headers=HEADERS, limits=limits, timeout=60)

    @cached_property
    def session(self) -> aiohttp.ClientSession:
        """Aiohttp with room for as many calls."""
        return aiohttp.ClientSession(
            headers=HEADERS, connector=aiohttp.TCPConnector(limit=1000), read_bufsize=2**18
        )


class Httpx(Contender[Bare]):
    """`iter_lines` and `json.loads`, nothing else."""

    imports = "import httpx"

    def open(self, model: str) -> Bare:
        """Make the clients."""
        return Bare(self.url, model)

    def chunks(self, client: Bare) -> Iterator[object]:
        """Read each event's JSON."""
        with client.sync.stream("POST", client.url, json=client.stream_body) as response:
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line[6:])

    async def achunks(self, client: Bare) -> AsyncIterator[object]:
        """Read each event's JSON."""
        async with client.loop.stream("POST", client.url, json=client.stream_body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line[6:])

    def see(self, client: Bare, picture: bytes) -> object:
        """One base64 and one JSON encoding."""
        url = "data:image/png;base64," + base64.b64encode(picture).decode()
        parts = [{"type": "text", "text": PROMPT}, {"type": "image_url", "image_url": {"url": url}}]
        body = {**client.body, "messages": [{"role": "user", "content": parts}]}
        return client.sync.post(client.url, json=body).json()

    def construct(self, model: str) -> None:
        """Make a client as everybody does, with an SSL context of its own."""
        del model
        httpx.Client().close()

    def answer(self, client: Bare) -> object:
        """Read the answer's JSON."""
        return client.sync.post(client.url, json=client.body).json()

    async def aanswer(self, client: Bare) -> object:
        """Read the answer's JSON."""
        return (await client.loop.post(client.url, json=client.body)).json()


class Aiohttp(Contender[Bare]):
    """The same on aiohttp, which knows only the event loop."""

    imports = "import aiohttp"

    def open(self, model: str) -> Bare:
        """Make the session, later."""
        return Bare(self.url, model)

    def construct(self, model: str) -> None:
        """Needs an event loop."""
        raise NotImplementedError

    async def achunks(self, client: Bare) -> AsyncIterator[object]:
        """Read each event's JSON."""
        async with client.session.post(client.url, json=client.stream_body) as response:
            async for line in response.content:
                if line.startswith(b"data: {"):
                    yield json.loads(line[6:])

    async def aanswer(self, client: Bare) -> object:
        """Read the answer's JSON."""
        async with client.session.post(client.url, json=client.body) as response:
            return await response.json()
