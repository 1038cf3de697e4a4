"""Processes keep within a limit together, by a SQLite file or a Redis server."""

import asyncio
import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import redis
from blockbuster import blockbuster_ctx
from clocks import StoppedClock

from _pollinations.http.errors import InvalidInputError, RateLimitError
from _pollinations.limits.queue import Limits
from _pollinations.limits.rate_limiter import RateLimiter
from _pollinations.limits.storage import Storage, open_storage
from _pollinations.limits.storage_redis import KEY
from pollinations_sandbox import Sandbox

PASSWORD = "a-password-of-the-tests"
DATABASES = count()
COLOURS = pytest.mark.parametrize("colour", ["sync", "async"])
NOBODY = f"redis://:{PASSWORD}@127.0.0.1:9/0"


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty storage of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'limits.sqlite3'}"
        return
    url = f"{request.getfixturevalue('redis_server')}/{next(DATABASES) % 16}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    yield url


def opened(url: str, limits: Limits, now: float = 0.0) -> Storage:
    """A storage at a moment that the test sets."""
    storage = open_storage(url, limits)
    set_time(storage, now)
    return storage


def set_time(storage: Any, now: float) -> None:
    storage._now = lambda *_: now


def starts(url: str, limits: Limits, number: int, tokens: float = 0, now: float = 0) -> list[float]:
    """The moments that requests of as many processes are assigned."""
    waits = [opened(url, limits, now).reserve(f"{now}-{n}", tokens, 1e9) for n in range(number)]
    return [now + wait for wait in waits if wait is not None]


@pytest.mark.parametrize(
    ("limits", "tokens", "expected"),
    [
        (Limits(requests_per_second=1), 0, [0, 1, 2, 3]),
        (Limits(requests_per_second=1, window=2), 0, [0, 0, 2, 2]),
        (Limits(requests_per_second=1, window=2, transit=3), 0, [0, 0, 5, 5]),
        (Limits(tokens_per_minute=100), 50, [0, 0, 60, 60]),
        (Limits(tokens_per_minute=100), 500, [0, 60, 120, 180]),
        (Limits(requests_per_second=1, tokens_per_minute=100), 50, [0, 1, 60, 61]),
    ],
)
def test_starts_are_assigned_in_order(
    url: str, limits: Limits, tokens: float, expected: list[float]
) -> None:
    """First come, first served, over all processes."""
    assert starts(url, limits, 4, tokens) == expected


def test_a_start_holds_until_it_comes_or_a_pause_moves_it(url: str) -> None:
    """A call that wakes looks again."""
    storage = opened(url, Limits(requests_per_second=1))
    assert storage.reserve("a", 0, 9) == 0
    assert storage.reserve("b", 0, 9) == 1
    set_time(storage, 0.5)
    assert storage.reserve("b", 0, 9) == 0.5
    other = opened(url, Limits(requests_per_second=1), 0.5)
    other._pause(4.5)
    assert other.reserve("c", 0, 9) == 4.5

    set_time(storage, 1)
    assert storage.reserve("b", 0, 9) == 5
    set_time(storage, 5)
    assert storage.reserve("c", 0, 9) == 0
    set_time(storage, 6)
    assert storage.reserve("b", 0, 9) == 0


def test_what_is_released_or_too_late_is_not_counted(url: str) -> None:
    """Its start is free for others."""
    storage = opened(url, Limits(requests_per_second=1))
    assert [storage.reserve(name, 0, 1) for name in "abc"] == [0, 1, None]

    storage.release("b")

    assert storage.reserve("c", 0, 1) == 1


def test_tokens_that_were_used_count_for_a_minute(url: str) -> None:
    """In place of those that were expected."""
    storage = opened(url, Limits(tokens_per_minute=100))
    assert storage.reserve("a", 90, 99) == 0
    storage.report("a", 20)
    set_time(storage, 10)

    assert storage.reserve("b", 50, 99) == 0
    assert starts(url, Limits(tokens_per_minute=100), 1, 50, now=10) == [70]


def test_rows_from_the_future_do_not_count(url: str) -> None:
    """They were written by a wrong clock."""
    limits = Limits(requests_per_second=1)
    starts(url, limits, 3, now=1_000_000)

    assert starts(url, limits, 1, now=0) == [0]


def test_a_server_has_its_own_clock_and_forgets(redis_server: str) -> None:
    """The machines' clocks do not matter, and the key expires."""
    url = f"{redis_server}/{next(DATABASES) % 16}"
    limits = Limits(requests_per_second=1)
    one, other = open_storage(url, limits), open_storage(url, limits)

    assert one.reserve("a", 0, 9) == 0
    wait = other.reserve("b", 0, 9)

    assert wait is not None
    assert 0.5 < wait < 1
    with redis.Redis.from_url(url) as client:
        assert 7000 < int(str(client.ttl(KEY))) <= 7200


