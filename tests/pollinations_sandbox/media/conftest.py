from collections.abc import Iterator

import httpx
import pytest

from pollinations_sandbox import Sandbox


@pytest.fixture
def october(server: Sandbox) -> Sandbox:
    """The sandbox of the 2026-10 API, for the routes that the 2026-01 API does not have."""
    server.clear()
    return server


@pytest.fixture
def later(october: Sandbox) -> Iterator[httpx.Client]:
    """A client of it."""
    headers = {"Authorization": f"Bearer {october.api_key}"}
    with httpx.Client(base_url=october.base_url, headers=headers, timeout=10) as client:
        yield client
