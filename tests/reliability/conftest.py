"""The gateway of both eras, and retries without pauses."""

from collections.abc import Iterator

import pytest

from _pollinations.http import retry
from pollinations_sandbox import Sandbox


@pytest.fixture(scope="session")
def _sandboxes() -> Iterator[dict[str, Sandbox]]:
    with Sandbox(era="A") as january, Sandbox(era="D") as october:
        yield {"A": january, "D": october}


@pytest.fixture
def sandbox(_sandboxes: dict[str, Sandbox]) -> Sandbox:
    """The gateway of October 2026, with nothing recorded."""
    _sandboxes["D"].clear()
    return _sandboxes["D"]


@pytest.fixture
def january(_sandboxes: dict[str, Sandbox]) -> Sandbox:
    """The gateway of January 2026, with nothing recorded."""
    _sandboxes["A"].clear()
    return _sandboxes["A"]


class _Lucky:
    """Draws the shortest pause there is."""

    @staticmethod
    def uniform(low: float, _high: float) -> float:
        return low


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter may draw no pause at all: so it does here."""
    monkeypatch.setattr(retry, "random", _Lucky)
