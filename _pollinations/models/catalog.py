"""The catalogue: the models that exist for a key, read from the gateway once a day and kept."""

import asyncio
import hashlib
import logging
import os
import threading
import time
from collections.abc import MutableMapping
from contextlib import suppress
from copy import copy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from _pollinations.http.call import Call, Expected
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import InvalidInputError, NotFoundError, PollinationsError
from _pollinations.http.settings import Settings, is_loopback
from _pollinations.models.cost import cost_of_answer, expected_cost
from _pollinations.models.lists import ListReader, Lists
from _pollinations.models.model import LISTS, Model, listed
from _pollinations.models.selection import ORDERS
from _pollinations.models.store import Snapshot as Snapshot  # noqa: PLC0414 - callers name its type
from _pollinations.models.store import Store

_log = logging.getLogger(__name__)
_DAY = timedelta(days=1)
_ANSWER = 20.0  # seconds for a list to come
_REST = 300.0  # seconds before a list that could not be read is asked for again


class Catalog:
    """The models that exist for a key, kept in SQLite, so that calls do not depend on discovery.

    The lists are read when they are older than `max_age`, and an old list is used as long as a new
    one is not to be had. One file serves any number of threads and processes, gateways and keys;
    it holds a fingerprint of a key, never the key. Without a file that can be used, the lists are
    kept in memory.

    Making one opens nothing; it can be pickled and copied, and it survives a fork.

    Args:
        client: A `Client` or an `AsyncClient`. If only one is given, the other is made from its
            settings.
        path: The file; by default `pollinations/catalog.sqlite3` in the user's cache folder, and
            none for a gateway on this machine, such as a sandbox.
        max_age: How old the lists may be.
        async_client: An `AsyncClient` to use beside `client`, if `client` is a `Client`.

    Example:
        >>> catalog = Catalog(Client(api_key="sk_..."))
        >>> catalog.refresh()  # doctest: +SKIP
        >>> catalog.chosen("text")  # doctest: +SKIP
        ('gemini', 'openai', 'gemini-large')
    """

    def __init__(
        self,
        client: Client | AsyncClient,
        path: str | Path | None = None,
        max_age: timedelta = _DAY,
        async_client: AsyncClient | None = None,
    ) -> None:
        settings = client.settings
        own_async = client if isinstance(client, AsyncClient) else AsyncClient.of(settings)
        self.client = client if isinstance(client, Client) else Client.of(settings)
        self.async_client = async_client or own_async
        self.path = _default_path(settings.base_url) if path is None else Path(path)
        self.max_age = max_age
        self._store = Store(self.path, settings.base_url, _fingerprint(settings))
        self._known = Snapshot()
        self._unsaved = False
        self._refreshes = 0
        self._error: PollinationsError | None = None
        # By process: a fork would wait for ever for a thread that exists in its parent only.
        self._locks: dict[int, threading.Lock] = {}
        # Threads do not wait for a coroutine: it may need their thread, or one of their pool.
        self._alocks: MutableMapping[Any, asyncio.Lock] = WeakKeyDictionary()  # by event loop

    def snapshot(self, *, force: bool = False) -> Snapshot:
        """Return what is known; the lists are read first if they are missing or too old.

        Args:
            force: Read them however young they are.

        Raises:
            PollinationsError: Nothing is known, and the gateway does not answer.
        """
        if not force and self._is_usable():
            return self._known
        refreshes = self._refreshes
        with self._locks.setdefault(os.getpid(), threading.Lock()):
            if self._refreshes == refreshes:  # else another thread has read them meanwhile
                reader = self._begin(force=force)
                if reader:
                    with suppress(PollinationsError):  # the reader has it
                        self.client.send(reader)
                self._end(reader)
            return self._result()

    async def asnapshot(self, *, force: bool = False) -> Snapshot:
        """Return what is known; a coroutine awaits it before it calls `model` or `chosen`."""
        if not force and self._is_usable():
            return self._known
        refreshes = self._refreshes
        async with self._alocks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if self._refreshes == refreshes:  # else another task has read them meanwhile
                reader = await asyncio.to_thread(self._begin, force=force)
                if reader:
                    with suppress(PollinationsError):  # the reader has it
                        await self.async_client.send(reader)
                await asyncio.to_thread(self._end, reader)
            return self._result()

    def models(self) -> tuple[Model, ...]:
        """Return every model that exists for the key, of all kinds.

        Raises:
            PollinationsError: Nothing is known, and the gateway does not tell.
        """
        return self.snapshot().models

    def model(self, name: str) -> Model | None:
        """Find a model by its name or an alias; None if there is none."""
        return self.snapshot().model(name)

    def expected_cost(self, expected: Expected) -> Decimal | None:
        """Compute what a call may cost at most; None if a price is unknown.

        Raises:
            PollinationsError: Nothing is known, and the gateway does not answer.
        """
        return expected_cost(expected, self.model(expected.model or ""))

    async def aexpected_cost(self, expected: Expected) -> Decimal | None:
        """Compute what a call may cost at most; see `expected_cost`."""
        return expected_cost(expected, (await self.asnapshot()).model(expected.model or ""))

    def cost(self, answer: object, name: str) -> Decimal | None:
        """Compute what an answer cost, by the prices that were read last; this never waits.

        Args:
            answer: A reply, the last piece of a stream, media or embeddings.
            name: The requested model.

        Returns:
            Pollen; None if the usage or a price is unknown.
        """
        return cost_of_answer(answer, self._known.model(name))

    def chosen(self, task: str = "text") -> tuple[str, ...]:
        """Return the names to ask for, the primary model first, then what to fall back to.

        Args:
            task: `text`, `search` (models that search the web on their own) or `image`.

        Returns:
            Names from the lists, see `selection.choose`; none if no model can do the task.

        Raises:
            InvalidInputError: There is no such task.
            PollinationsError: Nothing is known, and the gateway does not tell.
        """
        if task not in ORDERS:
            raise InvalidInputError(f"There is no task {task!r}; there are: {', '.join(ORDERS)}.")
        return self.snapshot().chosen[task]

    def refresh(self) -> tuple[Model, ...]:
        """Read all lists now: for an app to call when it starts, and daily.

        If the gateway cannot be reached, that is logged, and what was known stays in use.

        Returns:
            Every model that exists for the key.

        Raises:
            PollinationsError: Nothing was known before either.
        """
        return self.snapshot(force=True).models

    async def arefresh(self) -> tuple[Model, ...]:
        """Read all lists now; see `refresh`."""
        return (await self.asnapshot(force=True)).models

    def list_calls(self) -> list[Call[tuple[Model, ...]]]:
        """Make the calls for all lists, whose answers `learn` takes."""
        seconds = min(_ANSWER, self.client.settings.timeouts.read)
        return [listed(path, seconds) for path in LISTS]

    def learn(self, lists: Lists) -> Snapshot:
        """Take note of lists that a call has read; the next use of the catalogue writes them.

        A list that could not be read stays as it was.

        Raises:
            PollinationsError: Nothing is known, and no list could be read.
        """
        now, before = time.time(), self._known
        items, complete = dict(before.lists), True
        for path, answer in lists.items():
            # Older gateways have fewer lists; one that had models must not vanish or become empty.
            models = () if isinstance(answer, NotFoundError) else answer
            if isinstance(models, PollinationsError) or (items.get(path) and not models):
                complete = False
                why = answer or "it is empty"
                _log.warning("%s cannot be read; what was known stays in use: %s", path, why)
            else:
                items[path] = [model.raw for model in models]
        known = Snapshot(now, now if complete else before.read_at, items)
        failed = [answer for answer in lists.values() if isinstance(answer, PollinationsError)]
        if failed and not known.models:
            raise failed[0]
        self._known, self._unsaved = known, True
        return known

    def _is_usable(self) -> bool:
        """Whether what is known is enough for a call."""
        return bool(self._known.lists) and not self._unsaved and self._is_fresh(self._known)

    def _is_fresh(self, known: Snapshot) -> bool:
        """Whether the lists are young, or were tried a moment ago; a wrong clock may be ahead."""
        now, longest = time.time(), self.max_age.total_seconds()
        return abs(now - known.read_at) < longest or abs(now - known.tried_at) < min(_REST, longest)

    def _begin(self, *, force: bool) -> ListReader | None:
        """Read the file; return what reads the lists, if they have to be read."""
        if self._unsaved:
            return None
        stored = self._store.read()
        # It is older than what is known where the file cannot be written.
        if stored and stored.read_at >= self._known.read_at:
            self._known = stored
        if any(self._known.lists.values()):
            if not force and self._is_fresh(self._known):
                return None
            # Others, in this process too, use the old lists meanwhile.
            self._known = replace(self._known, tried_at=time.time())
            self._store.write(self._known)
        return ListReader(self.list_calls())

    def _end(self, reader: ListReader | None) -> None:
        """Take note of what was read, and write what is not written yet."""
        self._error = None
        try:
            if reader:
                self.learn(reader.lists)
        except PollinationsError as error:
            self._error = error
        if self._unsaved:
            self._unsaved = False
            self._store.write(self._known)
        self._refreshes += 1

    def _result(self) -> Snapshot:
        """What came of the last refresh, for all who waited for it."""
        if self._error:
            raise copy(self._error)
        return self._known

    def __repr__(self) -> str:
        return f"Catalog({self.client!r}, path={str(self.path)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Catalog, (self.client, self.path, self.max_age, self.async_client)


def _fingerprint(settings: Settings) -> str:
    """Tells keys apart without being one."""
    key = settings.api_key
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:16] if key else ""


def _default_path(base_url: str) -> Path | None:
    if is_loopback(base_url):
        return None
    folder = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        cache = Path(folder) if folder else Path.home() / ".cache"
    except RuntimeError:  # there is no home folder
        return None
    return cache / "pollinations" / "catalog.sqlite3"
