"""Processes of one machine keep within a limit together."""

import asyncio
import copy
import pickle
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from _pollinations.http.call import Used
from _pollinations.http.errors import InvalidInputError, RateLimitError
from _pollinations.limits.rate_limiter import Clock, RateLimiter
from _pollinations.limits.shared import SharedStarts
from _pollinations.limits.windows import Limits
from pollinations_sandbox import Sandbox


class Stopped(Clock):
    moment = 1_000.0

    def now(self) -> float:
        return self.moment


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'limits.sqlite3'}"


def starts(url: str, limits: Limits, count: int, tokens: float = 0, now: float = 0) -> list[float]:
    """The moments that requests of as many processes are assigned."""
    waits = [
        SharedStarts(url, limits).reserve(f"{now}-{number}", tokens, now, 1e9)
        for number in range(count)
    ]
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
    """First come, first served, over all processes with the file."""
    assert starts(url, limits, 4, tokens) == expected


def test_a_start_holds_until_it_comes_or_a_pause_moves_it(url: str) -> None:
    """Whoever wakes looks again."""
    limits = Limits(requests_per_second=1)
    one, other = SharedStarts(url, limits), SharedStarts(url, limits)
    assert one.reserve("a", 0, now=0, latest=9) == 0
    assert one.reserve("b", 0, now=0, latest=9) == 1
    assert one.reserve("b", 0, now=0.5, latest=9) == 0.5
    other.pause(until=5)
    assert other.reserve("c", 0, now=0.5, latest=9) == 4.5

    assert one.reserve("b", 0, now=1, latest=9) == 5
    assert other.reserve("c", 0, now=5, latest=9) == 0
    assert one.reserve("b", 0, now=6, latest=9) == 0


def test_what_is_left_or_too_late_is_not_counted(url: str) -> None:
    """Its start is free for others."""
    shared = SharedStarts(url, Limits(requests_per_second=1))
    assert [shared.reserve(name, 0, now=0, latest=1) for name in "abc"] == [0, 1, None]

    shared.leave("b")

    assert shared.reserve("c", 0, now=0, latest=1) == 1


def test_tokens_that_were_used_count_for_a_minute(url: str) -> None:
    """In place of those that were expected."""
    shared = SharedStarts(url, Limits(tokens_per_minute=100))
    assert shared.reserve("a", 90, now=0, latest=99) == 0
    shared.used("a", 20, now=10)

    assert shared.reserve("b", 50, now=10, latest=99) == 0
    assert starts(url, Limits(tokens_per_minute=100), 1, 50, now=10) == [70]


def test_rows_from_the_future_count_not(url: str) -> None:
    """They were written by a wrong clock."""
    limits = Limits(requests_per_second=1)
    starts(url, limits, 3, now=1_000_000)

    assert starts(url, limits, 1, now=0) == [0]


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_limiters_with_one_file_share_their_limit(url: str, colour: str) -> None:
    """Which of them waits does not depend on the way of waiting."""
    clock = Stopped()

    def limiter() -> RateLimiter:
        return RateLimiter(requests_per_second=2, timeout=0, storage=url, clock=clock)

    def acquire(limiter: RateLimiter) -> None:
        if colour == "sync":
            limiter.acquire()
        else:
            asyncio.run(limiter.aacquire())

    acquire(limiter())
    acquire(limiter())

    with pytest.raises(RateLimitError, match="No turn"):
        acquire(limiter())
    assert not limiter().acquire(blocking=False)
    clock.moment += 1
    assert limiter().acquire(blocking=False)
    assert limiter().acquire(blocking=False)
    assert not limiter().acquire(blocking=False)


