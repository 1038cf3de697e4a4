"""Imports and constructors are light: measured in a process of their own."""

import json

import pytest
from own_process import python

# Of each adapter, what is always there with its framework, a class, and the other framework.
ADAPTERS = {
    "langchain_pollinations": (
        "langchain_core.language_models.chat_models",
        "ChatPollinations",
        "llama_index",
    ),
    "llama_index_pollinations": ("llama_index.core", "Pollinations", "langchain_core"),
}
MOST_MODULES = 112  # more than the framework's own; httpx alone is a hundred
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
for public in module.__all__:
    getattr(module, public)
getattr(module, name)(model="openai", api_key="sk_made_up")
print(json.dumps({
    "modules": sorted(set(sys.modules) - before),
    "events": sorted({e for e in events if e.startswith(("socket.", "sqlite3.", "subprocess."))}),
    "threads": threading.active_count(),
    "contexts": contexts() - contexts_before,
}))
"""


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_import_and_a_constructor_are_light(adapter: str) -> None:
    """Few modules, no HTTP client, nothing of the other framework; and nothing is opened."""
    framework, name, other_framework = ADAPTERS[adapter]
    done = python("-c", PROBE, framework, adapter, name)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    modules = seen["modules"]

    assert [m for m in modules if m.startswith(other_framework)] == []
    assert [m for m in modules if {m, m.partition(".")[0]} & set(HEAVY)] == []
    assert len(modules) <= MOST_MODULES, modules
    assert (seen["events"], seen["contexts"], seen["threads"]) == ([], 0, 1)
