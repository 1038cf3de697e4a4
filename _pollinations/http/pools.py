"""Connections and their lifetimes: one transport per settings, event loop and process.

Clients with the same settings share one; it closes with the last of them that is closed. A loop's
transports close with the loop. After a fork the child opens its own.
"""

import asyncio
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakSet

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.settings import PoolSettings

if TYPE_CHECKING:
    import ssl

    import httpx

Transport = TypeVar("Transport")


@dataclass(slots=True)
class _Shared(Generic[Transport]):
    """A transport and the clients that use it."""

    transport: Transport
    users: WeakSet[object] = field(default_factory=WeakSet)


class _Registry:
    """All transports of one process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.lock = threading.Lock()
        self.prepared: set[PoolSettings] = set()
        """Those for which nothing has to be imported or read any more."""
        self.ssl_context: ssl.SSLContext | None = None
        self.blocking: dict[PoolSettings, _Shared[httpx.BaseTransport]] = {}
        self.by_loop: dict[
            asyncio.AbstractEventLoop, dict[PoolSettings, _Shared[httpx.AsyncBaseTransport]]
        ] = {}


_registry = _Registry()
_inherited: list[_Registry] = []


def _current() -> _Registry:
    """The registry of this process; a parent's lock may have been held when it forked."""
    global _registry  # noqa: PLW0603 - a forked child has a registry of its own
    if _registry.process != os.getpid():
        # Kept, since closing its connections would end them for the parent as well.
        _inherited.append(_registry)
        _registry = _Registry()
    return _registry


def sync_pool(settings: PoolSettings, user: object) -> "httpx.BaseTransport":
    """Return the transport for these settings, opened if need be.

    Args:
        settings: What its users agree on.
        user: The client, for `release`.

    Raises:
        InvalidInputError: The proxy is not an HTTP proxy, or `SSL_CERT_FILE` names no certificates.
    """
    registry = _current()
    shared = registry.blocking.get(settings)
    if shared is not None and user in shared.users:
        return shared.transport
    from _pollinations.http.transports.blocking import UrllibTransport  # noqa: PLC0415 - only a first call needs it

    context = _context_for(settings)
    with registry.lock:
        shared = registry.blocking.get(settings)
        if shared is None:
            shared = registry.blocking[settings] = _Shared(UrllibTransport(settings, context))
        # Within the lock: a transport whose last user leaves closes at once.
        shared.users.add(user)
    return shared.transport


async def async_pool(settings: PoolSettings, user: object) -> "httpx.AsyncBaseTransport":
    """Return the running loop's transport for these settings, opened if need be.

    Args:
        settings: What its users agree on.
        user: The client, for `arelease`.

    Raises:
        InvalidInputError: See `sync_pool`.
    """
    loop = asyncio.get_running_loop()
    registry = _current()
    shared = registry.by_loop.get(loop, {}).get(settings)
    if shared is None:
        if settings not in registry.prepared:
            # Importing and reading certificates would block the loop for some 100 ms.
            await asyncio.to_thread(_prepare, settings)
        from _pollinations.http.transports.coroutines import AiohttpTransport  # noqa: PLC0415 - only a first call needs it

        if loop not in registry.by_loop:
            registry.by_loop[loop] = {}
            _close_with(loop)
        transports = registry.by_loop[loop]
        shared = transports.get(settings)
        if shared is None:
            transport = AiohttpTransport(settings, _context_for(settings))
            shared = transports[settings] = _Shared(transport)
    shared.users.add(user)
    return shared.transport


def release(settings: PoolSettings, user: object) -> None:
    """Take note that `user` is closed; the last one closes the transport."""
    registry = _current()
    with registry.lock:
        shared = registry.blocking.get(settings)
        if shared is None:
            return
        shared.users.discard(user)
        if shared.users:
            return
        del registry.blocking[settings]
    shared.transport.close()


async def arelease(settings: PoolSettings, user: object) -> None:
    """Take note that `user` is closed on the running loop; the last one closes the transport."""
    transports = _current().by_loop.get(asyncio.get_running_loop(), {})
    shared = transports.get(settings)
    if shared is None:
        return
    shared.users.discard(user)
    if not shared.users:
        del transports[settings]
        await shared.transport.aclose()


def ssl_context() -> "ssl.SSLContext":
    """Return the one SSL context of this process; making it takes some 50 ms.

    Raises:
        InvalidInputError: `SSL_CERT_FILE` or `SSL_CERT_DIR` names nothing that can be read.
    """
    registry = _current()
    with registry.lock:
        if registry.ssl_context is None:
            import ssl  # noqa: PLC0415 - only a first call needs it

            import certifi  # noqa: PLC0415 - the same

            # Variables that OpenSSL's own tools look at.
            file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
            try:
                registry.ssl_context = ssl.create_default_context(
                    cafile=file or (None if folder else certifi.where()), capath=folder
                )
            except OSError as error:
                named = f"SSL_CERT_FILE names {file!r}" if file else f"SSL_CERT_DIR: {folder!r}"
                raise InvalidInputError(
                    f"{named}, which cannot be read as certificates: {error}. Correct the "
                    "variable or unset it."
                ) from None
        return registry.ssl_context


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
    _current().prepared.add(settings)


def _close_with(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop's transports when the loop is closed, however that is done.

    `asyncio.run` would also close an async generator of ours before. But LlamaIndex's `asyncio_run`
    closes a loop without that for each blocking call from a notebook: then 30 such calls log 30
    times "Unclosed client session".
    """
    close = loop.close

    def close_transports_first() -> None:
        # A loop that cannot run any more has no other way to let go.
        with suppress(RuntimeError):
            for shared in _current().by_loop.pop(loop, {}).values():
                loop.run_until_complete(shared.transport.aclose())
        close()

    loop.close = close_transports_first  # type: ignore[method-assign] # loops have no hook for it
