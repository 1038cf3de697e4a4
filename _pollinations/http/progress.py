"""Report how long a call has been waited for, while a client waits."""

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
"""A function that is called once a second with the seconds since the beginning."""

_log = logging.getLogger(__name__)
_NOTEBOOK = "ZMQInteractiveShell"
_EVERY = 1.0


def send(
    client: Client,
    call: Call[T] | Fallback[Call[T]],
    tell: Progress | None = None,
    *,
    every: float = _EVERY,
) -> T:
    """Send a call, and report how long it takes.

    Ctrl-C, or a notebook's stop button, gives it up and closes the connection.

    Args:
        client: Sends it.
        call: What its `send` takes.
        tell: Is called with the seconds so far, from another thread; None shows a bar in a notebook
            and nothing elsewhere. If it fails it is not called again, and the call goes on.
        every: Seconds between two reports.

    Returns:
        What the call reads.
    """
    with _reporter(tell) as report:
        if report is None:
            return client.send(call)
        began, done = time.monotonic(), threading.Event()

        def repeat() -> None:
            while not done.wait(every) and _reported(report, began):
                pass

        thread = threading.Thread(target=repeat, name="pollinations-progress", daemon=True)
        thread.start()
        try:
            return client.send(call)
        finally:
            done.set()
            thread.join()


async def asend(
    client: AsyncClient,
    call: Call[T] | Fallback[Call[T]],
    tell: Progress | None = None,
    *,
    every: float = _EVERY,
) -> T:
    """Send a call, and report how long it takes; see `send`.

    Cancelling the task gives it up and closes the connection.
    """
    with _reporter(tell) as report:
        if report is None:
            return await client.send(call)
        began = time.monotonic()

        async def repeat() -> None:
            goes_on = True
            while goes_on:
                await asyncio.sleep(every)
                goes_on = _reported(report, began)

        repeating = asyncio.ensure_future(repeat())
        try:
            return await client.send(call)
        finally:
            repeating.cancel()
            await asyncio.gather(repeating, return_exceptions=True)


def _reported(report: Progress, began: float) -> bool:
    """Call the user's function; whether it went well."""
    try:
        report(time.monotonic() - began)
    except Exception:  # noqa: BLE001 - the user's own code
        _log.exception("A progress callback failed; it is not called again.")
        return False
    return True


@contextmanager
def _reporter(tell: Progress | None) -> Iterator[Progress | None]:
    """What reports are sent to: the user's function, else a bar if this is a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    shows = sys.modules.get("IPython.display")
    if tell is not None or shows is None or type(shell).__name__ != _NOTEBOOK:
        yield tell
        return
    handle = shows.display(_shown("", 0, "<progress></progress>"), raw=True, display_id=True)
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
