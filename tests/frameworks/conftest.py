"""A gateway for the facts that hold in both frameworks, and what LlamaIndex needs beside it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from media_tools import Tools

from langchain_pollinations.gateway import Client, speech
from pollinations_sandbox import Sandbox

HERE = Path(__file__).parent
# Workflows of LlamaIndex look at every member of a pydantic agent, deprecated ones too.
THEIR_WARNINGS = (
    r"ignore:The `__fields(_set)?__` attribute is deprecated:DeprecationWarning:inspect",
    r"ignore:Accessing the 'model_(computed_)?fields' attribute:DeprecationWarning:inspect",
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
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Sandbox:
    """The gateway of October 2026, with nothing recorded."""
    _sandbox.clear()
    return _sandbox


@pytest.fixture(params=["langchain", "llama_index"])
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sync", "async"])
def tools(request: pytest.FixtureRequest, framework: str, sandbox: Sandbox) -> Tools:
    """The media tools of each framework in each colour."""
    return Tools(framework, request.param, sandbox)


@pytest.fixture
def sounds(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A folder with a recording."""
    media = Client(sandbox.api_key, sandbox.base_url).send(speech("Hi.", response_format="wav"))
    media.save(tmp_path / "words.wav")
    sandbox.clear()
    return tmp_path
