"""Tells how long an answer has been waited for, while a client waits."""

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
"""Is told the seconds since the beginning, once a second."""

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
    """Send a call, and tell how long it takes.

    Ctrl-C, or a notebook's stop button, gives it up and closes the connection.

    Args:
        client: Sends it.
        call: What its `send` takes.
        tell: Is told the seconds so far, from another thread; None shows a bar in a notebook and
            nothing elsewhere. If it fails it is told no more, and the answer is waited for.
        every: Seconds between two reports.

    Returns:
        What the call reads.
    """
    with _audience(tell) as telling:
        if telling is None:
            return client.send(call)
        began, done = time.monotonic(), threading.Event()

        def report() -> None:
            while not done.wait(every) and _told(telling, began):
                pass

        thread = threading.Thread(target=report, name="pollinations-progress", daemon=True)
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
    """Send a call, and tell how long it takes; see `send`.

    Cancelling the task gives it up and closes the connection.
    """
    with _audience(tell) as telling:
        if telling is None:
            return await client.send(call)
        began = time.monotonic()

        async def report() -> None:
            telling_goes_on = True
            while telling_goes_on:
                await asyncio.sleep(every)
                telling_goes_on = _told(telling, began)

        reporting = asyncio.ensure_future(report())
        try:
            return await client.send(call)
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)


def _told(tell: Progress, began: float) -> bool:
    try:
        tell(time.monotonic() - began)
    except Exception:  # noqa: BLE001 - the user's own code
        _log.exception("A progress callback failed; it is told no more.")
        return False
    return True


@contextmanager
def _audience(tell: Progress | None) -> Iterator[Progress | None]:
    """Whoever wants to be told: the user's callback, else a bar if this is a notebook."""
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
