"""A strict sandbox, a model of each framework on it, and a guard against the network.

The packages live in an environment of their own, which `make clients` builds; without it there is
nothing to collect here.
"""

import os
import runpy
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from langchain_pollinations import ChatPollinations
from llama_index_pollinations import Pollinations
from pollinations_sandbox import Sandbox

GUARD = Path(__file__).parents[2] / ".ci" / "loopback"
SWITCHES = {
    "ANONYMIZED_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "RAGAS_DO_NOT_TRACK": "true",
}
REFUSED: list[str] = []
"""The addresses outside this machine that something tried to reach; the guard refused them."""

collect_ignore_glob: list[str] = []

if find_spec("deepagents"):
    keys = [name for name in os.environ if name.endswith(("_API_KEY", "_PROXY", "_proxy"))]
    for name in keys:
        del os.environ[name]
    os.environ.update(SWITCHES)
    REFUSED = runpy.run_path(str(GUARD / "sitecustomize.py"))["refused"]
else:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Let the packages call what is deprecated in each other; our own warnings stay errors."""
    if find_spec("deepagents"):
        config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning")
        config.addinivalue_line("filterwarnings", "ignore:unclosed file.*ragas:ResourceWarning")


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the packages a home to write into, and the processes that they start the guard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("PYTHONPATH", str(GUARD))
        yield


@pytest.fixture(autouse=True)
def refused() -> Iterator[list[str]]:
    """Fail a test if something tried to reach another machine, in an import too, and hid it."""
    yield REFUSED
    seen, REFUSED[:] = [*REFUSED], []
    assert seen == []


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that gives scripted replies only, and checks that all of them were used."""
    with Sandbox(strict=True) as running:
        yield running


@pytest.fixture
def chat(sandbox: Sandbox) -> ChatPollinations:
    """The model for LangChain."""
    return ChatPollinations(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)


@pytest.fixture
def llm(sandbox: Sandbox) -> Pollinations:
    """The model for LlamaIndex."""
    return Pollinations(base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
