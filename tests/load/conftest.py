"""The driver of the load lives with the benchmarks; both frameworks are asked through it."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pollinations_sandbox import Sandbox

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`benchmarks/load.py`."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("load")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`benchmarks/load_client.py`."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("load_client")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A gateway of the test's own, whose connections are counted."""
    with Sandbox() as running:
        yield running
