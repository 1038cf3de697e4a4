"""What exists for a key, remembered: asks when it must, reads the clock, and decides by `Shelf`."""

import asyncio
import hashlib
import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from _pollinations.http.call import Call
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    InvalidInputError,
    NotFoundError,
    PollinationsError,
)
from _pollinations.http.settings import Settings
from _pollinations.models.catalog import LISTS, Model, listed, merged, read_models
from _pollinations.models.selection import ORDERS, available, choose
from _pollinations.models.store import Shelf, Store

_log = logging.getLogger(__name__)
_DAY = timedelta(days=1)
_ANSWER = 20.0  # seconds for a list to come
_REST = 300.0  # seconds before a list that was not to be had is asked for again

Answer = tuple[Model, ...] | PollinationsError
Answers = Mapping[str, Answer]
Colour = TypeVar("Colour", Client, AsyncClient)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lists say, and until when that is to be believed."""

    models: tuple[Model, ...]
    chosen: Mapping[str, tuple[str, ...]]
    until: float


class Catalog:
    """The models that exist for a key, kept in SQLite, so that calls do not depend on discovery.

    The lists are read when they are older than `max_age`, and an old list is used as long as a new
    one is not to be had. One file serves any number of threads and processes, gateways and keys;
    it holds a fingerprint of a key, never the key. A file that cannot be used is done without.

    Making one opens nothing; it can be pickled and copied.

    Args:
        client: A `Client` or an `AsyncClient`; of the other colour one is made with its settings.
        path: The file; by default `pollinations/catalog.sqlite3` in the user's cache folder.
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
        self.path = _default_path() if path is None else Path(path)
        self.max_age = max_age
        self.async_client = async_client
        self._known: _Known | None = None
        self._shelves: dict[str, Shelf] = {}
        self._lock = threading.Lock()
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]
        self._locks = WeakKeyDictionary()

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

    def chosen(self, task: str = "text") -> tuple[str, ...]:
        """Return the names to ask for, the primary model first, then what to fall back to.

        Args:
            task: `text`, `search` (models that search the web on their own) or `image`.

        Returns:
            Names from the lists, see `choosing.choose`; none if no model can do the task.

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

    def _current(self, *, force: bool = False) -> _Known:
        known = self._known
        if known and not force and (time.time() < known.until or self._lock.locked()):
            return known
        client = _coloured(Client, self.client)
        with self._lock:
            due = self._due(force=force)
            return self._learn(_read(client, due))

    async def _acurrent(self, *, force: bool = False) -> _Known:
        known = self._known
        lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        if known and not force and (time.time() < known.until or lock.locked()):
            return known
        client = self.async_client or _coloured(AsyncClient, self.client)
        async with lock:
            due = await asyncio.to_thread(self._due, force=force)
            return await asyncio.to_thread(self._learn, await _aread(client, due))

    def _due(self, *, force: bool) -> tuple[str, ...]:
        """The lists to be read now; others that share the file leave them to us for a while."""
        now = time.time()
        shelves = {
            path: _newer(self._shelves.get(path), s) for path, s in self._store.shelves().items()
        }
        self._shelves = {**self._shelves, **shelves}
        if force or not any(shelf.items for shelf in self._shelves.values()):
            return LISTS
        due = tuple(path for path in LISTS if self._until(path, now) <= now)
        if due:
            self._store.keep({path: self._tried(path, now) for path in due})
        return due

    def _learn(self, answers: Answers) -> _Known:
        """Put the answers on the shelves and say what is known now."""
        now = time.time()
        self._shelves |= {
            path: self._shelved(path, answer, now) for path, answer in answers.items()
        }
        shelves = [(path, self._shelves[path]) for path in LISTS if path in self._shelves]
        models = merged(*(read_models(shelf.items or [], path) for path, shelf in shelves))
        failed = [answer for answer in answers.values() if isinstance(answer, PollinationsError)]
        if failed and not models:
            raise failed[0]
        chosen = {task: tuple(model.name for model in choose(models, task)) for task in ORDERS}
        if answers:
            self._store.keep(self._shelves, chosen)
        until = min(self._until(path, now) for path in LISTS)
        self._known = _Known(models, MappingProxyType(chosen), until)
        return self._known

    def _shelved(self, path: str, answer: Answer, now: float) -> Shelf:
        if not isinstance(answer, PollinationsError):
            return Shelf(now, now, [model.raw for model in answer])
        tried = self._tried(path, now)
        if isinstance(answer, NotFoundError) and not tried.items:
            return Shelf(now, now, [])  # gateways of other times have fewer lists
        _log.warning("%s cannot be read, what was known stays in use: %s", path, answer.message)
        return tried

    def _tried(self, path: str, now: float) -> Shelf:
        return replace(self._shelves.get(path, Shelf(now)), tried_at=now)

    def _until(self, path: str, now: float) -> float:
        """When a list is to be read again; one from the future was dated by a wrong clock."""
        shelf = self._shelves.get(path)
        if shelf is None or max(shelf.tried_at, shelf.read_at or 0) > now + _REST:
            return 0.0
        age = self.max_age.total_seconds()
        fresh = 0.0 if shelf.read_at is None else shelf.read_at + age
        return max(fresh, shelf.tried_at + min(_REST, age))

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


def _read(client: Client, paths: Sequence[str]) -> Answers:
    """Ask for lists, one after the other, until nobody answers."""
    answers: dict[str, Answer] = {}
    for path in paths:
        try:
            answers[path] = client.send(_hurried(listed(path), client.settings))
        except (APIConnectionError, APITimeoutError) as error:
            return {**dict.fromkeys(paths, error), **answers}
        except PollinationsError as error:
            answers[path] = error
    return answers


async def _aread(client: AsyncClient, paths: Sequence[str]) -> Answers:
    """Ask for lists, all at once."""

    async def read(path: str) -> Answer:
        try:
            return await client.send(_hurried(listed(path), client.settings))
        except PollinationsError as error:
            return error

    return dict(zip(paths, await asyncio.gather(*map(read, paths)), strict=True))


def _hurried(call: Call[tuple[Model, ...]], settings: Settings) -> Call[tuple[Model, ...]]:
    """A list comes at once or not at all; nobody waits minutes for it, as for a slow model."""
    seconds = min(_ANSWER, settings.timeouts.read)
    return replace(call, request=replace(call.request, read_timeout=seconds))


def _coloured(kind: type[Colour], client: Client | AsyncClient) -> Colour:
    """The client itself, or one of the other colour with its settings."""
    if isinstance(client, kind):
        return client
    return kind.of(client.settings)


def _newer(one: Shelf | None, other: Shelf) -> Shelf:
    return one if one is not None and (one.read_at or 0) > (other.read_at or 0) else other


def _of_task(task: str, known: _Known) -> tuple[str, ...]:
    if task not in known.chosen:
        raise InvalidInputError(f"There is no task {task!r}; there are: {', '.join(known.chosen)}.")
    return known.chosen[task]


def _find(name: str, models: tuple[Model, ...]) -> Model | None:
    return next(iter(available(models, (name,))), None)


def _fingerprint(settings: Settings) -> str:
    """Tells keys apart without being one."""
    key = settings.api_key
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:16] if key else ""


def _default_path() -> Path | None:
    folder = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        cache = Path(folder) if folder else Path.home() / ".cache"
    except RuntimeError:  # nobody's home
        return None
    return cache / "pollinations" / "catalog.sqlite3"
