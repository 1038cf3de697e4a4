"""The jobs that every contender does, given four ways to ask the gateway."""

import asyncio
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

PROMPT = "Tell me a long story."
PICTURE = b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(2_000_000)  # noqa: S311 - no secret
KEY = "sk_made_up"

Client = TypeVar("Client")


class Contender(Generic[Client]):
    """One way to talk to the gateway; a job that it cannot do raises NotImplementedError.

    Args:
        url: The gateway's address, without a path.
    """

    framework: ClassVar[str] = "sys"
    """What a program has imported before."""
    imports: ClassVar[str] = ""
    """What a program imports to use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clients: dict[str, Client] = {}

    # What a contender brings.

    def open(self, model: str) -> Client:
        """Make a client that asks for this model."""
        raise NotImplementedError

    def chunks(self, client: Client) -> Iterator[object]:
        """Stream an answer."""
        raise NotImplementedError

    def achunks(self, client: Client) -> AsyncIterator[object]:
        """Stream an answer on the event loop."""
        raise NotImplementedError

    def answer(self, client: Client) -> object:
        """Get a whole answer."""
        raise NotImplementedError

    async def aanswer(self, client: Client) -> object:
        """Get a whole answer on the event loop."""
        raise NotImplementedError

    def see(self, client: Client, picture: bytes) -> object:
        """Ask about a PNG and get a whole answer."""
        raise NotImplementedError

    def give_tools(self, client: Client) -> object:
        """Make the tools of an agent's step known."""
        raise NotImplementedError

    def read_arguments(self, client: Client, chunk: object) -> object:
        """Read the tool calls as an agent does, at each chunk."""
        raise NotImplementedError

    # The jobs. One that returns a number measures itself.

    def client(self, model: str) -> Client:
        """The client that this contender keeps for a model."""
        if model not in self.clients:
            self.clients[model] = self.open(model)
        return self.clients[model]

    def stream(self, model: str) -> None:
        """Read a stream to its end."""
        for _ in self.chunks(self.client(model)):
            pass

    async def astream(self, model: str) -> None:
        """Read a stream to its end on the event loop."""
        async for _ in self.achunks(self.client(model)):
            pass

    def call(self, model: str) -> None:
        """Get one whole answer."""
        self.answer(self.client(model))

    def look(self, model: str) -> None:
        """Ask about a picture."""
        self.see(self.client(model), PICTURE)

    async def acall(self, model: str) -> None:
        """Get one whole answer on the event loop."""
        await self.aanswer(self.client(model))

    async def burst(self, model: str) -> None:
        """Get 500 answers at the same time."""
        client = self.client(model)
        await asyncio.gather(*(self.aanswer(client) for _ in range(500)))

    def first(self, model: str) -> float:
        """Seconds until the first token."""
        client = self.client(model)
        start = time.perf_counter()
        chunks = iter(self.chunks(client))
        next(chunks)
        seconds = time.perf_counter() - start
        for _ in chunks:
            pass
        return seconds

    async def afirst(self, model: str) -> float:
        """Seconds until the first token on the event loop."""
        client = self.client(model)
        start = time.perf_counter()
        chunks = aiter(self.achunks(client))
        await anext(chunks)
        seconds = time.perf_counter() - start
        async for _ in chunks:
            pass
        return seconds

    def reuse(self, model: str) -> float:
        """New connections that a hundred streams in sequence open."""
        before = self.connections()
        for _ in range(100):
            self.stream(model)
        return self.connections() - before - 1  # /stats came on one of its own

    def growth(self, kind: str) -> float:
        """CPU time of an event in a stream of 20,000 over that in five streams of 1,000."""
        start = time.process_time()
        self.stream(f"{kind}-20000")
        middle = time.process_time()
        for _ in range(5):
            self.stream(f"{kind}-1000")
        return (middle - start) / (time.process_time() - middle) / 4

    def construct(self, model: str) -> None:
        """Make a client."""
        self.open(model)

    def bind(self, model: str) -> None:
        """Bind the tools, as each step of an agent does."""
        self.give_tools(self.client(model))

    def arguments(self, model: str) -> None:
        """Read the tool calls at each chunk of a stream."""
        client = self.client(model)
        for chunk in self.chunks(client):
            self.read_arguments(client, chunk)

    def load(self, _: str) -> float:
        """CPU seconds that its import takes in a new process, after its framework's."""
        if not self.imports:
            raise NotImplementedError
        lines = (
            f"import time, {self.framework}",
            "start = time.process_time()",
            self.imports,
            "print(time.process_time() - start)",
        )
        child = [sys.executable, "-c", "\n".join(lines)]
        return float(subprocess.run(child, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603 - our own words

    def connections(self) -> int:
        """How many connections the server has seen."""
        with urllib.request.urlopen(self.url + "/stats") as answer:  # noqa: S310 - the loopback
            return int(json.load(answer)["connections"])

    @cached_property
    def runner(self) -> asyncio.Runner:
        """One event loop for the contender's life, so that its connections stay warm."""
        return asyncio.Runner()
