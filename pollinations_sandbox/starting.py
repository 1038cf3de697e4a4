"""One line for notebooks and first steps: a sandbox, unless there is a key already."""

import atexit
import os
from pathlib import Path
from typing import Final

from pollinations_sandbox.server import Sandbox

_NAMES: Final = ("POLLINATIONS_API_KEY", "POLLINATIONS_TOKEN", "POLLINATIONS_BASE_URL")
_started: Final[list[Sandbox]] = []  # at most one


def start_unless_key(*, replay: str | Path | None = None) -> Sandbox | None:
    """Start a sandbox and point this process to it, unless it has a key or a gateway already.

    Sets `POLLINATIONS_BASE_URL` and `POLLINATIONS_API_KEY`, which models made from now on read, and
    stops with the process. Called again it starts no second one; if you have set a key of your own
    since then, it takes its address back, so that the same lines go live.

    Args:
        replay: A file of recordings or sample answers for the sandbox, as for `Sandbox`.

    Returns:
        The sandbox; None if `POLLINATIONS_API_KEY`, `POLLINATIONS_TOKEN` or `POLLINATIONS_BASE_URL`
        says that another gateway is to be used.

    Example:
        >>> sandbox = start_unless_key()
        >>> print("a sandbox" if sandbox else "gen.pollinations.ai")  # doctest: +SKIP
        a sandbox
    """
    ours = _started[0].environment if _started else {}
    given = {name: value for name in _NAMES if (value := os.environ.get(name))}
    if given.items() - ours.items():
        for name, _ in given.items() & ours.items():
            del os.environ[name]
        return None
    if not _started:
        _started.append(Sandbox(replay=replay))
        atexit.register(_started[0].close)
    sandbox = _started[0].start()
    os.environ.update(sandbox.environment)
    return sandbox
