"""Reports while a client waits: seconds for a callback, a bar for a notebook."""

import asyncio
import logging
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from _pollinations.http import progress
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.progress import asend, send
from _pollinations.media.fallback import video
from pollinations_sandbox import Sandbox


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.1)


@pytest.fixture
def slow() -> Any:
    with Sandbox(latency=0.35) as sandbox:
        yield sandbox


@pytest.fixture(params=["sync", "async"])
def wait(request: pytest.FixtureRequest, slow: Sandbox) -> Any:
    def waited(on_progress: Any = None) -> Any:
        if request.param == "sync":
            return send(Client(slow.api_key, slow.base_url), video("waves"), on_progress)
        client = AsyncClient(slow.api_key, slow.base_url)
        return asyncio.run(asend(client, video("waves"), on_progress))

    return waited


def test_seconds_are_told_while_it_lasts(wait: Any) -> None:
    """They grow, and end with the answer."""
    reports: list[float] = []
    media = wait(reports.append)
    count = len(reports)
    time.sleep(0.25)

    assert media.kind == "video"
    assert len(reports) == count >= 2
    assert reports == sorted(reports)
    assert reports[0] >= 0.1


def test_a_callback_that_fails_does_not_cost_the_video(
    wait: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not called again, and the log says why."""
    reports: list[float] = []

    def on_progress(seconds: float) -> None:
        reports.append(seconds)
        raise ValueError("mine")

    with caplog.at_level(logging.ERROR):
        assert wait(on_progress).kind == "video"

    assert len(reports) == 1
    assert "mine" in caplog.text


def test_nothing_is_shown_in_a_plain_program(wait: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """No callback, no notebook: silence."""
    assert wait().kind == "video"
    assert capsys.readouterr() == ("", "")


async def test_a_wait_can_be_given_up(slow: Sandbox) -> None:
    """Cancelling the task ends the request and the reports."""
    reports: list[float] = []
    begun = asyncio.Event()

    def on_progress(seconds: float) -> None:
        reports.append(seconds)
        begun.set()

    client = AsyncClient(slow.api_key, slow.base_url)
    task = asyncio.create_task(asend(client, video("waves"), on_progress))
    await begun.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    count = len(reports)
    await asyncio.sleep(0.2)
    assert len(reports) == count
    assert slow.open_connections == 0


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_gives_a_blocking_wait_up(
    slow: Sandbox, eventually: Callable[[Callable[[], object]], None]
) -> None:
    """So does a notebook's stop button; the connection is closed."""
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        send(Client(slow.api_key, slow.base_url), video("waves"), lambda _: None)

    eventually(lambda: slow.open_connections == 0)
    assert "pollinations-progress" not in {thread.name for thread in threading.enumerate()}


def test_a_notebook_shows_a_bar(wait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves while the video is made, and says in the end how long that took."""
    page = Mock()
    # By this name a notebook's shell is known.
    shell = type("ZMQInteractiveShell", (), {})
    monkeypatch.setitem(sys.modules, "IPython", Mock(get_ipython=shell))
    monkeypatch.setitem(sys.modules, "IPython.display", page)

    wait()

    bar = page.display.return_value
    calls = [*page.display.call_args_list, *bar.update.call_args_list]
    *during, last = (call.args[0] for call in calls)
    assert len(during) >= 3
    assert all("<progress>" in data["text/html"] for data in during)
    assert last["text/plain"] == last["text/html"]
    assert re.fullmatch(r"Waited \d+ s", last["text/html"])
