"""Models of LangChain that talk to the sandbox, and the four ways to ask them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from langchain_core.runnables import Runnable
from ways import WAYS, Way, added, gather

from langchain_pollinations import ChatPollinations
from pollinations_sandbox import Sandbox

os.environ.setdefault("LANGSMITH_TRACING", "false")


@pytest.fixture
def chat(sandbox: Sandbox) -> Callable[..., ChatPollinations]:
    """Make a model that talks to the sandbox."""
    return partial(ChatPollinations, base_url=sandbox.base_url, api_key=sandbox.api_key)


@dataclass(frozen=True)
class Ask:
    """One of the four ways to ask; pieces come back added."""

    way: Way

    @property
    def streams(self) -> bool:
        """Whether the answer comes in pieces."""
        return self.way.streams

    def pieces(self, model: Runnable[Any, Any], prompt: Any, **options: Any) -> list[Any]:
        """What comes, in order."""
        return gather(getattr(model, self.way.method), prompt, **options)

    def __call__(self, model: Runnable[Any, Any], prompt: Any, **options: Any) -> Any:
        """What comes, added."""
        return added(self.pieces(model, prompt, **options))


@pytest.fixture(params=WAYS[:4], ids=str)
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask in each of the four ways in turn."""
    return Ask(request.param)


@pytest.fixture(params=WAYS[2:4], ids=str)
def ask_in_pieces(request: pytest.FixtureRequest) -> Ask:
    """Ask in both ways that stream."""
    return Ask(request.param)
