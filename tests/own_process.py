"""Run Python in a process of its own, also with a guard against calls that block its loop."""

import os
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

# blockbuster patches methods of built-in types, through forbiddenfruit. What that leaves behind
# crashes the interpreter when it flushes a buffered stdout at its very end, even after
# `with blockbuster_ctx(): pass`, so these programs flush by themselves and leave by `os._exit`.
_MAIN = """
import os, sys, traceback
code = 0
try:
    exec(compile(sys.argv.pop(1), "<program>", "exec"), {"__name__": "__main__"})
except BaseException:
    traceback.print_exc()
    code = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
"""


def forks(test: Any) -> Any:
    """Mark a test that forks this process, in which threads of a sandbox may run."""
    ignored = "ignore:.*multi-threaded.*fork:DeprecationWarning"
    skip = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
    return skip(pytest.mark.filterwarnings(ignored)(test))


def forked(work: Callable[..., object], *arguments: Any) -> BaseProcess:
    """Begin work in a fork of this process; its `exitcode` is 0 if nothing was raised."""
    process: BaseProcess = get_context("fork").Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run this interpreter with these arguments, and return what it printed and how it ended."""
    return subprocess.run(  # noqa: S603 - our own interpreter and programs of the tests
        [sys.executable, *arguments], check=False, capture_output=True, text=True
    )


def output_of(program: str, *arguments: str) -> str:
    """Run a program that may use blockbuster, and return what it printed.

    Args:
        program: Python source; it finds `arguments` in `sys.argv[1:]`.
        arguments: What the program works on.

    Returns:
        Its standard output.

    Raises:
        AssertionError: It failed; the end of its traceback is the message.
    """
    done = python("-c", _MAIN, program, *arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
