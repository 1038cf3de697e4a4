"""The catalogue: the models that exist for a key, read from the gateway once a day and kept."""

import asyncio
import hashlib
import logging
import os
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from _pollinations.http.call import Call, Expected
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import (
    InvalidInputError,
    NotFoundError,
    PollinationsError,
)
from _pollinations.http.settings import Settings
from _pollinations.models.catalog import LISTS, Model, listed, merged, read_models
from _pollinations.models.cost import cost_of_answer, expected_cost
from _pollinations.models.lists import ListReader, Lists
from _pollinations.models.refreshes import Refresh, Refreshes
from _pollinations.models.selection import ORDERS, available, choose
from _pollinations.models.store import Row, Store

_log = logging.getLogger(__name__)
_DAY = timedelta(days=1)
_ANSWER = 20.0  # seconds for a list to come
_REST = 300.0  # seconds before a list that could not be read is asked for again
_LOOPBACK = re.compile(r"https?://(localhost|127\.[0-9.]+|\[::1\])(:|/|$)")

T = TypeVar("T")
ClientKind = TypeVar("ClientKind", Client, AsyncClient)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a gateway's models at one moment.

    Attributes:
        models: Every model that exists for the key.
        chosen: The names of the models that were selected for each task, best first.
        until: When it is to be read again, in Unix seconds.
    """

    models: tuple[Model, ...] = ()
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    until: float = 0.0


class Catalog:
    """The models that exist for a key, kept in SQLite, so that calls do not depend on discovery.

    The lists are read when they are older than `max_age`, and an old list is used as long as a new
    one is not to be had. One file serves any number of threads and processes, gateways and keys;
    it holds a fingerprint of a key, never the key. Without a file that can be used, the lists are
    kept in memory.

    Making one opens nothing; it can be pickled and copied, and it survives a fork.

    Args:
        client: A `Client` or an `AsyncClient`; of the other colour one is made with its settings.
        path: The file; by default `pollinations/catalog.sqlite3` in the user's cache folder, and
            none for a gateway on this machine, such as a sandbox.
        max_age: How old the lists may be.
        async_client: The client of the other colour, if it must be a certain one.

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
        *,
        async_client: AsyncClient | None = None,
    ) -> None:
        self.client = client
        self.path = _default_path(client.settings.base_url) if path is None else Path(path)
        self.max_age = max_age
        self.async_client = async_client
        self._known: Snapshot | None = None
        self._row: Row | None = None
        self._unsaved = False
        self._refreshes = Refreshes[Snapshot]()

    def snapshot(self) -> Snapshot:
        """Return what is known; the lists are read first if they are missing or too old.

        Raises:
            PollinationsError: Nothing is known, and the gateway does not answer.
        """
        return self._current()

    async def asnapshot(self) -> Snapshot:
        """Return what is known; see `snapshot`."""
        return await self._acurrent()

    def models(self) -> tuple[Model, ...]:
        """Return every model that exists for the key, of all kinds.

        Raises:
            PollinationsError: Nothing is known, and the gateway does not tell.
        """
        return self._current().models

    async def amodels(self) -> tuple[Model, ...]:
        """Return every model that exists for the key; see `models`."""
        return (await self._acurrent()).models

    def model(self, name: str) -> Model | None:
        """Find a model by its name or an alias; None if there is none."""
        return _find(name, self.models())

    async def amodel(self, name: str) -> Model | None:
        """Find a model by its name or an alias; see `model`."""
        return _find(name, await self.amodels())

    def expected_cost(self, expected: Expected) -> Decimal | None:
        """Compute what a call may cost at most; None if a price is unknown.

        Raises:
            PollinationsError: Nothing is known, and the gateway does not answer.
        """
        return _expected_cost(expected, self.snapshot().models)

    async def aexpected_cost(self, expected: Expected) -> Decimal | None:
        """Compute what a call may cost at most; see `expected_cost`."""
        return _expected_cost(expected, (await self.asnapshot()).models)

    def cost(self, answer: object, name: str) -> Decimal | None:
        """Compute what an answer cost, by the prices that were read last; this never waits.

        Args:
            answer: A reply, the last piece of a stream, media or embeddings.
            name: The requested model.

        Returns:
            Pollen; None if the usage or a price is unknown.
        """
        model = _find(name, self._known.models if self._known else ())
        return cost_of_answer(answer, model or Model(name=name))

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
        return _of_task(task, self._current())

    async def achosen(self, task: str = "text") -> tuple[str, ...]:
        """Return the names to ask for, the primary model first; see `chosen`."""
        return _of_task(task, await self._acurrent())

    def refresh(self) -> tuple[Model, ...]:
        """Read all lists now: for an app to call when it starts, and daily.

        If the gateway cannot be reached, that is logged, and what was known stays in use.

        Returns:
            Every model that exists for the key.

        Raises:
            PollinationsError: Nothing was known before either.
        """
        return self._current(force=True).models

    async def arefresh(self) -> tuple[Model, ...]:
        """Read all lists now; see `refresh`."""
        return (await self._acurrent(force=True)).models

    def list_calls(self) -> list[Call[tuple[Model, ...]]]:
        """Make the calls for all lists, whose answers `learn` takes."""
        read = self.client.settings.timeouts.read
        return [_quick(listed(path), min(_ANSWER, read)) for path in LISTS]

    def learn(self, lists: Lists) -> Snapshot:
        """Take note of lists that a call has read; the next use of the catalogue writes them.

        Raises:
            PollinationsError: Nothing is known, and no list could be read.
        """
        known = self._learn(lists)
        self._unsaved = True
        return known

    def _usable(self, *, force: bool) -> Snapshot | None:
        """What is known, if that is enough."""
        known = self._known
        if known is None or force or self._unsaved:
            return None
        return known if time.time() < known.until or self._refreshes.under_way else None

    def _current(self, *, force: bool = False) -> Snapshot:
        while (known := self._usable(force=force)) is None:
            refresh, mine = self._refreshes.begin()
            if mine or refresh.thread == threading.get_ident():
                # A task of this thread's event loop may be refreshing: it cannot go on meanwhile.
                return self._carry_out(refresh if mine else Refresh(), force=force)
            known = self._refreshes.wait(refresh)
            if known is not None:
                return known
        return known

    def _carry_out(self, refresh: Refresh[Snapshot], *, force: bool) -> Snapshot:
        with self._refreshes.carried_out(refresh):
            known = self.learn(self._read()) if self._due(force=force) else self._learn({})
            self._save()
            refresh.outcome.set_result(known)
            return known

    def _read(self) -> Lists:
        """Read one list after the other."""
        reader, client = ListReader(self.list_calls()), self._client(Client)
        while reader.call:
            try:
                reader.take(client.send(reader.call))
            except PollinationsError as error:
                reader.take(error)
        return reader.lists

    async def _aread(self) -> Lists:
        """Read all lists at once."""
        client = self.async_client or self._client(AsyncClient)

        async def read(call: Call[tuple[Model, ...]]) -> tuple[Model, ...] | PollinationsError:
            try:
                return await client.send(call)
            except PollinationsError as error:
                return error

        answers = await asyncio.gather(*map(read, self.list_calls()))
        return dict(zip(LISTS, answers, strict=True))

    async def _acurrent(self, *, force: bool = False) -> Snapshot:
        while (known := self._usable(force=force)) is None:
            refresh, mine = self._refreshes.begin()
            if mine:
                return await self._acarry_out(refresh, force=force)
            known = await self._refreshes.await_(refresh)
            if known is not None:
                return known
        return known

    async def _acarry_out(self, refresh: Refresh[Snapshot], *, force: bool) -> Snapshot:
        with self._refreshes.carried_out(refresh):
            due = await asyncio.to_thread(self._due, force=force)
            learn, lists = (self.learn, await self._aread()) if due else (self._learn, {})
            known = await asyncio.to_thread(learn, lists)
            await asyncio.to_thread(self._save)
            refresh.outcome.set_result(known)
            return known

    def _due(self, *, force: bool) -> bool:
        """Whether the gateway has to be asked; other processes leave it to us for a while."""
        if self._unsaved:
            return False
        now, row = time.time(), self._store.read()
        if row is not None and (row.read_at or 0) >= ((self._row and self._row.read_at) or 0):
            self._row = row
        if force or self._row is None or not any(self._row.lists.values()):
            return True
        if self._until(now) > now:
            return False
        self._store.write(replace(self._row, tried_at=now))
        return True

    def _learn(self, lists: Lists) -> Snapshot:
        """Add what the gateway answered to what was known before."""
        now, row = time.time(), self._row or Row(0.0)
        if lists:
            row = self._row = _updated(row, lists, now)
        models = merged(*(read_models(row.lists.get(path, []), path) for path in LISTS))
        failed = [answer for answer in lists.values() if isinstance(answer, PollinationsError)]
        if failed and not models:
            raise failed[0]
        if lists or row.chosen.keys() != ORDERS.keys():
            chosen = {task: tuple(model.name for model in choose(models, task)) for task in ORDERS}
            row = self._row = replace(row, chosen=chosen)
        self._known = Snapshot(models, MappingProxyType(dict(row.chosen)), self._until(now))
        return self._known

    def _save(self) -> None:
        if self._unsaved and self._row is not None:
            self._unsaved = False
            self._store.write(self._row)

    def _until(self, now: float) -> float:
        """When to ask again; a row from the future was written by a wrong clock."""
        row = self._row
        if row is None or max(row.tried_at, row.read_at or 0) > now + _REST:
            return 0.0
        age = self.max_age.total_seconds()
        fresh = 0.0 if row.read_at is None else row.read_at + age
        return max(fresh, row.tried_at + min(_REST, age))

    def _client(self, kind: type[ClientKind]) -> ClientKind:
        """The client itself, or one of the other kind with its settings."""
        if isinstance(self.client, kind):
            return self.client
        return kind.of(self.client.settings)

    @property
    def _store(self) -> Store:
        settings = self.client.settings
        return Store(self.path, settings.base_url, _fingerprint(settings))

    def __repr__(self) -> str:
        return f"Catalog({self.client!r}, path={str(self.path)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.client, self.path, self.max_age, self.async_client)


