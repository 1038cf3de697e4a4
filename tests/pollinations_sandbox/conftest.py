from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pollinations_sandbox import Sandbox

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="session", params=["2026-01", "2026-10"])
def running(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One sandbox per API for the whole run."""
    with Sandbox(api=request.param) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """A sandbox that remembers nothing of other tests, in both APIs."""
    running.clear()
    return running


def client_of(sandbox: Sandbox) -> httpx.Client:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    return httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=10)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client with a good key, and a sandbox that remembers nothing."""
    with client_of(sandbox) as client:
        yield client


@pytest.fixture
def ask(client: httpx.Client) -> Ask:
    """Post a chat body; a plain question stands in for messages."""

    def post(**body: Any) -> httpx.Response:
        question = [{"role": "user", "content": "Hello, who are you?"}]
        return client.post("/v1/chat/completions", json={"messages": question} | body)

    return post


@pytest.fixture
def october(server: Sandbox) -> Sandbox:
    """The sandbox of the 2026-10 API, for the routes that the 2026-01 API does not have."""
    server.clear()
    return server


@pytest.fixture
def later(october: Sandbox) -> Iterator[httpx.Client]:
    """A client of it."""
    with client_of(october) as client:
        yield client
