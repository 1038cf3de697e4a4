"""What both adapters re-export of the gateway."""

import importlib
from types import ModuleType

import pytest

from _pollinations import gateway
from _pollinations.http import errors


@pytest.mark.parametrize("name", ["langchain_pollinations", "llama_index_pollinations"])
def test_both_adapters_give_the_same(name: str) -> None:
    """Every public name is there, and is the same thing in both."""
    exported = importlib.import_module(f"{name}.gateway")

    assert exported.__all__ == gateway.__all__
    assert all(getattr(exported, each) is getattr(gateway, each) for each in gateway.__all__)


def test_what_is_public_is_ours() -> None:
    """Of the modules only `account` is public, which has its own list; each name is listed once."""
    values = {name: getattr(gateway, name) for name in gateway.__all__}
    modules = {name for name, value in values.items() if isinstance(value, ModuleType)}

    assert modules == {"account"}
    assert all(
        "_pollinations" in value.__module__ for name, value in values.items() if name not in modules
    )
    assert len(gateway.__all__) == len(values)
    assert all(hasattr(gateway.account, name) for name in gateway.account.__all__)


def test_every_error_is_public() -> None:
    """Whoever catches errors of a client needs no framework."""
    assert set(errors.__all__) <= set(gateway.__all__)


def test_nothing_public_is_called_internal() -> None:
    """What a docstring calls internal is not for users."""
    texts = {name: getattr(gateway, name).__doc__ or "" for name in gateway.__all__}

    assert [name for name, text in texts.items() if not text or "internal" in text.lower()] == []
