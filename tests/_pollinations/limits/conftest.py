"""Storages of a limiter: in memory, in a SQLite file, and on a Redis server of these tests' own.

Redis is where the Debian package redis-server is installed.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import redis
from clocks import StoppedClock

from _pollinations.limits.rate_limiter import RateLimiter

PASSWORD = "a-password-of-the-tests"
DATABASES = count()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address; the data are gone with the tests."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    folder: Path = tmp_path_factory.mktemp("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD)
    process = subprocess.Popen(  # noqa: S603 - a program that is installed here
        [program, "--port", str(port), "--dir", str(folder), *options], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(500):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.01)
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def address(kind: str, request: pytest.FixtureRequest) -> str:
    """The address of an empty storage."""
    if kind == "sqlite":
        return f"sqlite:///{request.getfixturevalue('tmp_path') / 'limits.sqlite3'}"
    url = f"{request.getfixturevalue('redis_server')}/{next(DATABASES) % 16}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest) -> str:
    """A storage that processes share."""
    return address(request.param, request)


@pytest.fixture(params=["memory", "sqlite", "redis"])
def storage(request: pytest.FixtureRequest) -> str | None:
    """Any storage; None is this process's memory."""
    return None if request.param == "memory" else address(request.param, request)


@pytest.fixture
def stopped() -> StoppedClock:
    return StoppedClock()


Pair = tuple[RateLimiter, RateLimiter]


@pytest.fixture
def pair(storage: str | None, stopped: StoppedClock) -> Callable[..., Pair]:
    """Make two limiters with one storage, whose time a test moves; in memory they are the same."""

    def limiter(**limits: Any) -> RateLimiter:
        limiter = stopped.of(RateLimiter(storage=storage, **limits))
        for shared in limiter._shared:
            shared._now = lambda *_: stopped.moment  # type: ignore[attr-defined]
        return limiter

    def both(**limits: Any) -> Pair:
        one = limiter(**limits)
        return one, limiter(**limits) if storage else one

    return both
