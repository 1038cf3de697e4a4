"""The real gateway, with a key and a limit of pollen; what differs from the sandbox is printed."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pollinations_sandbox import Sandbox

LIMIT = float(os.environ.get("LIVE_POLLEN", "0.2"))
"""What all checks together may cost, in pollen."""

Facts = dict[str, Any]
Check = Callable[[dict[str, str]], Facts]
SPENT: list[float] = []
DIFFERENT: list[str] = []


@pytest.fixture(scope="session")
def key() -> str:
    """The key from the environment; nothing here runs without one, and without `make live`."""
    found = os.environ.get("POLLINATIONS_API_KEY")
    if not found or not os.environ.get("LIVE"):
        pytest.skip("this costs pollen: set POLLINATIONS_API_KEY and run `make live`")
    return found


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """What the real gateway is compared with."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def pollen_left() -> float:
    """What the checks may still cost."""
    return LIMIT - sum(SPENT)


@pytest.fixture
def compare(key: str, sandbox: Sandbox, request: pytest.FixtureRequest) -> Callable[[Check], Facts]:
    """Run a check on the real gateway and on the sandbox, and note which facts differ.

    The fact `cost` is added up and not compared.
    """

    def compared(check: Check) -> Facts:
        if sum(SPENT) >= LIMIT:
            pytest.skip(f"{sum(SPENT):.4f} of {LIMIT} pollen are spent")
        base_url = os.environ.get("POLLINATIONS_BASE_URL", "https://gen.pollinations.ai")
        live = check({"base_url": base_url, "api_key": key})
        SPENT.append(float(live.pop("cost", None) or 0))
        played = check({"base_url": sandbox.base_url, "api_key": sandbox.api_key})
        DIFFERENT.extend(
            f"{request.node.name}: {name} is {live.get(name)!r}, here {played.get(name)!r}"
            for name in sorted(live.keys() | played.keys() - {"cost"})
            if live.get(name) != played.get(name)
        )
        return live

    return compared


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the checks cost and where the sandbox differs."""
    if SPENT:
        terminalreporter.section(f"live: {sum(SPENT):.4f} pollen")
        for line in DIFFERENT:
            terminalreporter.write_line(line)
