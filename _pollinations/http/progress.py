"""Reports how long a client has waited for an answer, while it waits."""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TypeVar

from _pollinations.http.call import Call, Fallback
from _pollinations.http.client import AsyncClient, Client

T = TypeVar("T")

Progress = Callable[[float], object]
"""Gets the seconds since the beginning, once a second."""

_log = logging.getLogger(__name__)
_EVERY = 1.0
"""Seconds between two reports."""


def send(
    client: Client, call: Call[T] | Fallback[Call[T]], on_progress: Progress | None = None
) -> T:
    """Send a call, and report how long it takes.

    Ctrl-C, or a notebook's stop button, gives it up and closes the connection.

    Args:
        client: Sends it.
        call: What its `send` takes.
        on_progress: Gets the seconds so far, from another thread; None shows a bar in a notebook
            and nothing elsewhere. If it raises, it is not called again.

    Returns:
        What the call reads.
    """
    with _reporting(on_progress):
        return client.send(call)


async def asend(
    client: AsyncClient, call: Call[T] | Fallback[Call[T]], on_progress: Progress | None = None
) -> T:
    """Send a call, and report on the event loop how long it takes; see `send`.

    Cancelling the task gives it up and closes the connection.
    """
    with _reporting(on_progress, asyncio.get_running_loop().call_soon_threadsafe):
        return await client.send(call)


@contextmanager
def _reporting(
    on_progress: Progress | None,
    run: Callable[[Callable[[], None]], object] = lambda report: report(),
) -> Iterator[None]:
    """Call back once a second, by way of `run`; or move a bar, if this is a notebook."""
    bar = None if on_progress else _bar()
    report: Progress | None = on_progress or bar
    if report is None:
        yield
        return
    began, done = time.monotonic(), threading.Event()

    def once() -> None:
        try:
            if not done.is_set():
                report(time.monotonic() - began)
        except Exception:  # noqa: BLE001 - the user's own code
            done.set()
            _log.exception("on_progress failed; it is not called again.")

    def repeat() -> None:
        while not done.wait(_EVERY):
            run(once)

    thread = threading.Thread(target=repeat, name="pollinations-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        if bar is not None:
            bar(time.monotonic() - began, over=True)


class _Bar:
    """A bar in a notebook's cell, which becomes a line of text when the wait is over."""

    def __init__(self, display: ModuleType) -> None:
        self._handle = display.display(self._shown(0), raw=True, display_id=True)

    def __call__(self, seconds: float, *, over: bool = False) -> None:
        self._handle.update(self._shown(seconds, over=over), raw=True)

    def _shown(self, seconds: float, *, over: bool = False) -> dict[str, str]:
        text = f"Waited {seconds:.0f} s" if over else f"{seconds:.0f} s"
        return {"text/plain": text, "text/html": text if over else f"<progress></progress> {text}"}


def _bar() -> _Bar | None:
    """A bar, if this program is a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    display = sys.modules.get("IPython.display")
    if display is None or type(shell).__name__ != "ZMQInteractiveShell":
        return None
    return _Bar(display)
