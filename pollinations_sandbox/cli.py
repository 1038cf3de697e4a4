"""The command `pollinations-sandbox`: starts the sandbox, or runs a command against it."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
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
    if words[:1] == ["run"] and words[1:] and not words[1].startswith("-"):
        words.insert(1, "--")
    end = words.index("--") if "--" in words else len(words)
    parser, command = _parser(), words[end + 1 :]
    options = vars(parser.parse_intermixed_args(words[:end]))
    verb, file = options.pop("verb"), options.pop("file")
    if verb == "run" and not command:
        parser.error("run needs a command: pollinations-sandbox run -- COMMAND")
    if (verb in {"record", "replay"}) != (file is not None):
        parser.error("record and replay take one FILE each; run and the bare command take none")
    options |= {verb: file} if file else {}
    if options["port"] is None:
        options["port"] = 0 if command else _DEFAULT_PORT
    try:
        sandbox = Sandbox(**options).start()
    except (ValueError, OSError) as error:
        parser.error(str(error))
    with sandbox:
        if command:
            return _run(command, sandbox)
        _serve(sandbox)
    return 0


def _run(command: Sequence[str], sandbox: Sandbox) -> int:
    """Run a command with the sandbox in its environment; its exit code is ours."""
    environment = {**os.environ, **sandbox.environment}
    environment.pop("POLLINATIONS_TOKEN", None)  # a key of the real gateway
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
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _parser() -> argparse.ArgumentParser:
    """The options are named as the arguments of `Sandbox`."""
    parser = argparse.ArgumentParser(
        prog="pollinations-sandbox",
        usage="%(prog)s [run | record FILE | replay FILE] [options] [-- COMMAND]",
        description="The Pollinations gateway on your own machine. `record` passes everything on "
        "to a real gateway and writes its answers to FILE, `replay` answers from such a file.",
        epilog="A COMMAND runs with POLLINATIONS_BASE_URL and POLLINATIONS_API_KEY set, and the "
        "sandbox exits with its code. Without one the sandbox serves until it is stopped.",
    )
    add = parser.add_argument
    add("verb", nargs="?", choices=("run", "record", "replay"), help=argparse.SUPPRESS)
    add("file", nargs="?", metavar="FILE", help="a file of JSON lines")
    add("--api", choices=("2026-01", "2026-10"), default="2026-10", help="version of the gateway")
    add("--host", default="127.0.0.1", help="another address of this machine only")
    add("--port", type=int, help=f"by default {_DEFAULT_PORT}, with a command a free one")
    add("--latency", type=float, default=0.0, help="seconds before each answer")
    add("--pace", type=float, default=0.0, help="times the recorded pauses of a stream")
    add("--upstream", metavar="URL", help="a server that answers in its place, or is recorded")
    key = os.environ.get(_UPSTREAM_KEY)
    add("--upstream-key", metavar="KEY", default=key, help=f"by default ${_UPSTREAM_KEY}")
    return parser
