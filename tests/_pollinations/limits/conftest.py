"""A Redis server of these tests' own, where the Debian package redis-server is installed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PASSWORD = "a-password-of-the-tests"


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
