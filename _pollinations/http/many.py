"""Many calls at once, with their answers in order."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from _pollinations.http.call import Call, Fallback
from _pollinations.http.client import AsyncClient, Client

T = TypeVar("T")


def send_all(client: Client, calls: Sequence[Call[T] | Fallback[Call[T]]], at_once: int) -> list[T]:
    """Send calls from several threads.

    Args:
        client: Sends them.
        calls: What to send.
        at_once: How many may be under way at a time.

    Returns:
        The answers, in the order of the calls.

    Raises:
        PollinationsError: The first failure, in the order of the calls; calls that have not begun
            are not sent.
    """
    if len(calls) < 2 or at_once < 2:  # noqa: PLR2004 - one needs no thread
        return [client.send(call) for call in calls]
    # At the first failure, `map` cancels what has not begun.
    with ThreadPoolExecutor(min(at_once, len(calls))) as threads:
        return list(threads.map(client.send, calls))


async def asend_all(
    client: AsyncClient, calls: Sequence[Call[T] | Fallback[Call[T]]], at_once: int
) -> list[T]:
    """Send calls from several tasks; see `send_all`."""
    limit = asyncio.Semaphore(max(1, at_once))

    async def send(call: Call[T] | Fallback[Call[T]]) -> T:
        async with limit:
            return await client.send(call)

    tasks = [asyncio.ensure_future(send(call)) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
