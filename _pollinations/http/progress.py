"""Reports how long a client has waited for an answer, while it waits."""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from _pollinations.http.call import Call, Fallback
from _pollinations.http.client import AsyncClient, Client

T = TypeVar("T")

Progress = Callable[[float], object]
"""Gets the seconds since the beginning, once a second."""

_log = logging.getLogger(__name__)
_NOTEBOOK = "ZMQInteractiveShell"
_EVERY = 1.0


def send(
    client: Client,
    call: Call[T] | Fallback[Call[T]],
    on_progress: Progress | None = None,
    *,
    every: float = _EVERY,
) -> T:
    """Send a call, and report how long it takes.

    Ctrl-C, or a notebook's stop button, gives it up and closes the connection.

    Args:
        client: Sends it.
        call: What its `send` takes.
        on_progress: Gets the seconds so far, from another thread; None shows a bar in a notebook
            and nothing elsewhere. If it raises, it is not called again.
        every: Seconds between two reports.

    Returns:
        What the call reads.
    """
    with _reporter(on_progress) as report:
        if report is None:
            return client.send(call)
        began, done = time.monotonic(), threading.Event()

        def reports() -> None:
            while not done.wait(every) and _reported(report, began):
                pass

        thread = threading.Thread(target=reports, name="pollinations-progress", daemon=True)
        thread.start()
        try:
            return client.send(call)
        finally:
            done.set()
            thread.join()


async def asend(
    client: AsyncClient,
    call: Call[T] | Fallback[Call[T]],
    on_progress: Progress | None = None,
    *,
    every: float = _EVERY,
) -> T:
    """Send a call, and report how long it takes; see `send`.

    Cancelling the task gives it up and closes the connection.
    """
    with _reporter(on_progress) as report:
        if report is None:
            return await client.send(call)
        began = time.monotonic()

        async def reports() -> None:
            goes_on = True
            while goes_on:
                await asyncio.sleep(every)
                goes_on = _reported(report, began)

        reporting = asyncio.ensure_future(reports())
        try:
            return await client.send(call)
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)


def _reported(report: Progress, began: float) -> bool:
    """Report once; whether that went well."""
    try:
        report(time.monotonic() - began)
    except Exception:  # noqa: BLE001 - the user's own code
        _log.exception("on_progress failed; it is not called again.")
        return False
    return True


@contextmanager
def _reporter(on_progress: Progress | None) -> Iterator[Progress | None]:
    """The user's callback, else a bar if this is a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    display = sys.modules.get("IPython.display")
    if on_progress is not None or display is None or type(shell).__name__ != _NOTEBOOK:
        yield on_progress
        return
    handle = display.display(_shown("", 0, "<progress></progress>"), raw=True, display_id=True)
    last = 0.0

    def show(seconds: float) -> None:
        nonlocal last
        last = seconds
        handle.update(_shown("", seconds, "<progress></progress>"), raw=True)

    try:
        yield show
    finally:
        handle.update(_shown("Waited ", last, ""), raw=True)


def _shown(words: str, seconds: float, bar: str) -> dict[str, str]:
    text = f"{words}{seconds:.0f} s"
    return {"text/plain": text, "text/html": f"{bar} {text}".strip()}
