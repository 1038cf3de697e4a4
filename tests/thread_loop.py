"""The event loop that LlamaIndex's blocking calls take, for conftests of folders that need it."""

import asyncio
from collections.abc import Iterator

import pytest


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