def _again(
    client: Client | AsyncClient,
    path: Path | None,
    max_age: timedelta,
    async_client: AsyncClient | None,
) -> Catalog:
    return Catalog(client, path, max_age, async_client=async_client)


def _updated(row: Row, lists: Lists, now: float) -> Row:
    """The row with every list that was read; a list that was not stays as it was."""
    items = dict(row.lists)
    whole = True
    for path, answer in lists.items():
        if not isinstance(answer, PollinationsError):
            items[path] = [model.raw for model in answer]
        elif isinstance(answer, NotFoundError) and not items.get(path):
            items[path] = []  # gateways of other times have fewer lists
        else:
            whole = False
            _log.warning("%s cannot be read; what was known stays in use: %s", path, answer.message)
    return replace(row, lists=items, tried_at=now, read_at=now if whole else row.read_at)


def _quick(call: Call[T], seconds: float) -> Call[T]:
    """Make a call that is answered within seconds or not at all."""
    return replace(call, request=replace(call.request, read_timeout=seconds))


def _of_task(task: str, known: Snapshot) -> tuple[str, ...]:
    if task not in known.chosen:
        raise InvalidInputError(f"There is no task {task!r}; there are: {', '.join(known.chosen)}.")
    return known.chosen[task]


def _expected_cost(expected: Expected, models: tuple[Model, ...]) -> Decimal | None:
    model = _find(expected.model or "", models)
    return expected_cost(expected, model) if model else None


def _find(name: str, models: tuple[Model, ...]) -> Model | None:
    return next(iter(available(models, (name,))), None)


def _fingerprint(settings: Settings) -> str:
    """Tells keys apart without being one."""
    key = settings.api_key
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:16] if key else ""


def _default_path(base_url: str) -> Path | None:
    if _LOOPBACK.match(base_url):
        return None
    folder = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        cache = Path(folder) if folder else Path.home() / ".cache"
    except RuntimeError:  # there is no home folder
        return None
    return cache / "pollinations" / "catalog.sqlite3"
