"""Calls under a rate limiter, over real sockets."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from clocks import LeapingClock, StoppedClock
from colours import COLOURS, read, send
from hello import PIECES, question

from _pollinations.http.call import tokens_used
from _pollinations.http.errors import (
    NO_TURN,
    PollinationsError,
    RateLimitError,
    limits_the_caller,
)
from _pollinations.http.retry import Retry
from _pollinations.limits.rate_limiter import RateLimiter
from pollinations_sandbox import Fault, Sandbox

Limited = Callable[..., RateLimiter]


@pytest.fixture
def limited(clock: LeapingClock) -> Limited:
    """Make a limiter whose time leaps; without options, the gateway's own."""
    return lambda **limits: clock.of(RateLimiter(**limits) if limits else RateLimiter.edge())


def reach(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, **settings}


def statuses(sandbox: Sandbox) -> Counter[int]:
    return Counter(record.status for record in sandbox.requests)


@COLOURS
def test_two_hundred_calls_at_once_all_pass_the_edge(
    colour: str, edge: Sandbox, clock: LeapingClock, limited: Limited
) -> None:
    """With `RateLimiter.edge()`, the gateway refuses none of 200 parallel calls.

    Those that wait look again: answers prove that requests have arrived, so that it takes 20
    seconds and not 24.
    """
    limiter = limited()
    start = clock.now()

    answers = send(colour, *[question()] * 200, **reach(edge, rate_limiter=limiter))

    assert len(answers) == 200
    assert statuses(edge) == {200: 200}
    assert 20 <= clock.now() - start < 22
    assert (limiter.waiting, limiter.under_way) == (0, 0)


@COLOURS
def test_a_call_that_fails_or_is_left_is_under_way_no_more(colour: str, edge: Sandbox) -> None:
    """A refusal, and a stream that nobody reads on."""
    limiter = RateLimiter.edge()
    edge.fail(Fault.status(400))

    with pytest.raises(PollinationsError):
        send(colour, question(), **reach(edge, rate_limiter=limiter))
    read(colour, PIECES, 1, **reach(edge, rate_limiter=limiter))

    assert limiter.under_way == 0


@COLOURS
def test_a_refusal_of_the_edge_stops_everybody(
    colour: str, clock: LeapingClock, limited: Limited
) -> None:
    """Where others use up the address's limit, all calls pause together instead of hammering."""
    limiter = limited(requests_per_second=1000)
    with Sandbox(edge_limit=(10, 10.0), clock=clock) as sandbox:
        patient = Retry(max_retries=5, backoff=0.001)
        calls = [question()] * 30

        send(colour, *calls, **reach(sandbox, rate_limiter=limiter, retry=patient))

        # At most 20 of the first storm and 10 of the second; whoever comes later waits unsent.
        counts = statuses(sandbox)
        assert counts[200] == 30
        assert 1 <= counts[429] <= 30


@COLOURS
@pytest.mark.parametrize("streamed", [True, False])
def test_tokens_that_were_used_count_for_a_minute(
    colour: str, streamed: bool, edge: Sandbox, stopped: StoppedClock
) -> None:
    """Those of whole answers and of streams; what the gateway's cache answers is free."""
    limiter = stopped.of(RateLimiter(tokens_per_minute=10_000))
    ask: Any = partial(read, colour, PIECES) if streamed else partial(send, colour, question())

    first, second = (ask(**reach(edge, rate_limiter=limiter)) for _ in range(2))

    used = tokens_used(first[-1])
    assert used
    assert tokens_used(second[-1]) == 0
    assert not limiter.acquire(10_001 - used, blocking=False)
    assert limiter.acquire(10_000 - used, blocking=False)


@COLOURS
def test_waiting_too_long_is_an_error(colour: str, edge: Sandbox, limited: Limited) -> None:
    """After `timeout` seconds there is a typed error, nothing was sent, and nothing is retried."""
    limiter = limited(requests_per_second=0.1, timeout=5)
    settings = reach(edge, rate_limiter=limiter)
    send(colour, question(), **settings)

    with pytest.raises(RateLimitError, match="No turn within 5 s") as caught:
        send(colour, question(), **settings)

    assert caught.value.code == NO_TURN
    assert limits_the_caller(caught.value)  # so that no other model is tried either
    assert caught.value.retry_after == pytest.approx(10)
    assert len(edge.requests) == 1
    assert limiter.waiting == 0