def acquired(limiter: RateLimiter, colour: str, tokens: int = 0, *, blocking: bool = True) -> bool:
    if colour == "sync":
        return limiter.acquire(tokens, blocking=blocking)
    return asyncio.run(limiter.aacquire(tokens, blocking=blocking))


@pytest.fixture
def moment() -> list[float]:
    """The present moment of the limiters that `limiter` makes."""
    return [1_000.0]


@pytest.fixture
def limiter(url: str, moment: list[float]) -> Callable[..., RateLimiter]:
    """Make one more limiter with the same storage, that waits for nothing."""

    def make(**limits: Any) -> RateLimiter:
        limiter: Any = StoppedClock().of(RateLimiter(timeout=0, storage=url, **limits))
        limiter._storage._now = lambda *_: moment[0]
        limiter._clock.now = lambda: moment[0]
        return limiter  # type: ignore[no-any-return] # its time moves

    return make


@COLOURS
def test_limiters_share_their_limit(limiter: Any, moment: list[float], colour: str) -> None:
    """In either colour, waiting or not."""
    assert acquired(limiter(requests_per_second=2), colour)
    assert acquired(limiter(requests_per_second=2), colour)

    with pytest.raises(RateLimitError, match="No turn"):
        acquired(limiter(requests_per_second=2), colour)
    assert not acquired(limiter(requests_per_second=2), colour, blocking=False)
    moment[0] += 1
    another = limiter(requests_per_second=2)
    assert [acquired(another, colour, blocking=False) for _ in range(3)] == [True, True, False]


def test_a_limit_that_the_gateway_reports_stops_all_processes(
    limiter: Any, moment: list[float]
) -> None:
    """Within a moment."""
    one, other = limiter(requests_per_second=9), limiter(requests_per_second=9)
    error = RateLimitError("Too many requests from this IP", status=429, retry_after=7)
    one.leave(one.enter(), None, error)
    moment[0] += 6.9
    time.sleep(0.2)  # a thread writes it
    assert not one.acquire(blocking=False)
    assert not other.acquire(blocking=False)

    moment[0] += 7
    assert other.acquire(blocking=False)


def test_used_tokens_reach_the_other_limiter(limiter: Any) -> None:
    """With the next request of the one that used them."""
    one, other = limiter(tokens_per_minute=1_000), limiter(tokens_per_minute=1_000)
    turn = one.enter()
    assert not other.acquire(1, blocking=False)
    one.leave(turn, 100, None)
    assert one.acquire(100, blocking=False)

    assert other.acquire(800, blocking=False)
    assert not other.acquire(1, blocking=False)


async def test_no_event_loop_is_blocked(url: str) -> None:
    """The storage is read in a thread."""
    limiter = RateLimiter(requests_per_second=30, window=0.5, storage=url)

    with blockbuster_ctx():
        await asyncio.gather(*(limiter.aacquire() for _ in range(20)))
        await limiter.aacquire(blocking=False)


