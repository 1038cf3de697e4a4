"""The driver of the load lives with the benchmarks; both frameworks are asked through it."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

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
