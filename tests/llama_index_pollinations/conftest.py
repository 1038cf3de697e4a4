"""One sandbox for all tests, a fresh memory for each, and both colours under one name."""

import asyncio
import json
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

HERE = Path(__file__).parent
# What LlamaIndex and its friends are warned of, message and module, and why it is not our affair.
THEIR_WARNINGS = (
    # Workflows look at every member of a pydantic agent, deprecated ones too.
    r"ignore:The `__fields(_set)?__` attribute is deprecated:DeprecationWarning:inspect",
    r"ignore:Accessing the 'model_(computed_)?fields' attribute:DeprecationWarning:inspect",
    # ReAct agents ask a workflow whether it runs, from within one of its steps.
    r"ignore:is_running called from within a step:DeprecationWarning:llama_index.core.agent",
    # StructuredLLM calls pydantic's old `json()` on each object of a stream.
    r"ignore:The `json` method is deprecated:DeprecationWarning:llama_index.core.llms",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for warning in THEIR_WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(autouse=True)
def _loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """LlamaIndex's blocking calls take the thread's event loop, or make one and leave it open."""
    if asyncio.iscoroutinefunction(getattr(request, "function", None)):
        yield
        return
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    server.clear()
    return server


@pytest.fixture
def make(sandbox: Sandbox) -> Callable[..., Pollinations]:
    """Make a model that speaks to the sandbox."""

    def made(**fields: Any) -> Pollinations:
        return Pollinations(**{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})

    return made


@pytest.fixture
def llm(make: Callable[..., Pollinations]) -> Pollinations:
    return make()


USAGE = {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}


@pytest.fixture
def sse() -> Callable[..., bytes]:
    """Spell a streamed answer of these deltas, with usage in an event of its own at the end."""

    def spelled(
        *deltas: dict[str, Any], reason: str | None = "stop", usage: Any = USAGE, **top: Any
    ) -> bytes:
        head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", **top}
        choices = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
        if reason is not None:
            choices.append([{"index": 0, "delta": {}, "finish_reason": reason}])
        events: list[dict[str, Any]] = [{**head, "choices": choice} for choice in choices]
        if usage is not None:
            events.append({**head, "choices": [], "usage": usage})
        texts = [json.dumps(event) for event in events] + (["[DONE]"] if reason else [])
        return "".join(f"data: {text}\n\n" for text in texts).encode()

    return spelled


@pytest.fixture
def whole() -> Callable[..., bytes]:
    """Spell a whole answer of this message."""

    def spelled(
        message: dict[str, Any], reason: str = "stop", usage: Any = USAGE, **top: Any
    ) -> bytes:
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
        head = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m-1", **top}
        return json.dumps({**head, "choices": [choice], "usage": usage}).encode()

    return spelled


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


async def _awaited(made: Awaitable[Any]) -> Any:
    return await made


async def _gathered(made: Awaitable[AsyncIterable[Any]]) -> list[Any]:
    return [piece async for piece in await made]


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> Colour:
    return Colour(request.param)
