"""The command `pollinations-sandbox`: starts the sandbox, or runs a command against it."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Final

from pollinations_sandbox import Sandbox

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
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser, end = _parser(), words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:end])
    command = [*getattr(options, "command", ()), *words[end + 1 :]]
    if options.verb == "run" and not command:
        parser.error("run needs a command: pollinations-sandbox run -- COMMAND")
    port = options.port if options.port is not None else 0 if command else _DEFAULT_PORT
    files = {options.verb: options.file} if options.verb in {"record", "replay"} else {}
    try:
        ready = Sandbox(
            api=options.api,
            host=options.host,
            port=port,
            upstream=options.upstream,
            upstream_key=options.upstream_key or os.environ.get(_UPSTREAM_KEY),
            latency=options.latency,
            pace=options.pace,
            **files,
        ).start()
    except (ValueError, OSError) as error:
        parser.error(str(error))
    with ready as sandbox:
        if command:
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
    # Options may stand before and behind the verb; only those that are given overwrite defaults.
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--api", choices=("2026-01", "2026-10"), help="version of the gateway")
    shared.add_argument("--host", help="another address of this machine only")
    shared.add_argument(
        "--port", type=int, help=f"by default {_DEFAULT_PORT}, with a command a free one"
    )
    shared.add_argument("--latency", type=float, help="seconds before each answer")
    shared.add_argument("--pace", type=float, help="times the recorded pauses of a stream")
    shared.add_argument("--upstream", metavar="URL", help="a server that answers in its place")
    shared.add_argument("--upstream-key", metavar="KEY", help=f"by default ${_UPSTREAM_KEY}")
    parser = argparse.ArgumentParser(
        prog="pollinations-sandbox",
        description="The Pollinations gateway on your own machine.",
        epilog="A COMMAND runs with POLLINATIONS_BASE_URL and POLLINATIONS_API_KEY set, and its "
        "exit code is that of the sandbox. Without one the sandbox serves until it is stopped.",
        parents=[shared],
    )
    defaults = {"host": "127.0.0.1", "port": None, "latency": 0.0, "pace": 0.0}
    parser.set_defaults(api="2026-10", upstream=None, upstream_key=None, **defaults)
    verbs = parser.add_subparsers(dest="verb", metavar="run | record | replay")
    run = verbs.add_parser("run", help="run a command against the sandbox", parents=[shared])
    run.add_argument("command", nargs=argparse.REMAINDER, help="the command and its arguments")
    helps = {
        "record": "pass everything on to a real gateway, and write its answers down",
        "replay": "answer from such a file",
    }
    for verb, said in helps.items():
        one = verbs.add_parser(
            verb, help=said, parents=[shared], usage="%(prog)s FILE [options] [-- COMMAND]"
        )
        one.add_argument("file", metavar="FILE", help="a file of JSON lines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
