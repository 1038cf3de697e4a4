"""Connections and their lifetimes: one pool per settings, event loop and process.

A pool is shared by all clients with the same settings and closed with the last of them that says
so. A loop's pool closes with the loop. After a fork the child starts with none.
"""

import asyncio
import atexit
import os
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakSet

from _pollinations.http.settings import PoolSettings
from _pollinations.http.transport import AsyncTransport, Transport

if TYPE_CHECKING:
    import ssl

Pool = TypeVar("Pool")


class _Shared(Generic[Pool]):
    """A pool and the clients that use it."""

    __slots__ = ("holders", "keeper", "pool")

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.holders: WeakSet[object] = WeakSet()
        self.keeper: AsyncGenerator[None, None] | None = None


class _Registry:
    """All pools of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ssl_context: ssl.SSLContext | None = None
        self.sync: dict[PoolSettings, _Shared[Transport]] = {}
        self.by_loop: dict[
            asyncio.AbstractEventLoop, dict[PoolSettings, _Shared[AsyncTransport]]
        ] = {}


_registry = _Registry()
_inherited: list[_Registry] = []


def sync_pool(settings: PoolSettings, holder: object) -> Transport:
    """Return the pool for these settings, opened if need be.

    Args:
        settings: What the pool's users agree on.
        holder: Who uses it, for `release`.
    """
    shared = _registry.sync.get(settings)
    if shared is not None and holder in shared.holders:
        return shared.pool
    context = ssl_context()
    with _registry.lock:
        shared = _registry.sync.get(settings)
        if shared is None:
            shared = _registry.sync[settings] = _Shared(_open_sync(settings, context))
        # Within the lock: a pool whose last holder leaves closes at once.
        shared.holders.add(holder)
    return shared.pool


async def async_pool(settings: PoolSettings, holder: object) -> AsyncTransport:
    """Return the running loop's pool for these settings, opened if need be.

    Args:
        settings: What the pool's users agree on.
        holder: Who uses it, for `arelease`.
    """
    loop = asyncio.get_running_loop()
    pools = _registry.by_loop.get(loop)
    shared = pools.get(settings) if pools else None
    if shared is None:
        # Importing and reading certificates would block the loop for some 100 ms.
        prepared = _registry.ssl_context is not None and "aiohttp" in sys.modules
        context = _prepare_loops() if prepared else await asyncio.to_thread(_prepare_loops)
        with _registry.lock:
            _forget_closed_loops()
            pools = _registry.by_loop.setdefault(loop, {})
            shared = pools.get(settings)
            if shared is None:
                shared = pools[settings] = _Shared(_open_async(settings, context))
                shared.keeper = _keeper(loop, settings, shared.pool)
                # Its first step tells the loop of it; it runs to the yield without a pause.
                await anext(shared.keeper)
                _close_with(loop)
    if holder not in shared.holders:
        shared.holders.add(holder)
    return shared.pool


def release(settings: PoolSettings, holder: object) -> None:
    """Say that `holder` is done; the last one closes the pool."""
    with _registry.lock:
        shared = _registry.sync.get(settings)
        if shared is None:
            return
        shared.holders.discard(holder)
        if shared.holders:
            return
        del _registry.sync[settings]
    shared.pool.close()


async def arelease(settings: PoolSettings, holder: object) -> None:
    """Say that `holder` is done on the running loop; the last one closes the loop's pool."""
    shared = _registry.by_loop.get(asyncio.get_running_loop(), {}).get(settings)
    if shared is None:
        return
    shared.holders.discard(holder)
    if not shared.holders and shared.keeper is not None:
        await shared.keeper.aclose()


def ssl_context() -> "ssl.SSLContext":
    """Return the one SSL context of this process; making it costs some 50 ms."""
    if _registry.ssl_context is None:
        import ssl  # noqa: PLC0415 - only a first call needs it

        import certifi  # noqa: PLC0415 - the same

        # Variables that OpenSSL's own tools look at.
        file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        with _registry.lock:
            if _registry.ssl_context is None:
                _registry.ssl_context = ssl.create_default_context(
                    cafile=file or (None if folder else certifi.where()), capath=folder
                )
    return _registry.ssl_context


def _prepare_loops() -> "ssl.SSLContext":
    import aiohttp  # noqa: F401, PLC0415 - only a first call needs it

    return ssl_context()


def _open_sync(settings: PoolSettings, context: "ssl.SSLContext") -> Transport:
    from _pollinations.http.transport_urllib3 import Urllib3Transport  # noqa: PLC0415 - see ssl_context

    return Urllib3Transport(settings, context)


def _open_async(settings: PoolSettings, context: "ssl.SSLContext") -> AsyncTransport:
    from _pollinations.http.transport_aiohttp import AiohttpTransport  # noqa: PLC0415 - see ssl_context

    return AiohttpTransport(settings, context)


async def _keeper(
    loop: asyncio.AbstractEventLoop, settings: PoolSettings, pool: AsyncTransport
) -> AsyncGenerator[None, None]:
    """Close the pool with its loop: loops close the async generators they know before they end."""
    try:
        yield
    finally:
        pools = _registry.by_loop.get(loop, {})
        pools.pop(settings, None)
        if not pools:
            _registry.by_loop.pop(loop, None)
        await pool.close()


def _close_with(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop's pools also where whoever closes the loop forgets its async generators.

    LlamaIndex's `asyncio_run` does so for each blocking call from a notebook.
    """
    close = loop.close

    def close_pools_first() -> None:
        keepers = [shared.keeper for shared in _registry.by_loop.get(loop, {}).values()]
        # A loop that cannot run any more has no other way to let go.
        with suppress(RuntimeError):
            for keeper in filter(None, keepers):
                loop.run_until_complete(keeper.aclose())
        close()

    if getattr(close, "__name__", "") != close_pools_first.__name__:
        loop.close = close_pools_first  # type: ignore[method-assign] # loops have no hook for it


def _forget_closed_loops() -> None:
    for loop in [loop for loop in _registry.by_loop if loop.is_closed()]:
        del _registry.by_loop[loop]


def _close_all() -> None:
    for shared in list(_registry.sync.values()):
        with suppress(Exception):
            shared.pool.close()
    _registry.sync.clear()


def _start_anew() -> None:
    """Leave a parent's connections alone: closing them here would say goodbye in its name."""
    global _registry  # noqa: PLW0603 - a forked child has a registry of its own
    _inherited.append(_registry)
    _registry = _Registry()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
