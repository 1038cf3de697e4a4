"""One caller at a time reads the lists; the others use old ones, or wait for the new."""

import asyncio
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from _pollinations.http.client import Client
from _pollinations.http.errors import (
    APIConnectionError,
)
from _pollinations.models.catalog import Catalog
from _pollinations.models.model import LISTS
from _pollinations.models.store import Snapshot, Store
from pollinations_sandbox import Sandbox


@pytest.fixture
def slow(server: Any) -> Iterator[Client]:
    """A client of a gateway that takes a while for each list."""

    def answer(connection: socket.socket) -> None:
        time.sleep(0.1)
        head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 20\r\n\r\n"
        connection.sendall(head + b'[{"name": "openai"}]')

    with server(answer) as url, Client("sk_x", url, max_retries=0) as client:
        yield client


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_two_hundred_first_calls_read_the_file_and_the_lists_once(
    sandbox: Sandbox, client: Client, path: Path, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads and tasks wait for the one that reads."""
    reads: list[object] = []
    read = Store.read

    def counted(store: Store) -> Snapshot | None:
        reads.append(store)
        time.sleep(0.2)
        return read(store)

    monkeypatch.setattr(Store, "read", counted)
    catalog = Catalog(client, path)

    async def all_at_once() -> None:
        await asyncio.gather(*(catalog.asnapshot() for _ in range(200)))

    if colour == "async":
        asyncio.run(all_at_once())
    else:
        with ThreadPoolExecutor(200) as pool:
            list(pool.map(lambda _: catalog.models(), range(200)))

    assert len(reads) == 1
    assert sorted(request.path for request in sandbox.requests) == sorted(LISTS)


def test_while_one_reads_the_others_use_old_lists(slow: Client, path: Path) -> None:
    """Threads of this process and other processes do not ask, and do not wait."""
    Catalog(slow, path).refresh()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE catalogs SET lists = replace(lists, 'openai', 'old')")
        file.execute("UPDATE catalogs SET read_at = 1, tried_at = 1")
    catalog = Catalog(slow, path)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(catalog.refresh)
        time.sleep(0.1)
        for other in (catalog, Catalog(slow, path)):
            assert [model.name for model in other.models()] == ["old"]
        assert [model.name for model in reading.result()] == ["openai"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_during_discovery_does_not_hang(slow: Client, path: Path) -> None:
    """The child reads the lists itself: the thread that was reading them is its parent's."""
    catalog = Catalog(slow, path)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(catalog.models)
        time.sleep(0.1)
        child = os.fork()
        if not child:
            os._exit(0 if catalog.models() else 1)
        deadline = time.monotonic() + 20
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.05)
        assert os.waitstatus_to_exitcode(ended[1]) == 0
        assert reading.result()


def test_a_blocking_call_beside_a_coroutine_does_not_hang(slow: Client, path: Path) -> None:
    """The coroutine may need the thread that is blocked, or one of its pool."""
    catalog = Catalog(slow, path)

    async def all_at_once() -> list[Any]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        calls = [asyncio.ensure_future(asyncio.to_thread(catalog.snapshot)) for _ in range(4)]
        task = asyncio.create_task(catalog.asnapshot())
        await asyncio.sleep(0)
        return [catalog.snapshot(), await task, *await asyncio.gather(*calls)]

    begun = time.monotonic()
    results = asyncio.run(all_at_once())
    assert [[model.name for model in known.models] for known in results] == [["openai"]] * 6
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("cancelled", [0, 2], ids=["the reader", "a waiter"])
def test_who_is_cancelled_ends_alone(slow: Client, path: Path, cancelled: int) -> None:
    """A refresh that is cancelled is carried out by another of those who wait for it."""
    catalog = Catalog(slow, path)

    async def run() -> list[Any]:
        tasks = [asyncio.create_task(catalog.asnapshot()) for _ in range(3)]
        await asyncio.sleep(0.1)
        tasks[cancelled].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(run())
    assert isinstance(results.pop(cancelled), asyncio.CancelledError)
    assert [[model.name for model in known.models] for known in results] == [["openai"]] * 2


def test_who_waits_for_a_refresh_that_fails_gets_its_error(
    path: Path, lost: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Each one of its own; it is not tried again by each."""
    catalog = Catalog(lost, path)

    async def run() -> list[Any]:
        return await asyncio.gather(
            *(catalog.asnapshot() for _ in range(3)), return_exceptions=True
        )

    errors = asyncio.run(run())
    assert {type(error) for error in errors} == {APIConnectionError}
    assert len({id(error) for error in errors}) == 3
    assert caplog.text.count("/text/models cannot be read") == 1
