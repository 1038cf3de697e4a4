"""The gateway of both APIs, and retries without pauses."""

from collections.abc import Iterator

import pytest

from _pollinations.http import retry
from pollinations_sandbox import Sandbox


@pytest.fixture(scope="session")
def _sandboxes() -> Iterator[dict[str, Sandbox]]:
    with Sandbox(api="2026-01") as january, Sandbox(api="2026-10") as october:
        yield {"2026-01": january, "2026-10": october}


@pytest.fixture
def sandbox(_sandboxes: dict[str, Sandbox]) -> Sandbox:
    """The gateway of October 2026, with nothing recorded."""
    _sandboxes["2026-10"].clear()
    return _sandboxes["2026-10"]


@pytest.fixture
def january(_sandboxes: dict[str, Sandbox]) -> Sandbox:
    """The gateway of January 2026, with nothing recorded."""
    _sandboxes["2026-01"].clear()
    return _sandboxes["2026-01"]


class _Lucky:
    """Draws the shortest pause there is."""

    @staticmethod
    def uniform(low: float, _high: float) -> float:
        return low


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter may draw no pause at all: so it does here."""
    monkeypatch.setattr(retry, "random", _Lucky)
