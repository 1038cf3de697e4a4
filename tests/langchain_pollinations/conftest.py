"""One sandbox for all tests of the LangChain adapter, emptied before each."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

os.environ.setdefault("LANGSMITH_TRACING", "false")


@pytest.fixture(scope="session", params=["A", "D"])
def _era(request: pytest.FixtureRequest) -> str:
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
def _either_sandbox(_era: str) -> Iterator[Sandbox]:
    with Sandbox(era=_era) as sandbox:
        yield sandbox


@pytest.fixture
def either_sandbox(_either_sandbox: Sandbox) -> Sandbox:
    """The gateway of both eras in turn, with nothing recorded."""
    _either_sandbox.clear()
    return _either_sandbox


@pytest.fixture
def chat(sandbox: Sandbox) -> Callable[..., ChatPollinations]:
    """Make a model that talks to the sandbox."""

    def make(**fields: Any) -> ChatPollinations:
        given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields}
        return ChatPollinations(**given)

    return make
