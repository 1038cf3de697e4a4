from collections.abc import Iterator

import httpx
import pytest

from pollinations_sandbox import Sandbox


@pytest.fixture(scope="session")
def october() -> Iterator[Sandbox]:
    """One sandbox of the 2026-10 API for the whole run."""
    with Sandbox(api="2026-10") as sandbox:
        yield sandbox


@pytest.fixture
def later(october: Sandbox) -> Iterator[httpx.Client]:
    """A client of the 2026-10 API alone, for the routes that the 2026-01 API does not have."""
    october.clear()
    headers = {"Authorization": f"Bearer {october.api_key}"}
    with httpx.Client(base_url=october.base_url, headers=headers, timeout=10) as client:
        yield client
