"""Many calls at once."""

import asyncio
import time
from typing import Any

import pytest

from _pollinations.embeddings import embeddings
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import ServerError
from _pollinations.http.many import asend_all, send_all
from pollinations_sandbox import Fault, Sandbox

CALLS = [embeddings(f"text {number}", dimensions=128) for number in range(12)]


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Any:
    def sent(sandbox: Sandbox, at_once: int, calls: Any = CALLS) -> list[Any]:
        settings: dict[str, Any] = {"base_url": sandbox.base_url, "max_retries": 0}
        if request.param == "sync":
            return send_all(Client(sandbox.api_key, **settings), calls, at_once)
        return asyncio.run(asend_all(AsyncClient(sandbox.api_key, **settings), calls, at_once))

    return sent


def test_they_wait_together(send: Any) -> None:
    """Twelve calls take the time of two, six at once."""
    with Sandbox(latency=0.2) as sandbox:
        send(sandbox, 2, CALLS[:2])
        began = time.monotonic()
        send(sandbox, 6)
        assert time.monotonic() - began < 1.2


def test_a_failure_ends_the_rest(send: Any, sandbox: Sandbox) -> None:
    """What has not begun is given up."""
    sandbox.fail(Fault.status(503))
    with pytest.raises(ServerError):
        send(sandbox, 2)

    assert len(sandbox.requests) < len(CALLS)
