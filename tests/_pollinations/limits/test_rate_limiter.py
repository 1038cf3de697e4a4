"""Threads, coroutines and processes wait for their turn, whatever storage they share."""

import asyncio
import copy
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from clocks import StoppedClock
from colours import COLOURS
from hello import question
from own_process import forked, forks

from _pollinations.http.admission import Admission
from _pollinations.http.client import Client
from _pollinations.http.errors import (
    APIConnectionError,
    InvalidInputError,
    InvalidRequestError,
    PollinationsError,
    RateLimitError,
)
from _pollinations.limits.rate_limiter import AcquiredCall, RateLimiter

EDGE = "Too many requests from this IP. Please slow down."
Pair = Callable[..., tuple[RateLimiter, RateLimiter]]


def attempt(limiter: RateLimiter | AcquiredCall) -> Admission:
    """An attempt of a call that is not sent."""
    return Admission(Client("sk_a", rate_limiter=limiter), question())


def fail(limiter: RateLimiter, error: BaseException) -> None:
    """Let an attempt end with an error."""
    with pytest.raises(type(error)), attempt(limiter):
        raise error


def acquired(limiter: RateLimiter, colour: str, *, blocking: bool = True) -> bool:
    if colour == "sync":
        return limiter.acquire(blocking=blocking)
    return asyncio.run(limiter.aacquire(blocking=blocking))


def passes(limiter: RateLimiter, tokens: int = 0) -> bool:
    """Whether a call may begin now."""
    return limiter.acquire(tokens, blocking=False)


@COLOURS
def test_limiters_share_their_limit(pair: Pair, stopped: StoppedClock, colour: str) -> None:
    """In either colour, waiting or not."""
    one, other = pair(requests_per_second=2, timeout=0)
    assert acquired(one, colour)
    assert acquired(other, colour)

    with pytest.raises(RateLimitError, match="No turn"):
        acquired(one, colour)
    assert not acquired(other, colour, blocking=False)
    stopped.moment += 1
    assert [acquired(other, colour, blocking=False) for _ in range(3)] == [True, True, False]


def test_threads_share_the_limit(pair: Pair) -> None:
    """Of a hundred at once, as many pass as may."""
    one, _ = pair(requests_per_second=50)
    with ThreadPoolExecutor(20) as threads:
        passed = [threads.submit(passes, one) for _ in range(100)]

    assert sum(job.result() for job in passed) == 50


def test_a_limit_of_the_caller_stops_all_processes(pair: Pair, stopped: StoppedClock) -> None:
    """Within a moment."""
    one, other = pair(requests_per_second=9)
    fail(one, RateLimitError(EDGE, status=429, retry_after=7))
    threading.Event().wait(0.2)  # a thread writes it
    stopped.moment += 6.9
    assert not passes(one)
    assert not passes(other)

    stopped.moment += 0.2
    assert passes(other)


def refused(message: str = EDGE, **facts: Any) -> RateLimitError:
    return RateLimitError(message, status=429, **facts)


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (refused(code="RATE_LIMITED"), 10.0),
        (refused("Rate limit exceeded", retry_after=4.0, key_kind="publishable"), 4.0),
        (refused("Rate limit exceeded", retry_after=500.0, key_kind="publishable"), 60.0),
        (refused("busy", code="concurrency_limit_exceeded", retry_after=1.0), 1.0),
        (refused("azure-openai error: 429", code="RATE_LIMITED"), 0.0),
        (InvalidRequestError("no", status=400), 0.0),
        (APIConnectionError("gone"), 0.0),
        (KeyboardInterrupt(), 0.0),
    ],
)
def test_only_a_limit_of_the_caller_stops_everybody(
    error: BaseException, pause: float, stopped: StoppedClock
) -> None:
    """The gateway's own limits let all wait; a provider's busy model only that call."""
    limiter = stopped.of(RateLimiter(requests_per_second=100))
    fail(limiter, error)

    stopped.moment += pause - 0.01
    assert passes(limiter) == (not pause)
    stopped.moment += 0.02
    assert passes(limiter)


def test_an_answer_makes_the_next_pause_short(stopped: StoppedClock) -> None:
    """Each is twice as long as the last, until the gateway answers again."""
    limiter = stopped.of(RateLimiter(requests_per_second=100, timeout=0))
    for pause in (10, 20):
        fail(limiter, refused())
        stopped.moment += pause
    with attempt(limiter):
        pass
    fail(limiter, refused())
    stopped.moment += 10

    assert passes(limiter)


def test_used_tokens_reach_the_other_limiter(pair: Pair) -> None:
    """With the next request of the one that used them."""
    one, other = pair(tokens_per_minute=1_000)
    with attempt(one) as begun:
        assert not passes(other, 1)
        begun.tokens = 100
    assert passes(one, 100)

    assert passes(other, 800)
    assert not passes(other, 1)


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (InvalidRequestError("no", status=400), 2_000),
        (refused("busy", code="RATE_LIMITED"), 2_000),
        (APIConnectionError("gone"), 1_000),
        (ValueError("ours"), 1_000),
        (PollinationsError("without a status"), 1_000),
        (PollinationsError("no JSON", status=200), 1_000),
    ],
)
def test_what_is_refused_used_nothing(
    error: BaseException, left: int, stopped: StoppedClock
) -> None:
    """A refusal gives its tokens back; what got lost on the way counts as expected."""
    limiter = stopped.of(RateLimiter(tokens_per_minute=2_000))
    fail(limiter, error)

    assert passes(limiter, left)
    assert not passes(limiter, 1)


