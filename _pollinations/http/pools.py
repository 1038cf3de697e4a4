"""Connections and their lifetimes: one transport per settings, event loop and process.

Clients with the same settings share one; it closes with the last of them that is closed. A loop's
transports close with the loop. After a fork the child opens its own.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.settings import PoolSettings

if TYPE_CHECKING:
    import ssl

    import httpx

_Key = tuple[PoolSettings, asyncio.AbstractEventLoop | None]
"""Who shares a transport; blocking clients have no loop."""


@dataclass(slots=True)
class _Shared:
    """A transport and the clients that use it."""

    transport: Any
    users: WeakSet[object] = field(default_factory=WeakSet)


_shared: dict[_Key, _Shared] = {}
_loops: WeakSet[asyncio.AbstractEventLoop] = WeakSet()
"""Those that close their transports when they are closed."""
_lock = threading.Lock()
_inherited: list[_Shared] = []


def _after_fork() -> None:
    """Begin anew in a child; a parent's lock may have been held when it forked."""
    global _lock  # noqa: PLW0603 - a forked child has a lock of its own
    _lock = threading.Lock()
    # Kept, since closing these connections would end them for the parent as well.
    _inherited.extend(_shared.values())
    _shared.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def sync_pool(settings: PoolSettings, user: object) -> "httpx.BaseTransport":
    """Return the transport for these settings, opened if need be.

    Args:
        settings: What its users agree on.
        user: The client, for `release`.

    Raises:
        InvalidInputError: The proxy is not an HTTP proxy, or `SSL_CERT_FILE` names no certificates.
    """
    from _pollinations.http.transports.blocking import UrllibTransport  # noqa: PLC0415 - only a first call needs it

    transport: httpx.BaseTransport = _join((settings, None), user, UrllibTransport)
    return transport


async def async_pool(settings: PoolSettings, user: object) -> "httpx.AsyncBaseTransport":
    """Return the running loop's transport for these settings, opened if need be.

    Args:
        settings: What its users agree on.
        user: The client, for `arelease`.

    Raises:
        InvalidInputError: See `sync_pool`.
    """
    key = (settings, asyncio.get_running_loop())
    if key not in _shared:
        # Importing and reading certificates would block the loop for some 100 ms.
        await asyncio.to_thread(_prepare, settings)
    from _pollinations.http.transports.coroutines import AiohttpTransport  # noqa: PLC0415 - only a first call needs it

    transport: httpx.AsyncBaseTransport = _join(key, user, AiohttpTransport)
    return transport


def _join(
    key: _Key, user: object, kind: "Callable[[PoolSettings, ssl.SSLContext | None], object]"
) -> Any:  # noqa: ANN401 - a transport of that kind
    """Return the transport that a key shares, made if there is none, for one more user."""
    settings, loop = key
    # A transport whose last user leaves closes at once.
    with _lock:
        shared = _shared.get(key)
        if shared is None:
            shared = _shared[key] = _Shared(kind(settings, _context_for(settings)))
            if loop is not None and loop not in _loops:
                _loops.add(loop)
                _close_with(loop)
        shared.users.add(user)
    return shared.transport


def release(settings: PoolSettings, user: object) -> None:
    """Take note that `user` is closed; the last one closes the transport."""
    transport = _leave((settings, None), user)
    if transport is not None:
        transport.close()


async def arelease(settings: PoolSettings, user: object) -> None:
    """Take note that `user` is closed on the running loop; the last one closes the transport."""
    transport = _leave((settings, asyncio.get_running_loop()), user)
    if transport is not None:
        await transport.aclose()


def _leave(key: _Key, user: object) -> Any:  # noqa: ANN401 - a transport of either kind
    """Take a user away; return the transport if it was the last one."""
    with _lock:
        shared = _shared.get(key)
        if shared is None:
            return None
        shared.users.discard(user)
        return None if shared.users else _shared.pop(key).transport


@cache
def ssl_context() -> "ssl.SSLContext":
    """Return the one SSL context of this process; making it takes some 50 ms.

    Raises:
        InvalidInputError: `SSL_CERT_FILE` or `SSL_CERT_DIR` names nothing that can be read.
    """
    import ssl  # noqa: PLC0415 - only a first call needs it

    import certifi  # noqa: PLC0415 - the same

    # Variables that OpenSSL's own tools look at.
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        return ssl.create_default_context(
            cafile=file or (None if folder else certifi.where()), capath=folder
        )
    except OSError as error:
        named = f"SSL_CERT_FILE names {file!r}" if file else f"SSL_CERT_DIR: {folder!r}"
        raise InvalidInputError(
            f"{named}, which cannot be read as certificates: {error}. Correct the variable or "
            "unset it."
        ) from None


def _context_for(settings: PoolSettings) -> "ssl.SSLContext | None":
    """The SSL context, where TLS is spoken at all."""
    scheme = (settings.proxy or "http://").partition("://")[0]
    if scheme not in {"http", "https"}:
        raise InvalidInputError(
            f"A proxy by {scheme} is not supported; give an http:// one, or an httpx client of "
            "your own (http_client, http_async_client)."
        )
    speaks_tls = scheme == "https" or settings.base_url.startswith("https:")
    return ssl_context() if speaks_tls else None


def _prepare(settings: PoolSettings) -> None:
    """Import and read what a coroutine's transport needs."""
    import _pollinations.http.transports.coroutines  # noqa: F401, PLC0415 - only a first call needs it

    _context_for(settings)


def _close_with(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop's transports when the loop is closed, however that is done.

    `asyncio.run` would also close an async generator of ours before. But LlamaIndex's `asyncio_run`
    closes a loop without that for each blocking call from a notebook: then 30 such calls log 30
    times "Unclosed client session".
    """
    close = loop.close

    def close_transports_first() -> None:
        with _lock:
            keys = [key for key in _shared if key[1] is loop]
            transports = [_shared.pop(key).transport for key in keys]
        # A loop that cannot run any more has no other way to let go.
        with suppress(RuntimeError):
            for transport in transports:
                loop.run_until_complete(transport.aclose())
        close()

    loop.close = close_transports_first  # type: ignore[method-assign] # loops have no hook for it
