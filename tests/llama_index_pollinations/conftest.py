"""Models of LlamaIndex that talk to the sandbox, and both colours under one name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from thread_loop import _loop  # noqa: F401 - a fixture
from ways import gather

from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox


@pytest.fixture
def make(sandbox: Sandbox) -> Callable[..., Pollinations]:
    """Make a model that speaks to the sandbox."""
    return partial(Pollinations, base_url=sandbox.base_url, api_key=sandbox.api_key)


@pytest.fixture
def llm(make: Callable[..., Pollinations]) -> Pollinations:
    return make()


@dataclass(frozen=True)
class Colour:
    """A model's methods in one colour.

    Attributes:
        prefix: What stands before a method's name: nothing, or an a.
    """

    prefix: str

    def whole(self, llm: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        """What a method returns."""
        return self.pieces(llm, method, *args, **kwargs)[0]

    def pieces(self, llm: Any, method: str, *args: Any, **kwargs: Any) -> list[Any]:
        """All that a method gives, whole or in pieces."""
        return gather(getattr(llm, self.prefix + method), *args, **kwargs)

    def ask(self, llm: Any, method: str, prompt: Any = None, **kwargs: Any) -> list[Any]:
        """Greet a model by a method of any kind."""
        prompt = prompt or ([ChatMessage("Hi")] if "chat" in method else "Hi")
        return self.pieces(llm, method, prompt, **kwargs)


@pytest.fixture(params=["", "a"], ids=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> Colour:
    return Colour(request.param)
