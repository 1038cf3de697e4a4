"""Waits and the gateway's cache between attempts; which faults are retried says the fault table."""

import time
from typing import Any

import pytest
from hello import HELLO, PIECES

from _pollinations.http.errors import ServerError
from _pollinations.http.retry import Retry
from pollinations_sandbox import Fault, Sandbox

TWICE = Retry(max_retries=2, backoff=0)
ERROR = b'data: {"error":{"message":"Overloaded","type":"overloaded_error"}}\n\n'


def test_the_wait_that_was_asked_for_is_kept(ask: Any, sandbox: Sandbox) -> None:
    """Retry-After is waited for before the next attempt."""
    sandbox.reply(b"", status=429, headers={"retry-after": "0.03"})
    begin = time.monotonic()
    ask.send(HELLO, retry=Retry(backoff=0))

    assert time.monotonic() - begin >= 0.03
    assert len(sandbox.requests) == 2


def test_an_error_from_the_cache_is_not_asked_for_again(ask: Any, sandbox: Sandbox) -> None:
    """The gateway would replay the same error stream for the same body for ever."""
    sandbox.fail(Fault.body(ERROR, headers={"x-cache": "HIT"}, times=None))
    with pytest.raises(ServerError) as caught:
        ask.stream(PIECES, retry=TWICE)

    assert caught.value.cached
    assert len(sandbox.requests) == 1
