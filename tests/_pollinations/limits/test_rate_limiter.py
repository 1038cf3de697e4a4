import asyncio
import copy
import math
import os
import pickle
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from clocks import LeapingClock, StoppedClock
from colours import COLOURS, read, send

from _pollinations.chat.completions import body, complete, stream
from _pollinations.chat.reply import Reply
from _pollinations.http.admission import Admission
from _pollinations.http.call import Call
from _pollinations.http.client import Client
from _pollinations.http.errors import (
    NO_TURN,
    InvalidInputError,
    PollinationsError,
    RateLimitError,
    limits_the_caller,
)
from _pollinations.http.retry import Retry
from _pollinations.limits.queue import Waiter
from _pollinations.limits.rate_limiter import Clock, HeldTurn, RateLimiter
from pollinations_sandbox import Fault, Sandbox

T = TypeVar("T")
Limited = Callable[..., RateLimiter]


@pytest.fixture
def limited(clock: LeapingClock) -> Limited:
    """Make a limiter whose time leaps; without options, the gateway's own."""
    return lambda **limits: clock.of(RateLimiter(**limits) if limits else RateLimiter.edge())


def question(number: int = 0) -> Call[Reply]:
    return complete(body([{"role": "user", "content": "Hi"}], {"model": "openai", "seed": number}))


COUNT = stream(body([{"role": "user", "content": "Count."}], {"model": "openai"}))


def reach(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, **settings}


def statuses(sandbox: Sandbox) -> Counter[int]:
    return Counter(record.status for record in sandbox.requests)


@COLOURS
def test_two_hundred_calls_at_once_all_pass_the_edge(
    colour: str, edge: Sandbox, clock: LeapingClock, limited: Limited
) -> None:
    """With `RateLimiter.edge()`, the gateway refuses none of 200 parallel calls."""
    limiter = limited()
    start = clock.now()

    answers = send(colour, *[question()] * 200, **reach(edge, rate_limiter=limiter))

    assert len(answers) == 200
    assert statuses(edge) == {200: 200}
    assert 20 <= clock.now() - start < 25
    assert (limiter.waiting, limiter.under_way) == (0, 0)


@COLOURS
def test_a_call_that_fails_or_is_left_is_under_way_no_more(colour: str, edge: Sandbox) -> None:
    """A refusal, and a stream that nobody reads on."""
    limiter = RateLimiter.edge()
    edge.fail(Fault.status(400))

    with pytest.raises(PollinationsError):
        send(colour, question(), **reach(edge, rate_limiter=limiter))
    read(colour, COUNT, 1, **reach(edge, rate_limiter=limiter))

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
    colour: str, streamed: bool, edge: Sandbox, limited: Limited
) -> None:
    """Those of whole answers and of streams."""
    limiter = limited(tokens_per_minute=10_000)
    settings = reach(edge, rate_limiter=limiter)

    if streamed:
        read(colour, COUNT, **settings)
    else:
        send(colour, question(), **settings)

    counted = limiter._queue._tokens._sum
    assert 0 < counted < 1_000
    if streamed:
        read(colour, COUNT, **settings)  # from the gateway's cache, which is free
        assert limiter._queue._tokens._sum == counted


async def test_a_cancelled_coroutine_leaves_the_queue() -> None:
    """Whoever is behind it takes its turn, at the head of the queue and in its middle."""
    clock = StoppedClock()
    limiter = clock.of(RateLimiter(requests_per_second=1))
    assert limiter.acquire(blocking=False)
    tasks = [asyncio.create_task(limiter.aacquire()) for _ in range(3)]
    await asyncio.sleep(0)
    assert limiter.waiting == 3
    assert not limiter.acquire(blocking=False)  # before others it is no turn either

    clock.moment = 1.0
    tasks[1].cancel()
    tasks[0].cancel()

    assert await tasks[2]
    assert limiter.waiting == 0
    assert [task.cancelled() for task in tasks] == [True, True, False]


def test_a_loop_that_stands_still_keeps_nobody_waiting() -> None:
    """A coroutine of it comes last when it goes on; one of a loop that was closed is forgotten."""
    clock = StoppedClock()
    limiter = clock.of(RateLimiter(requests_per_second=1))
    limiter.acquire()
    stopped, closed = asyncio.new_event_loop(), asyncio.new_event_loop()
    tasks = [loop.create_task(limiter.aacquire()) for loop in (closed, stopped)]
    for loop in (closed, stopped):
        loop.run_until_complete(asyncio.sleep(0.01))
    closed.close()

    clock.moment = 1.0
    assert limiter.acquire(blocking=False)
    assert limiter.waiting == 0
    clock.moment = 2.0
    assert stopped.run_until_complete(tasks[1])
    stopped.close()
    tasks[0]._log_destroy_pending = False  # type: ignore[attr-defined] # asyncio would print it


def test_a_thread_that_is_interrupted_leaves_the_queue() -> None:
    """By a signal, for one."""

    class Interrupted(StoppedClock):
        def sleep(self, event: "Future[None]", seconds: float) -> None:
            del event, seconds
            raise KeyboardInterrupt

    limiter = Interrupted().of(RateLimiter(requests_per_second=1))
    limiter.acquire()

    with pytest.raises(KeyboardInterrupt):
        limiter.acquire()

    assert limiter.waiting == 0