def test_copies_and_pickles_have_the_same_storage(url: str) -> None:
    """For another process, too."""
    limiter = RateLimiter(requests_per_second=0.001, storage=url)
    stored = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - our own

    assert copy.deepcopy(limiter) is limiter
    assert limiter.acquire(blocking=False)
    assert not stored.acquire(blocking=False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_process_may_be_forked_while_a_thread_uses_the_storage(url: str) -> None:
    """Neither process waits for a lock that the other has."""
    storage = open_storage(url, Limits(requests_per_second=1_000))
    done = threading.Event()

    def use() -> None:
        number = count()
        while not done.is_set():
            storage.reserve(f"parent-{next(number)}", 0, 9)

    thread = threading.Thread(target=use)
    thread.start()
    codes = []
    for number in range(10):
        child = os.fork()
        if not child:
            signal.alarm(5)
            os._exit(0 if storage.reserve(f"child-{number}", 0, 9) is not None else 1)
        codes.append(os.waitpid(child, 0)[1])
    done.set()
    thread.join(10)

    assert codes == [0] * 10


def test_threads_share_the_storage(limiter: Any) -> None:
    """A hundred at once: each has a start of its own."""
    shared = limiter(requests_per_second=50)
    passed: list[bool] = []
    threads = [
        threading.Thread(target=lambda: passed.append(shared.acquire(blocking=False)))
        for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(passed) == 50


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "sqlite://", "sqlite:///", "limits.sqlite3", "postgres:///x"),
        f"postgres://me:{PASSWORD}@host/x",
        f"redis://:{PASSWORD}@host:port/0",
        f"redis://:{PASSWORD}@host/0?socket_timeout=long&password={PASSWORD}",
    ],
)
def test_another_storage_is_refused(wrong: str) -> None:
    """When the limiter is made; a password is not repeated."""
    with pytest.raises(InvalidInputError, match="storage") as caught:
        RateLimiter.edge(storage=wrong)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_without_its_package_redis_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra that brings it."""
    monkeypatch.delitem(sys.modules, "_pollinations.limits.storage_redis")
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(InvalidInputError, match=r"pip install 'pollinations-adapters\[redis\]'"):
        RateLimiter.edge(storage="redis://localhost:6379/0")


def unusable(kind: str, tmp_path: Path) -> str:
    """The address of a storage that cannot be used."""
    file = tmp_path / "file"
    file.write_bytes(b"no database at all" * 100)
    return {
        "no folder": f"sqlite:///{tmp_path}/nowhere/file",
        "no database": f"sqlite:///{file}",
        "no server": NOBODY,
        "an unknown option": NOBODY + "?bees=1",
    }[kind]


@COLOURS
@pytest.mark.parametrize("kind", ["no folder", "no database", "no server", "an unknown option"])
def test_a_storage_that_cannot_be_used_is_an_error_of_ours(
    tmp_path: Path, kind: str, colour: str
) -> None:
    """It says what to do; nothing waits any more, and no password is shown."""
    limiter = RateLimiter.edge(storage=unusable(kind, tmp_path))

    with pytest.raises(
        InvalidInputError, match=r"(?s)storage .*cannot be used: .*Make it"
    ) as caught:
        acquired(limiter, colour)
    assert (limiter.waiting, limiter.under_way) == (0, 0)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_wrong_password_is_an_error_of_ours(redis_server: str) -> None:
    """In which neither the right one nor the wrong one is."""
    limiter = RateLimiter.edge(storage=redis_server.replace(PASSWORD, "wrong-secret") + "/0")

    with pytest.raises(InvalidInputError, match="cannot be used") as caught:
        limiter.acquire()
    assert "wrong-secret" not in "".join(traceback.format_exception(caught.value))


def test_a_password_is_shown_nowhere(redis_server: str) -> None:
    """A pickle has it, as the value of a secret: another process needs it."""
    limiter = RateLimiter.edge(storage=f"{redis_server}/0")

    assert PASSWORD not in repr(limiter) + repr(vars(limiter)) + repr(vars(limiter._storage))
    stored = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - our own
    assert PASSWORD not in repr(limiter.__reduce__()) + repr(vars(stored))


_PROCESS = """
import asyncio, sys
from contextlib import suppress
from _pollinations.chat.completions import body, complete
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import PollinationsError
from _pollinations.http.many import asend_all, send_all
from _pollinations.limits.rate_limiter import RateLimiter

url, base_url, name, colour = sys.argv[1:]
limiter = RateLimiter(requests_per_second=9, transit=2.0, storage=url)
calls = [
    complete(body([{"role": "user", "content": f"{name} {number}"}], {"model": "openai"}))
    for number in range(4)
]
nowhere = {"api_key": "sk_sandbox", "base_url": "http://127.0.0.1:9", "max_retries": 0}
with suppress(PollinationsError):  # the first call imports what sends
    Client(**nowhere).send(calls[0])
with suppress(PollinationsError):
    asyncio.run(AsyncClient(**nowhere).send(calls[0]))
print("ready", flush=True)
sys.stdin.readline()
options = {"api_key": "sk_sandbox", "base_url": base_url, "rate_limiter": limiter}
if colour == "sync":
    send_all(Client(max_retries=0, **options), calls, 4)
else:
    asyncio.run(asend_all(AsyncClient(max_retries=0, **options), calls, 4))
"""


def test_four_processes_are_never_refused(url: str) -> None:
    """By a gateway that lets 10 requests of one address through in a second."""
    with Sandbox(edge_limit=(10, 1.0)) as sandbox, ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                    [sys.executable, "-c", _PROCESS, url, sandbox.base_url, str(number), colour],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for number, colour in enumerate(["sync", "async", "sync", "async"])
        ]
        for process in processes:
            assert process.stdout
            process.stdout.readline()
        for process in processes:
            assert process.stdin
            process.stdin.close()
        codes = [process.wait(60) for process in processes]

        assert codes == [0, 0, 0, 0]
        assert Counter(record.status for record in sandbox.requests) == {200: 16}
