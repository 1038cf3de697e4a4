"""Imports and constructors are light: measured in a process of their own."""

import json
from typing import Any

import pytest
from own_process import python

# What is always there with the framework, the adapter, its class, and how many modules more than
# the framework's own it may load: httpx alone is a hundred.
ADAPTERS = {
    "langchain_pollinations": (
        "langchain_core.language_models.chat_models",
        "ChatPollinations",
        110,
    ),
    "llama_index_pollinations": ("llama_index.core", "Pollinations", 110),
}
OTHER_FRAMEWORK = {
    "langchain_pollinations": ("llama_index", "llama_index_pollinations"),
    "llama_index_pollinations": ("langchain_core", "langchain_pollinations"),
}
HEAVY = (
    "_pollinations.http.transports",
    "aiohttp",
    "httpx",
    "openai",
    "pollinations_sandbox",
    "rich",
    "tiktoken",
)

PROBE = """
import gc, importlib, json, ssl, sys, threading

def contexts():
    return sum(isinstance(thing, ssl.SSLContext) for thing in gc.get_objects())

framework, adapter, name = sys.argv[1:]
importlib.import_module(framework)
before = set(sys.modules)
contexts_before = contexts()
events = []
sys.addaudithook(lambda event, args: events.append(event))
module = importlib.import_module(adapter)
for public in getattr(module, "__all__", ()):
    getattr(module, public)
if cls := getattr(module, name, None):
    cls(model="openai", api_key="sk_made_up")
print(json.dumps({
    "modules": sorted(set(sys.modules) - before),
    "events": sorted({e for e in events if e.startswith(("socket.", "sqlite3.", "subprocess."))}),
    "threads": threading.active_count(),
    "contexts": contexts() - contexts_before,
}))
"""


@pytest.fixture(scope="module", params=ADAPTERS)
def load(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    adapter = request.param
    framework, name, _ = ADAPTERS[adapter]
    done = python("-c", PROBE, framework, adapter, name)
    assert done.returncode == 0, done.stderr
    return adapter, json.loads(done.stdout)


def test_one_adapter_leaves_the_other_framework_alone(load: tuple[str, dict[str, Any]]) -> None:
    """An adapter imports nothing of the other framework."""
    adapter, seen = load

    assert [m for m in seen["modules"] if m.startswith(OTHER_FRAMEWORK[adapter])] == []


def test_an_import_is_light(load: tuple[str, dict[str, Any]]) -> None:
    """No HTTP client is loaded before the first call, and few modules beside the framework's."""
    adapter, seen = load

    assert [m for m in seen["modules"] if {m, m.partition(".")[0]} & set(HEAVY)] == []
    assert len(seen["modules"]) <= ADAPTERS[adapter][2], seen["modules"]


def test_a_constructor_opens_nothing(load: tuple[str, dict[str, Any]]) -> None:
    """Importing and constructing open no socket, database or process, and make no SSL context."""
    _, seen = load

    assert seen["events"] == []
    assert seen["contexts"] == 0
    assert seen["threads"] == 1
