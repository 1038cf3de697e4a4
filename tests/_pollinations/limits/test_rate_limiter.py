import asyncio
import copy
import gc
import math
import os
import pickle
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import pytest

from _pollinations.chat.completions import body, complete, stream
from _pollinations.chat.reply import Reply
from _pollinations.http.attempt import Attempt
from _pollinations.http.call import Call, Used
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import NO_TURN, InvalidInputError, PollinationsError, RateLimitError
from _pollinations.http.many import asend_all, send_all
from _pollinations.http.retry import Retry
from _pollinations.limits.rate_limiter import Clock, OfOneCall, RateLimiter, Turn
from _pollinations.models.catalog import Model
from _pollinations.models.fallback import ChatFallback
from _pollinations.models.methods import TEXT, Methods
from _pollinations.models.prices import Prices
from pollinations_sandbox import Fault, Sandbox

T = TypeVar("T")

COLOURS = ("sync", "async")


class Leaping(Protocol):
    """The clock of `conftest.py`."""

    busy: Callable[[], object]

    def now(self) -> float: ...
    def __call__(self) -> float: ...


def question(number: int = 0) -> Call[Reply]:
    return complete(body([{"role": "user", "content": "Hi"}], {"model": "openai", "seed": number}))


def fallback(text: str, *models: str, known: Sequence[Model] = ()) -> ChatFallback[Call[Reply]]:
    """The same of several models."""
    messages: list[Any] = [{"role": "user", "content": text}]
    methods = Methods(TEXT, lambda model, _: body(messages, {"model": model}), {}, lambda _: True)
    return ChatFallback(models, methods, complete, known=known)


def ask_all(colour: str, calls: Sequence[Call[T]], **settings: Any) -> list[T]:
    """Send all at once."""
    if colour == "sync":
        return send_all(Client(**settings), calls, len(calls))

    async def ask() -> list[T]:
        return await asend_all(AsyncClient(**settings), calls, len(calls))

    return asyncio.run(ask())


def reach(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, **settings}


def statuses(sandbox: Sandbox) -> Counter[int]:
    return Counter(record.status for record in sandbox.requests)


