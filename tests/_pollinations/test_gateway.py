"""What both adapters give away of the gateway."""

import importlib
from types import ModuleType

import pytest

from _pollinations import gateway


@pytest.mark.parametrize("name", ["langchain_pollinations", "llama_index_pollinations"])
def test_both_adapters_give_the_same(name: str) -> None:
    """Every public name is there, and is the same thing in both."""
    given = importlib.import_module(f"{name}.gateway")

    assert given.__all__ == gateway.__all__
    assert all(getattr(given, each) is getattr(gateway, each) for each in gateway.__all__)


def test_what_is_given_is_ours() -> None:
    """No module hides among the names, and each is listed once."""
    values = [getattr(gateway, name) for name in gateway.__all__]

    assert not any(isinstance(value, ModuleType) for value in values)
    assert all(value.__module__.startswith("_pollinations.") for value in values)
    assert len(gateway.__all__) == len(set(gateway.__all__))