def test_a_call_that_ends_sooner_lets_the_next_begin() -> None:
    """Who waits for tokens that turn out to be unused is woken at once."""
    limiter = StoppedClock().of(RateLimiter(tokens_per_minute=1_000))
    call = question()
    passed = threading.Event()
    with Admission(Client("sk_a", rate_limiter=limiter), call) as attempt:
        waiting = threading.Thread(target=lambda: (limiter.acquire(100), passed.set()))
        waiting.start()
        while not limiter.waiting:
            passed.wait(0.001)
        attempt.record(Reply(headers={"x-cache": "HIT"}))

    waiting.join(10)
    assert passed.is_set()


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


def test_copies_share_the_limit_and_a_pickle_has_its_own() -> None:
    """A copy and a deep copy are the same limiter; a stored one has the same options."""
    limiter = RateLimiter(requests_per_second=4, window=2, transit=1, timeout=7)
    stored = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - our own

    assert copy.copy(limiter) is copy.deepcopy([limiter])[0] is limiter
    assert (stored.limits, stored._timeout) == (limiter.limits, 7)
    assert stored._queue is not limiter._queue


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_waits_for_nobody_of_its_parent() -> None:
    """Threads that waited in the parent are not in the child's queue."""
    clock = StoppedClock()
    limiter = clock.of(RateLimiter(requests_per_second=1))
    limiter.acquire()
    waiting = threading.Thread(target=limiter.acquire)
    waiting.start()
    while not limiter.waiting:
        waiting.join(0.001)

    child = os.fork()
    if not child:
        os._exit(0 if limiter.acquire(blocking=False) else 1)
    _, code = os.waitpid(child, 0)

    clock.moment += 1
    limiter._wake_first()
    waiting.join(10)
    assert code == 0


def enter(limiter: RateLimiter | HeldTurn, colour: str = "sync") -> Waiter:
    return limiter.enter() if colour == "sync" else asyncio.run(limiter.aenter())


@COLOURS
def test_the_first_attempt_takes_the_turn_that_was_acquired(colour: str) -> None:
    """What it used is counted for it; a second attempt, and another client, wait for their own."""
    clock = StoppedClock()
    limiter = clock.of(RateLimiter(requests_per_second=100, tokens_per_minute=1_000, timeout=0))
    limiter.acquire(600)
    call = limiter.for_acquired_call()

    turn = enter(call, colour)
    assert limiter.under_way == 1
    limiter.leave(turn, 900, None)
    assert limiter.under_way == 0
    assert not limiter.acquire(200, blocking=False)
    assert limiter.acquire(100, blocking=False)
    for other in (call, limiter):
        with pytest.raises(RateLimitError):
            enter(other, colour)


def test_a_turn_that_was_acquired_long_ago_is_none() -> None:
    """It counts no more: the attempt waits for a new one."""
    clock = StoppedClock()
    limiter = clock.of(RateLimiter(requests_per_second=1, timeout=0))
    limiter.acquire()
    clock.moment += 1.0
    enter(limiter)

    with pytest.raises(RateLimitError):
        enter(limiter.for_acquired_call())


def test_what_limits_nothing_is_refused() -> None:
    """Bad numbers are found when a limiter is made, a limiter of others when a client is."""
    with pytest.raises(InvalidInputError, match="timeout is seconds"):
        RateLimiter(timeout=-1, tokens_per_minute=1)
    with pytest.raises(InvalidInputError, match="rate_limiter is a RateLimiter"):
        Client(rate_limiter=threading.Semaphore(1))  # type: ignore[arg-type] # on purpose


def test_it_shows_its_limits() -> None:
    """Those that were set, and no key."""
    assert repr(RateLimiter(tokens_per_minute=5_000)) == (
        "RateLimiter(window=1.0, tokens_per_minute=5000)"
    )
    assert RateLimiter.edge().limits.requests == 95
    assert math.isclose(RateLimiter.edge().limits.period, 10)


def test_the_real_clock_waits_for_time_and_for_events() -> None:
    """Both colours wake at the event, and without one when the time is over."""
    clock, event, never = Clock(), Future[None](), Future[None]()
    event.set_result(None)

    async def wait() -> None:
        await clock.asleep(event, math.inf)
        await clock.asleep(never, 0.001)

    clock.sleep(event, math.inf)
    clock.sleep(never, 0.001)
    asyncio.run(wait())

    assert not never.done()


def test_in_a_crowd_every_call_has_its_turn() -> None:
    """Threads and loops at once, coroutines that give up among them, by the real clock."""
    limiter = RateLimiter(requests_per_second=2_000, window=0.05)
    passed: list[int] = []

    def in_thread() -> None:
        passed.append(sum(limiter.acquire() for _ in range(40)))

    async def once() -> None:
        passed.append(await limiter.aacquire())

    async def on_a_loop() -> int:
        tasks = [asyncio.create_task(once()) for _ in range(120)]
        await asyncio.sleep(0.01)
        for task in tasks[::3]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return sum(task.cancelled() for task in tasks)

    with ThreadPoolExecutor(8) as threads:
        blocking = [threads.submit(in_thread) for _ in range(6)]
        loops = [threads.submit(asyncio.run, on_a_loop()) for _ in range(2)]
        for job in blocking:
            job.result(60)
        gone = sum(job.result(60) for job in loops)

    assert sum(passed) == 6 * 40 + 2 * 120 - gone
    assert (limiter.waiting, limiter.under_way) == (0, 0)
