"""What tests of all packages need: gateways, a time that costs none, and waiting."""

import functools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clocks import LeapingClock
from httpx._transports import default as httpx_transports
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from pollinations_sandbox import Key, Sandbox

# What hypothesis keeps lies in the environment, so that a run leaves no file in the checkout.
set_hypothesis_home_dir(Path(sys.prefix) / "hypothesis")
# The same examples in every run, however slow the machine is.
settings.register_profile("fixed", derandomize=True, max_examples=150, deadline=None)
settings.load_profile("fixed")

# Each client of httpx would read the same authorities anew, in 20 ms.
httpx_transports.create_ssl_context = functools.cache(httpx_transports.create_ssl_context)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something holds, for five seconds at most."""

    def wait(holds: Callable[[], object]) -> None:
        end = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.005)

    return wait


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def edge(clock: LeapingClock) -> Iterator[Sandbox]:
    """A gateway with its limits of an address and of a publishable key, by the leaping clock."""
    keys = {"sk_sandbox": Key(), "pk_slow": Key(kind="publishable", rate_limit=True)}
    with Sandbox(keys=keys, edge_limit=(100, 10.0), clock=clock) as running:
        yield running


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    """One gateway for all tests that need no other."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    """The gateway of October 2026, with nothing recorded."""
    server.clear()
    return server
