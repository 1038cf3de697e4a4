"""One sandbox for all tests of the LangChain adapter, emptied before each."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from langchain_core.runnables import Runnable

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

os.environ.setdefault("LANGSMITH_TRACING", "false")


@pytest.fixture(scope="session", params=["2026-01", "2026-10"])
def _api(request: pytest.FixtureRequest) -> str:
    """The gateway of January 2026 and that of October."""
    return str(request.param)


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Sandbox:
    """The gateway of October 2026, with nothing recorded."""
    _sandbox.clear()
    return _sandbox


@pytest.fixture(scope="session")
def _either_sandbox(_api: str) -> Iterator[Sandbox]:
    with Sandbox(api=_api) as sandbox:
        yield sandbox


@pytest.fixture
def either_sandbox(_either_sandbox: Sandbox) -> Sandbox:
    """The gateway of both APIs in turn, with nothing recorded."""
    _either_sandbox.clear()
    return _either_sandbox


@pytest.fixture
def chat(sandbox: Sandbox) -> Callable[..., ChatPollinations]:
    """Make a model that talks to the sandbox."""
    return partial(ChatPollinations, base_url=sandbox.base_url, api_key=sandbox.api_key)


async def _gathered(model: Runnable[Any, Any], given: Any, **options: Any) -> list[Any]:
    return [chunk async for chunk in model.astream(given, **options)]


@dataclass(frozen=True)
class Ask:
    """One of the four ways to ask; pieces come back put together."""

    name: str

    @property
    def streams(self) -> bool:
        """Whether the answer comes in pieces."""
        return "stream" in self.name

    def pieces(self, model: Runnable[Any, Any], given: Any, **options: Any) -> list[Any]:
        """What comes, in order; coroutines run in an event loop of their own."""
        match self.name:
            case "invoke":
                return [model.invoke(given, **options)]
            case "ainvoke":
                return [asyncio.run(model.ainvoke(given, **options))]
            case "stream":
                return list(model.stream(given, **options))
            case _:
                return asyncio.run(_gathered(model, given, **options))

    def __call__(self, model: Runnable[Any, Any], given: Any, **options: Any) -> Any:
        """What comes, put together."""
        whole, *rest = self.pieces(model, given, **options)
        for piece in rest:
            whole = whole + piece
        return whole


@pytest.fixture(params=["invoke", "ainvoke", "stream", "astream"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask in each of the four ways in turn."""
    return Ask(request.param)


@pytest.fixture(params=["stream", "astream"])
def ask_in_pieces(request: pytest.FixtureRequest) -> Ask:
    """Ask in both ways that stream."""
    return Ask(request.param)


@pytest.fixture
def chat_of_either(either_sandbox: Sandbox) -> Callable[..., ChatPollinations]:
    """Make a model that talks to the gateway of each API in turn."""
    return partial(
        ChatPollinations, base_url=either_sandbox.base_url, api_key=either_sandbox.api_key
    )


@pytest.fixture
def events() -> Callable[..., list[bytes]]:
    """Spell deltas as the events of a stream with a good end."""

    def spell(*deltas: dict[str, Any], reason: str | None = "stop", **top: Any) -> list[bytes]:
        choices: list[dict[str, Any]] = [{"index": 0, "delta": delta} for delta in deltas]
        if reason is not None:
            choices.append({"index": 0, "delta": {}, "finish_reason": reason})
        packets = [{"id": "c1", "model": "m-1", "choices": [choice]} for choice in choices]
        packets[-1].update(top)
        return [b"data: " + json.dumps(packet).encode() + b"\n\n" for packet in packets]

    return spell


@pytest.fixture
def completion() -> Callable[..., bytes]:
    """Spell a message as a whole answer."""

    def spell(message: dict[str, Any], reason: str = "stop", **top: Any) -> bytes:
        said = {"role": "assistant", **message}
        choice = {"index": 0, "message": said, "finish_reason": reason}
        return json.dumps({"id": "c1", "model": "m-1", "choices": [choice], **top}).encode()

    return spell


@pytest.fixture
def settled() -> Callable[[Callable[[], bool]], bool]:
    """Wait up to two seconds for something that happens in the sandbox's thread."""

    def wait(condition: Callable[[], bool]) -> bool:
        end = time.monotonic() + 2
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        return condition()

    return wait
