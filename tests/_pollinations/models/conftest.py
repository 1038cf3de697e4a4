"""A file for a catalogue, and clients of a gateway that is there and of one that went away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from _pollinations.http.client import Client
from _pollinations.models.catalog import Catalog
from pollinations_sandbox import Sandbox


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite3"


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox.api_key, sandbox.base_url, max_retries=0)


@pytest.fixture
def lost(sandbox: Sandbox) -> Iterator[Client]:
    """A client of the same gateway after it went away: the same address, nobody answers."""
    client = Client(sandbox.api_key, sandbox.base_url, max_retries=0)
    sandbox.close()
    yield client
    client.close()


@pytest.fixture
def catalog(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    return Catalog(Client(sandbox.api_key, sandbox.base_url), tmp_path / "catalog.sqlite3")


@pytest.fixture
def nowhere() -> Catalog:
    """A catalogue that is not to be had."""
    return Catalog(Client("sk_none", "http://127.0.0.1:9", max_retries=0), Path())
