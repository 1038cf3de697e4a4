"""Processes keep within a limit together, by a SQLite file or a Redis server."""

import asyncio
import pickle
import sys
import threading
import traceback
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
import redis
from blockbuster import blockbuster_ctx
from colours import COLOURS, send
from hello import question
from own_process import forked, forks

from _pollinations.http.errors import InvalidInputError
from _pollinations.limits.rate_limiter import RateLimiter
from _pollinations.limits.state import Limits
from _pollinations.limits.storage import open_storage
from _pollinations.limits.storage_redis import KEY
from pollinations_sandbox import Sandbox

PASSWORD = "a-password-of-the-tests"
NOBODY = f"redis://:{PASSWORD}@127.0.0.1:9/0"


def test_what_a_wrong_clock_wrote_does_not_count(url: str) -> None:
    """Requests, waiting calls and pauses that lie far ahead."""
    wrong, right = (open_storage(url, Limits(requests_per_second=1)) for _ in range(2))
    wrong._now = lambda *_: 1e6  # type: ignore[attr-defined]
    right._now = lambda *_: 0.0  # type: ignore[attr-defined]
    assert [wrong.look(name, 0, 9) for name in "ab"] == [0, 1]
    wrong.note(lambda state, now: state.pause_all(60, now))
    wrong._write_notes()
    assert wrong.look("b", 0, 99) == pytest.approx(60)

    assert [right.look(name, 0, 9) for name in "cd"] == [0, 1]


def test_a_server_has_its_own_clock_and_forgets(redis_server: str) -> None:
    """The machines' clocks do not matter, and the key expires."""
    url = f"{redis_server}/0"
    limits = Limits(requests_per_second=1)
    one, other = open_storage(url, limits), open_storage(url, limits)
    with redis.Redis.from_url(url) as client:
        client.delete(KEY)

        assert one.look("a", 0, 9) == 0
        assert 0.5 < other.look("b", 0, 9) < 1
        assert 7000 < int(str(client.ttl(KEY))) <= 7201


async def test_no_event_loop_is_blocked(url: str) -> None:
    """The storage is read in a thread."""
    limiter = RateLimiter(requests_per_second=30, window=0.5, storage=url)

    with blockbuster_ctx():
        await asyncio.gather(*(limiter.aacquire() for _ in range(20)))
        await limiter.aacquire(blocking=False)


@forks
def test_a_process_may_be_forked_while_a_thread_uses_the_storage(url: str) -> None:
    """Neither process waits for a lock that the other has."""
    storage = open_storage(url, Limits(requests_per_second=1_000))
    done = threading.Event()

    def use() -> None:
        number = count()
        while not done.is_set():
            storage.look(f"parent-{next(number)}", 0, 9)

    thread = threading.Thread(target=use)
    thread.start()
    codes = []
    for number in range(10):
        child = forked(storage.look, f"child-{number}", 0, 9)
        child.join(5)
        codes.append(child.exitcode)
    done.set()
    thread.join(10)

    assert codes == [0] * 10


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
        limiter.acquire() if colour == "sync" else asyncio.run(limiter.aacquire())
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

    assert PASSWORD not in repr(limiter) + repr(vars(limiter)) + repr(vars(limiter._shared[0]))
    stored = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - our own
    assert PASSWORD not in repr(limiter.__reduce__()) + repr(vars(stored))


@forks
def test_four_processes_are_never_refused(url: str) -> None:
    """By a gateway that lets 10 requests of one address through in a second."""

    def ask_four(number: int, colour: str) -> None:
        send(
            colour,
            *(question(4 * number + place) for place in range(4)),
            api_key=sandbox.api_key,
            base_url=sandbox.base_url,
            rate_limiter=RateLimiter(requests_per_second=9, transit=2.0, storage=url),
            max_retries=0,
        )

    with Sandbox(edge_limit=(10, 1.0)) as sandbox:
        colours = ("sync", "async", "sync", "async")
        processes = [forked(ask_four, number, colour) for number, colour in enumerate(colours)]
        for process in processes:
            process.join(60)

        assert [process.exitcode for process in processes] == [0, 0, 0, 0]
        assert Counter(record.status for record in sandbox.requests) == {200: 16}
