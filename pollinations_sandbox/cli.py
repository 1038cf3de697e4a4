"""The command `pollinations-sandbox`: starts the sandbox, or runs a command against it."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Final

from pollinations_sandbox.server import Sandbox

_UPSTREAM_KEY: Final = "POLLINATIONS_SANDBOX_UPSTREAM_KEY"
_NOT_FOUND: Final = 127
_SIGNALLED: Final = 128
_DEFAULT_PORT: Final = 8010


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The words after the command's name; by default those of this process.

    Returns:
        0 after an interrupt, or the exit code of the command that was run.
    """
    options = _parser().parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if options.verb == "run" and not command:
        _parser().error("run needs a command: pollinations-sandbox run -- COMMAND")
    port = options.port if options.port is not None else 0 if options.verb else _DEFAULT_PORT
    try:
        ready = Sandbox(
            api=options.api,
            host=options.host,
            port=port,
            upstream=options.upstream,
            upstream_key=options.upstream_key or os.environ.get(_UPSTREAM_KEY),
            latency=options.latency,
        )
    except ValueError as error:
        _parser().error(str(error))
    with ready as sandbox:
        if options.verb == "run":
            return _run(command, sandbox)
        _serve(sandbox)
    return 0


def _run(command: Sequence[str], sandbox: Sandbox) -> int:
    """Run a command with the sandbox in its environment; its exit code is ours."""
    environment = {**os.environ, **sandbox.environment}
    try:
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - the user's own command
    except OSError as error:
        sys.stderr.write(f"pollinations-sandbox: {command[0]}: {error.strerror}\n")
        return _NOT_FOUND
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            continue  # the child got the interrupt too, and decides what it means
        return code if code >= 0 else _SIGNALLED - code


def _serve(sandbox: Sandbox) -> None:
    for name, value in sandbox.environment.items():
        sys.stdout.write(f"export {name}={value}\n")
    sys.stdout.flush()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pollinations-sandbox",
        description="The Pollinations gateway on your own machine.",
        epilog="pollinations-sandbox run -- COMMAND runs COMMAND with POLLINATIONS_BASE_URL and "
        "POLLINATIONS_API_KEY set, and exits with its code.",
    )
    parser.add_argument(
        "--api",
        choices=("2026-01", "2026-10"),
        default="2026-10",
        help="the gateway of January or October 2026",
    )
    parser.add_argument("--host", default="127.0.0.1", help="another address of this machine only")
    parser.add_argument("--port", type=int, help=f"by default {_DEFAULT_PORT}, or a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--upstream", metavar="URL", help="an OpenAI-compatible server for chats")
    parser.add_argument(
        "--upstream-key", metavar="KEY", help=f"its key; by default ${_UPSTREAM_KEY}"
    )
    parser.add_argument("verb", nargs="?", choices=("run",), help="run a command")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command and its arguments")
    return parser


if __name__ == "__main__":
    sys.exit(main())