async def test_a_cancelled_coroutine_leaves_the_queue(pair: Pair, stopped: StoppedClock) -> None:
    """Whoever is behind it takes its turn, at the head of the queue and in its middle."""
    limiter, _ = pair(requests_per_second=1)
    assert await limiter.aacquire(blocking=False)
    tasks = [asyncio.create_task(limiter.aacquire()) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert limiter.waiting == 3
    assert not await limiter.aacquire(blocking=False)  # before others it is no turn either

    tasks[1].cancel()
    tasks[0].cancel()
    stopped.moment += 1.0

    assert await tasks[2]
    assert limiter.waiting == 0
    assert [task.cancelled() for task in tasks] == [True, True, False]


def test_a_thread_that_is_interrupted_leaves_nothing_behind() -> None:
    """By a signal, for one."""

    class Interrupted(StoppedClock):
        def sleep(self, seconds: float) -> None:
            del seconds
            raise KeyboardInterrupt

    clock = Interrupted()
    limiter = clock.of(RateLimiter(requests_per_second=1))
    limiter.acquire()

    with pytest.raises(KeyboardInterrupt):
        limiter.acquire()

    assert limiter.waiting == 0
    clock.moment += 1
    assert passes(limiter)


def test_a_pickle_has_a_limit_of_its_own_or_the_same_storage(storage: str | None) -> None:
    """With the same options; a copy is the same limiter."""
    limiter = RateLimiter(requests_per_second=0.001, window=2, timeout=7, storage=storage)
    stored = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - our own

    assert copy.copy(limiter) is copy.deepcopy([limiter])[0] is limiter
    assert (stored.limits, stored._timeout) == (limiter.limits, 7)
    assert passes(limiter)
    assert passes(stored) == (storage is None)


@forks
def test_a_forked_process_waits_for_nobody_of_its_parent(stopped: StoppedClock) -> None:
    """Threads that waited in the parent are not in the child's queue."""
    limiter = stopped.of(RateLimiter(requests_per_second=1))
    limiter.acquire()
    waiting = threading.Thread(target=limiter.acquire)
    waiting.start()
    while not limiter.waiting:
        waiting.join(0.001)

    def pass_alone() -> None:
        assert passes(limiter)
        assert not limiter.waiting

    child = forked(pass_alone)
    child.join(5)

    stopped.moment += 1
    waiting.join(10)
    assert child.exitcode == 0


def enter(limiter: RateLimiter | AcquiredCall, colour: str = "sync") -> Admission:
    """Let an attempt begin."""
    admission = attempt(limiter)
    if colour == "sync":
        return admission.__enter__()
    return asyncio.run(admission.__aenter__())


@COLOURS
def test_the_first_attempt_takes_the_turn_that_was_acquired(pair: Pair, colour: str) -> None:
    """What it used is counted for it; a second attempt, and another client, wait for their own."""
    limiter, other = pair(requests_per_second=1, window=100, tokens_per_minute=1_000, timeout=0)
    limiter.acquire(600)
    call = limiter.for_acquired_call()

    begun = enter(call, colour)
    assert limiter.under_way == 1
    begun.tokens = 900
    begun.__exit__(None, None, None)
    assert limiter.under_way == 0
    assert not passes(limiter, 200)
    assert passes(limiter, 100)
    for another in (call, limiter, other):
        with pytest.raises(RateLimitError):
            enter(another, colour)


def test_a_turn_that_was_acquired_counts_from_when_it_is_taken(
    pair: Pair, stopped: StoppedClock
) -> None:
    """Its request is sent then; a turn that counts no more is none."""
    limiter, _ = pair(requests_per_second=1, timeout=0)
    limiter.acquire()
    stopped.moment += 0.9
    enter(limiter.for_acquired_call())
    stopped.moment += 0.9
    assert not passes(limiter)
    stopped.moment += 0.1
    limiter.acquire()
    stopped.moment += 1.0
    enter(limiter)

    with pytest.raises(RateLimitError):
        enter(limiter.for_acquired_call())


def test_requests_per_minute_are_counted_over_a_minute() -> None:
    """They take the place of the rate per second and of its window."""
    limits = RateLimiter(requests_per_minute=5, tokens_per_minute=9).limits

    assert (limits.requests, limits.period, limits.tokens_per_minute) == (5, 60, 9)
    for options in ({"requests_per_second": 1}, {"window": 2}):
        with pytest.raises(InvalidInputError, match="replaces"):
            RateLimiter(requests_per_minute=5, **options)
    for wrong in (0, -1, "5"):
        with pytest.raises(InvalidInputError, match="requests_per_minute is a number above 0"):
            RateLimiter(requests_per_minute=wrong)


def test_what_limits_nothing_is_refused() -> None:
    """Bad numbers are found when a limiter is made, a limiter of others when a client is."""
    with pytest.raises(InvalidInputError, match="timeout is seconds"):
        RateLimiter(timeout=-1, tokens_per_minute=1)
    with pytest.raises(InvalidInputError, match="rate_limiter is a RateLimiter"):
        Client(rate_limiter=threading.Semaphore(1))  # type: ignore[arg-type] # on purpose


def test_in_a_crowd_every_call_has_its_turn(storage: str | None) -> None:
    """Threads and loops at once, coroutines that give up among them, by the real clock."""
    limiter = RateLimiter(requests_per_second=2_000, window=0.05, storage=storage)
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
