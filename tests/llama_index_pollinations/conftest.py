"""Models of LlamaIndex that talk to the sandbox, and both colours under one name."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from thread_loop import _loop  # noqa: F401 - a fixture

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox


@pytest.fixture
def make(sandbox: Sandbox) -> Callable[..., Pollinations]:
    """Make a model that speaks to the sandbox."""

    def model(**fields: Any) -> Pollinations:
        return Pollinations(**{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})

    return model


@pytest.fixture
def llm(make: Callable[..., Pollinations]) -> Pollinations:
    return make()


class Colour:
    """A model's methods in one colour: whole answers as they are, streams as lists."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def whole(self, llm: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call `method`, or its twin with an a before its name in an event loop of its own."""
        if self.name == "sync":
            return getattr(llm, method)(*args, **kwargs)
        return asyncio.run(_awaited(getattr(llm, f"a{method}")(*args, **kwargs)))

    def pieces(self, llm: Any, method: str, *args: Any, **kwargs: Any) -> list[Any]:
        """The same for a method that streams."""
        if self.name == "sync":
            return list(getattr(llm, method)(*args, **kwargs))
        return asyncio.run(_gathered(getattr(llm, f"a{method}")(*args, **kwargs)))

    def ask(self, llm: Any, method: str, prompt: Any = None, **kwargs: Any) -> list[Any]:
        """Use a method of any kind; whole answers are lists of one."""
        prompt = prompt or ([ChatMessage("Hi")] if "chat" in method else "Hi")
        if method.startswith("stream"):
            return self.pieces(llm, method, prompt, **kwargs)
        return [self.whole(llm, method, prompt, **kwargs)]


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


async def _gathered(stream: Awaitable[AsyncIterable[Any]]) -> list[Any]:
    return [piece async for piece in await stream]


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> Colour:
    return Colour(request.param)