def test_a_limit_that_the_gateway_reports_stops_all_processes(url: str) -> None:
    """Within a moment."""
    clock = Stopped()
    one, other = (
        RateLimiter(requests_per_second=9, timeout=0, storage=url, clock=clock) for _ in range(2)
    )
    turn = one.turn()
    turn.enter()
    error = RateLimitError("Too many requests from this IP", status=429, retry_after=7)
    turn.end(used=None, error=error)
    clock.moment += 6.9
    time.sleep(0.2)  # another thread writes the file
    assert not one.acquire(blocking=False)
    assert not other.acquire(blocking=False)

    clock.moment += 0.2
    assert other.acquire(blocking=False)


def test_used_tokens_reach_the_other_limiter(url: str) -> None:
    """With the next request of the one that used them."""
    clock = Stopped()
    one, other = (
        RateLimiter(tokens_per_minute=1_000, timeout=0, storage=url, clock=clock) for _ in range(2)
    )
    turn = one.turn()
    turn.enter()
    assert not other.acquire(1, blocking=False)
    turn.end(used=Used(tokens=100), error=None)
    assert one.acquire(100, blocking=False)

    assert other.acquire(800, blocking=False)
    assert not other.acquire(1, blocking=False)


def test_copies_and_pickles_have_the_same_file(url: str) -> None:
    """In another process, too."""
    limiter = RateLimiter.edge(storage=url)
    for other in (copy.deepcopy(limiter), pickle.loads(pickle.dumps(limiter))):  # noqa: S301 - our own
        assert other == limiter
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer)._queue.shared.url)"

    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", code], input=pickle.dumps(limiter), capture_output=True, check=True
    )

    assert done.stdout.decode().strip() == url


@pytest.mark.parametrize(
    "wrong", ["", "sqlite://", "sqlite:///", "limits.sqlite3", "redis://localhost", "postgres:///x"]
)
def test_another_storage_is_refused(wrong: str) -> None:
    """When the limiter is made."""
    with pytest.raises(InvalidInputError, match="sqlite:///"):
        RateLimiter.edge(storage=wrong)


def test_pollen_is_not_shared(url: str) -> None:
    """The debt of a publishable key is known to one process."""
    with pytest.raises(InvalidInputError, match="pollen_per_hour"):
        RateLimiter.edge(storage=url, pollen_per_hour=1)


@pytest.mark.parametrize("content", [None, b"no database at all" * 100])
def test_a_file_that_cannot_be_used_is_an_error_of_ours(tmp_path: Path, content: Any) -> None:
    """In a folder that does not exist, or of another kind."""
    path = tmp_path / "file" if content else tmp_path / "nowhere" / "file"
    if content:
        path.write_bytes(content)
    limiter = RateLimiter.edge(storage=f"sqlite:///{path}")

    with pytest.raises(InvalidInputError, match="storage"):
        limiter.acquire()
    assert (limiter.waiting, limiter.under_way) == (0, 0)


_PROCESS = """
import asyncio, sys
from _pollinations.chat.completions import body, complete
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.many import asend_all, send_all
from _pollinations.limits.rate_limiter import RateLimiter

url, base_url, name, colour = sys.argv[1:]
limiter = RateLimiter(requests_per_second=9, transit=2.0, storage=url)
calls = [
    complete(body([{"role": "user", "content": f"{name} {number}"}], {"model": "openai"}))
    for number in range(4)
]
print("ready", flush=True)
sys.stdin.readline()
options = {"api_key": "sk_sandbox", "base_url": base_url, "rate_limiter": limiter}
if colour == "sync":
    send_all(Client(max_retries=0, **options), calls, 4)
else:
    asyncio.run(asend_all(AsyncClient(max_retries=0, **options), calls, 4))
"""


def test_four_processes_are_never_refused(url: str) -> None:
    """Under a gateway that lets 10 requests of one address through in a second."""
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


def test_threads_share_the_file(url: str) -> None:
    """A hundred at once: each has a start of its own."""
    limiter = RateLimiter(requests_per_second=50, timeout=0, storage=url, clock=Stopped())
    passed: list[bool] = []
    threads = [
        threading.Thread(target=lambda: passed.append(limiter.acquire(blocking=False)))
        for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(passed) == 50
