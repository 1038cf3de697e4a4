"""A gateway of both APIs for each call under way, and retries without pauses."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from queue import SimpleQueue

import pytest
from ways import WAYS

from _pollinations.http import retry
from pollinations_sandbox import Sandbox

Borrow = Callable[[str], AbstractContextManager[Sandbox]]


@pytest.fixture(scope="session")
def borrow() -> Iterator[Borrow]:
    """Lend a sandbox of an API with nothing recorded; there is one for each way at a time."""
    free: dict[str, SimpleQueue[Sandbox]] = {"2026-01": SimpleQueue(), "2026-10": SimpleQueue()}

    @contextmanager
    def lend(api: str) -> Iterator[Sandbox]:
        sandbox = free[api].get()
        try:
            sandbox.clear()
            yield sandbox
        finally:
            free[api].put(sandbox)

    with ExitStack() as stack:
        for _ in WAYS:
            free["2026-01"].put(stack.enter_context(Sandbox(api="2026-01")))
            free["2026-10"].put(stack.enter_context(Sandbox(api="2026-10")))
        yield lend


@pytest.fixture
def sandbox(borrow: Borrow) -> Iterator[Sandbox]:
    """A sandbox of the newest API with nothing recorded."""
    with borrow("2026-10") as borrowed:
        yield borrowed


class _Lucky:
    """Draws the shortest pause there is."""

    @staticmethod
    def uniform(low: float, _high: float) -> float:
        return low


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter may draw no pause at all: so it does here."""
    monkeypatch.setattr(retry, "random", _Lucky)
