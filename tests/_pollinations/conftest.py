"""A gateway for each test, and one way to ask it in every colour."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any, Literal, TypeVar

import httpx
import pytest

from _pollinations.call import Call, Stream
from _pollinations.client import AsyncClient, Client
from _pollinations.retry import Retry
from pollinations_sandbox import Sandbox

T = TypeVar("T")
Era = Literal["A", "D"]
AT_ONCE = Retry(max_retries=0)


class Asker:
    """Asks in one colour: `sync`, `async`, or `own`, with an httpx client of the user's own.

    Attributes:
        colour: Which one.
        items: What the last stream handed out, also when it broke off.
    """

    def __init__(self, colour: str, sandbox: Sandbox) -> None:
        self.colour = colour
        self.items: list[Any] = []
        self._defaults = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}

    def send(self, call: Call[T], **settings: Any) -> T:
        """Ask for a whole answer."""
        given = {"retry": AT_ONCE, **self._defaults, **settings}
        if self.colour == "sync":
            with Client(**given) as client:
                return client.send(call)

        async def ask() -> T:
            async with httpx.AsyncClient() as own:
                http = own if self.colour == "own" else None
                async with AsyncClient(**given, http_client=http) as client:
                    return await client.send(call)

        return asyncio.run(ask())

    def stream(self, call: Stream[T], **settings: Any) -> list[T]:
        """Ask for an answer in pieces, and take all of them."""
        given = {"retry": AT_ONCE, **self._defaults, **settings}
        self.items = []
        if self.colour == "sync":
            with Client(**given) as client:
                self.items.extend(client.stream(call))
            return self.items

        async def ask() -> None:
            async with httpx.AsyncClient() as own:
                http = own if self.colour == "own" else None
                client = AsyncClient(**given, http_client=http)
                async with client, aclosing(client.stream(call)) as items:
                    async for item in items:
                        self.items.append(item)

        asyncio.run(ask())
        return self.items


@pytest.fixture
def era() -> Era:
    """The newest; a test says otherwise by a parameter of this name."""
    return "D"


@pytest.fixture
def sandbox(era: Era) -> Iterator[Sandbox]:
    with Sandbox(era=era) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, sandbox: Sandbox) -> Asker:
    return Asker(request.param, sandbox)


@pytest.fixture(params=["sync", "async", "own"])
def ask_in_all_colours(request: pytest.FixtureRequest, sandbox: Sandbox) -> Asker:
    return Asker(request.param, sandbox)


@pytest.fixture
def ask_once(sandbox: Sandbox) -> Asker:
    """Where the colour makes no difference."""
    return Asker("sync", sandbox)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something holds, for one second at most."""

    def wait(holds: Callable[[], object]) -> None:
        end = time.monotonic() + 1
        while not holds():
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.005)

    return wait