@pytest.mark.parametrize("colour", COLOURS)
def test_two_hundred_calls_at_once_all_pass_the_edge(
    colour: str, edge: Sandbox, clock: Leaping
) -> None:
    """With `RateLimiter.edge()`, the gateway refuses none of 200 parallel calls."""
    limiter = RateLimiter.edge(clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way
    start = clock.now()

    answers = ask_all(colour, [question()] * 200, **reach(edge, rate_limiter=limiter))

    assert len(answers) == 200
    assert statuses(edge) == {200: 200}
    assert 20 <= clock.now() - start < 25
    assert (limiter.waiting, limiter.under_way) == (0, 0)


@pytest.mark.parametrize("colour", COLOURS)
def test_without_a_limiter_many_are_refused(colour: str, edge: Sandbox) -> None:
    """The edge of these tests is the real thing: it refuses who does not wait."""
    with pytest.raises(RateLimitError):
        ask_all(colour, [question()] * 200, **reach(edge, retry=Retry(max_retries=0)))

    assert statuses(edge)[429] > 0


def test_threads_and_event_loops_share_one_limit(edge: Sandbox, clock: Leaping) -> None:
    """Two loops and a pool of threads, each with clients of its own, wait in one queue."""
    limiter = RateLimiter.edge(clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way

    def ask(colour: str) -> int:
        return len(ask_all(colour, [question()] * 70, **reach(edge, rate_limiter=limiter)))

    with ThreadPoolExecutor(3) as threads:
        assert sum(threads.map(ask, ["async", "sync", "async"])) == 210

    assert statuses(edge) == {200: 210}


@pytest.mark.parametrize("colour", COLOURS)
def test_each_attempt_waits_for_its_turn(colour: str, edge: Sandbox, clock: Leaping) -> None:
    """A retry is a request too."""
    limiter = RateLimiter(requests_per_second=1, clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way
    edge.fail(Fault.status(503, times=2))
    start = clock.now()

    patient = Retry(max_retries=2, backoff=0.001)
    ask_all(colour, [question()], **reach(edge, rate_limiter=limiter, retry=patient))

    assert len(edge.requests) == 3
    assert clock.now() - start == 2


@pytest.mark.parametrize("colour", COLOURS)
def test_a_refusal_of_the_edge_stops_everybody(colour: str, clock: Leaping) -> None:
    """Where others use up the address's limit, all calls pause together instead of hammering."""
    limiter = RateLimiter(requests_per_second=1000, clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way
    with Sandbox(edge_limit=(10, 10.0), clock=clock) as sandbox:
        patient = Retry(max_retries=5, backoff=0.001)
        calls = [question()] * 30

        ask_all(colour, calls, **reach(sandbox, rate_limiter=limiter, retry=patient))

        # At most 20 of the first storm and 10 of the second; whoever comes later waits unsent.
        found = statuses(sandbox)
        assert found[200] == 30
        assert 1 <= found[429] <= 30


def tell(colour: str, seconds: float, **settings: Any) -> None:
    """Stream one answer to its end, or leave it after its first piece."""
    call = stream(body([{"role": "user", "content": "Count."}], {"model": "openai"}))
    if colour == "sync":
        for _ in Client(**settings).stream(call):
            if seconds:
                break
        return

    async def ask() -> None:
        async with aclosing(AsyncClient(**settings).stream(call)) as items:
            async for _ in items:
                if seconds:
                    break

    asyncio.run(ask())


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("streamed", [True, False])
def test_tokens_that_were_used_count_for_a_minute(
    colour: str, streamed: bool, edge: Sandbox, clock: Leaping
) -> None:
    """Whole answers and streams tell the limiter their tokens."""
    limiter = RateLimiter(tokens_per_minute=10_000, clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way
    settings = reach(edge, rate_limiter=limiter)

    if streamed:
        tell(colour, 0, **settings)
    else:
        ask_all(colour, [question()], **settings)

    counted = limiter._queue.gate._tokens._sum
    assert 0 < counted < 1_000
    if streamed:
        tell(colour, 0, **settings)  # from the gateway's cache, which is free
        assert limiter._queue.gate._tokens._sum == counted


@pytest.mark.parametrize("colour", COLOURS)
def test_a_stream_that_is_left_gives_its_place_back(colour: str, edge: Sandbox) -> None:
    """Nothing stays under way when the reader goes."""
    limiter = RateLimiter.edge()

    tell(colour, 1, **reach(edge, rate_limiter=limiter))
    gc.collect()

    assert limiter.under_way == 0


@pytest.mark.parametrize("colour", COLOURS)
def test_a_publishable_key_is_never_refused(colour: str, edge: Sandbox, clock: Leaping) -> None:
    """Calls of a `pk_` key begin when the last is paid off, if the catalogue knows the price."""
    limiter = RateLimiter.edge(pollen_per_hour=1, clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way
    settings = reach(edge, api_key="pk_slow", rate_limiter=limiter)
    price = Decimal("0.0001")  # of a token: every call costs more than the sandbox's 0.001
    known = [Model(name="openai", prices=Prices(prompt=price, completion=price))]

    start = clock.now()
    if colour == "sync":
        client = Client(**settings)
        with ThreadPoolExecutor(5) as threads:
            list(
                threads.map(
                    lambda number: client.send(fallback(f"{number}?", "openai", known=known)),
                    range(5),
                )
            )
    else:

        async def ask() -> None:
            asker = AsyncClient(**settings)
            await asyncio.gather(
                *(asker.send(fallback(f"{n}?", "openai", known=known)) for n in range(5))
            )

        asyncio.run(ask())

    assert statuses(edge) == {200: 5}
    assert clock.now() - start >= 4 * 3.6


def test_a_publishable_key_without_prices_learns_from_refusals(
    edge: Sandbox, clock: Leaping
) -> None:
    """Without the catalogue, one refusal tells everybody how long to wait."""
    limiter = RateLimiter(pollen_per_hour=1, clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way
    settings = reach(edge, api_key="pk_slow", rate_limiter=limiter)
    client = Client(**settings, retry=Retry(max_retries=0))
    client.send(question(1))

    with pytest.raises(RateLimitError) as caught:
        client.send(question(2))
    client.send(question(3))

    assert caught.value.retry_after == 4
    assert statuses(edge) == {200: 2, 429: 1}


class Stopped(Clock):
    """Time that a test moves; sleepers wait for signs alone."""

    moment = 0.0

    def now(self) -> float:
        return self.moment

    def sleep(self, sign: "Future[None]", seconds: float) -> None:
        del seconds
        sign.result(10)

    async def asleep(self, sign: "Future[None]", seconds: float) -> None:
        del seconds
        await asyncio.wait_for(asyncio.wrap_future(sign), 10)


async def test_a_cancelled_coroutine_gives_its_place_back() -> None:
    """Whoever is behind it takes its turn, at the head of the queue and in its middle."""
    clock = Stopped()
    limiter = RateLimiter(requests_per_second=1, clock=clock)
    assert limiter.acquire(blocking=False)
    tasks = [asyncio.create_task(limiter.aacquire()) for _ in range(3)]
    await asyncio.sleep(0)
    assert limiter.waiting == 3

    clock.moment = 1.0
    tasks[1].cancel()
    tasks[0].cancel()

    assert await tasks[2]
    assert limiter.waiting == 0
    assert [task.cancelled() for task in tasks] == [True, True, False]


def test_a_thread_that_is_interrupted_gives_its_place_back() -> None:
    """A signal that ends the wait ends the place too."""

    class Interrupted(Stopped):
        def sleep(self, sign: "Future[None]", seconds: float) -> None:
            del sign, seconds
            raise KeyboardInterrupt

    limiter = RateLimiter(requests_per_second=1, clock=Interrupted())
    limiter.acquire()

    with pytest.raises(KeyboardInterrupt):
        limiter.acquire()

    assert limiter.waiting == 0


def test_a_call_that_ends_sooner_lets_the_next_begin() -> None:
    """Who waits for tokens that turn out to be unused is woken at once."""
    limiter = RateLimiter(tokens_per_minute=1_000, clock=Stopped())
    call = question()
    passed = threading.Event()
    with Attempt(limiter, (), call) as attempt:
        waiting = threading.Thread(target=lambda: (limiter.acquire(100), passed.set()))
        waiting.start()
        while not limiter.waiting:
            passed.wait(0.001)
        attempt.seen(Reply(headers={"x-cache": "HIT"}))

    waiting.join(10)
    assert passed.is_set()


def test_in_a_loop_and_in_a_thread_the_order_is_that_of_arrival() -> None:
    """Coroutines and threads take turns as they came."""
    clock = Stopped()
    limiter = RateLimiter(requests_per_second=1, clock=clock)
    limiter.acquire()
    turns: list[str] = []

    def in_thread(name: str) -> None:
        limiter.acquire()
        turns.append(name)

    async def in_loop(name: str) -> None:
        await limiter.aacquire()
        turns.append(name)

    threads = []
    for number in range(4):
        name = str(number)
        target = (
            (lambda name=name: in_thread(name))
            if number % 2
            else (lambda name=name: asyncio.run(in_loop(name)))
        )
        threads.append(threading.Thread(target=target))
        threads[-1].start()
        while limiter.waiting <= number:
            threads[-1].join(0.001)
    for number in range(4):
        clock.moment += 1.0
        limiter._queue._call_first()
        while len(turns) <= number:
            threads[number].join(0.001)

    assert turns == ["0", "1", "2", "3"]


@pytest.mark.parametrize("colour", COLOURS)
def test_who_waits_too_long_is_told(colour: str, edge: Sandbox, clock: Leaping) -> None:
    """After `timeout` seconds there is a typed error, nothing was sent, and nothing is retried."""
    limiter = RateLimiter(requests_per_second=0.1, timeout=5, clock=clock)  # type: ignore[arg-type] # it is one
    clock.busy = lambda: limiter.under_way
    settings = reach(edge, rate_limiter=limiter)
    ask_all(colour, [question()], **settings)

    with pytest.raises(RateLimitError, match="No turn within 5 s") as caught:
        ask_all(colour, [question()], **settings)

    assert caught.value.code == NO_TURN
    assert caught.value.retry_after == pytest.approx(10)
    assert len(edge.requests) == 1
    assert limiter.waiting == 0


def test_another_model_is_no_way_around_a_timeout(edge: Sandbox, clock: Leaping) -> None:
    """A call whose turn did not come is not sent to the next model either."""
    limiter = RateLimiter(requests_per_second=0.1, timeout=1, clock=clock)  # type: ignore[arg-type] # it is one
    client = Client(**reach(edge, rate_limiter=limiter))
    client.send(question())
    call = fallback("Hi", "openai", "mistral")

    with pytest.raises(RateLimitError):
        client.send(call)

    assert [failed.model for failed in call.failed] == ["openai"]


def test_a_turn_that_is_not_there_can_be_left_alone() -> None:
    """Without blocking, the answer is whether the request may be sent now."""
    limiter = RateLimiter(requests_per_second=2, clock=Stopped())

    assert [limiter.acquire(blocking=False) for _ in range(3)] == [True, True, False]
    assert limiter.waiting == 0


async def test_a_coroutine_need_not_block_either() -> None:
    """The same without a thread."""
    limiter = RateLimiter(requests_per_second=2, clock=Stopped())

    assert [await limiter.aacquire(blocking=False) for _ in range(3)] == [True, True, False]


def test_copies_share_the_limit() -> None:
    """A copy, a deep copy and one that was stored are the same limiter."""
    limiter = RateLimiter(requests_per_second=4)
    stored = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - our own

    for other in (copy.copy(limiter), copy.deepcopy(limiter), stored):
        assert other == limiter
        assert hash(other) == hash(limiter)
    assert [each.acquire(blocking=False) for each in (limiter, stored) * 3] == [True] * 4 + [
        False
    ] * 2
    assert limiter != RateLimiter(requests_per_second=4)


def test_a_process_has_a_limiter_of_its_own() -> None:
    """What is loaded elsewhere has the same limits, and an empty queue."""
    limiter = RateLimiter.edge(timeout=7, pollen_per_hour=1)
    code = (
        "import pickle, sys; limiter = pickle.load(sys.stdin.buffer); "
        "print(limiter, limiter._queue.timeout)"
    )

    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", code], input=pickle.dumps(limiter), capture_output=True, check=True
    )

    assert done.stdout.decode().split() == [*repr(limiter).split(), "7"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_waits_for_nobody_of_its_parent() -> None:
    """Threads that waited in the parent are not in the child's queue."""
    limiter = RateLimiter(requests_per_second=1, clock=Stopped())
    limiter.acquire()
    waiting = threading.Thread(target=limiter.acquire)
    waiting.start()
    while not limiter.waiting:
        waiting.join(0.001)

    child = os.fork()
    if not child:
        os._exit(0 if limiter.acquire(blocking=False) else 1)
    _, code = os.waitpid(child, 0)

    limiter._queue.clock.moment = 1.0  # type: ignore[attr-defined] # the clock above
    limiter._queue._call_first()
    waiting.join(10)
    assert code == 0


def enter(limiter: RateLimiter | OfOneCall, colour: str) -> Turn:
    turn = limiter.turn()
    if colour == "sync":
        turn.enter()
    else:
        asyncio.run(turn.aenter())
    return turn


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_the_first_attempt_takes_the_turn_that_was_acquired(colour: str) -> None:
    """What it used is counted for it; a second attempt, and another client, wait for their own."""
    clock = Stopped()
    limiter = RateLimiter(requests_per_second=100, tokens_per_minute=1_000, timeout=0, clock=clock)
    limiter.acquire(600)
    call = limiter.of_one_call()

    turn = enter(call, colour)
    assert limiter.under_way == 1
    turn.end(used=Used(tokens=900), error=None)
    assert limiter.under_way == 0
    assert not limiter.acquire(200, blocking=False)
    assert limiter.acquire(100, blocking=False)
    for other in (call, limiter):
        with pytest.raises(RateLimitError):
            enter(other, colour)


def test_a_turn_that_was_acquired_long_ago_is_none() -> None:
    """It counts no more: the attempt waits for a new one."""
    clock = Stopped()
    limiter = RateLimiter(requests_per_second=1, clock=clock, timeout=0)
    limiter.acquire()
    clock.moment += 1.0
    enter(limiter, "sync")

    with pytest.raises(RateLimitError):
        enter(limiter.of_one_call(), "sync")


def test_a_call_whose_turn_was_acquired_keeps_others_out_until_it_is_paid() -> None:
    """With a limit of pollen, no other call begins between `acquire` and the request."""
    limiter = RateLimiter(pollen_per_hour=3600, clock=Stopped())
    limiter.acquire()
    assert not limiter.acquire(blocking=False)

    turn = enter(limiter.of_one_call(), "sync")
    assert not limiter.acquire(blocking=False)
    turn.end(used=Used(pollen=0.0), error=None)

    assert limiter.acquire(blocking=False)


@pytest.mark.parametrize("said", [{}, {"requests_per_second": 0}, {"timeout": -1}])
def test_a_limiter_that_limits_nothing_is_refused(said: dict[str, float]) -> None:
    """Bad numbers are found when it is made."""
    said = {"tokens_per_minute": 1.0, **said} if "timeout" in said else said

    with pytest.raises(InvalidInputError):
        RateLimiter(**said)  # type: ignore[arg-type] # on purpose


def test_a_client_takes_no_limiter_of_others() -> None:
    """What cannot wait at the client is refused when the client is made."""
    with pytest.raises(InvalidInputError, match="rate_limiter is a RateLimiter"):
        Client(rate_limiter=threading.Semaphore(1))  # type: ignore[arg-type] # on purpose


def test_it_tells_its_limits() -> None:
    """The representation has what was said, and no key."""
    assert repr(RateLimiter(tokens_per_minute=5_000)) == (
        "RateLimiter(window=1.0, transit=0.0, tokens_per_minute=5000)"
    )
    assert RateLimiter.edge().limits.requests == 95
    assert math.isclose(RateLimiter.edge().limits.period, 10)


def test_the_real_clock_waits_for_time_and_for_signs() -> None:
    """Both colours wake at the sign, and without one when the time is over."""
    clock, sign, never = Clock(), Future[None](), Future[None]()
    sign.set_result(None)

    async def wait() -> None:
        await clock.asleep(sign, math.inf)
        await clock.asleep(never, 0.001)

    clock.sleep(sign, math.inf)
    clock.sleep(never, 0.001)
    asyncio.run(wait())

    assert not never.done()


@pytest.mark.parametrize("colour", COLOURS)
def test_failures_end_the_place_too(colour: str, edge: Sandbox) -> None:
    """A call that is refused is under way no longer."""
    limiter = RateLimiter.edge()
    edge.fail(Fault.status(400))

    with pytest.raises(PollinationsError):
        ask_all(colour, [question()], **reach(edge, rate_limiter=limiter))

    assert limiter.under_way == 0


def test_in_a_crowd_nobody_is_forgotten() -> None:
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
