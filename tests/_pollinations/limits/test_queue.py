import heapq
import math
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _pollinations.http.errors import (
    APIConnectionError,
    InvalidInputError,
    InvalidRequestError,
    PollinationsError,
    RateLimitError,
)
from _pollinations.limits.queue import NEVER, USUAL_TOKENS, Limits, Queue, Waiter

EDGE = "Too many requests from this IP. Please slow down."
SOON = 1e-6


@dataclass(eq=False)
class Visit:
    """One call of a simulated day: when it comes, and what becomes of it."""

    at: float
    arrives: float = 0.0
    takes: float = 0.0
    used: int | None = None
    gives_up: float = math.inf
    waiter: Waiter = field(default_factory=Waiter)
    begun: float | None = None
    ended: float = math.inf


def joined(queue: Queue, waiter: Waiter | None = None) -> Waiter:
    """One more in the queue."""
    waiter = waiter or Waiter()
    queue.join(waiter)
    return waiter


def play(limits: Limits, visits: Iterable[Visit]) -> list[Visit]:
    """Let a day pass at a queue; who began is given back, in the order of the turns."""
    queue = Queue(limits)
    number = iter(range(10**6))
    events: list[tuple[float, int, str, Any]] = []

    def later(moment: float, what: str, visit: Visit | None = None) -> None:
        heapq.heappush(events, (moment, next(number), what, visit))

    mine = {}
    for visit in sorted(visits, key=lambda each: each.at):
        later(visit.at, "enter", visit)
        mine[visit.waiter] = visit
    turns: list[Visit] = []
    while events:
        now, _, what, visit = heapq.heappop(events)
        if what == "enter":
            queue.join(visit.waiter)
            if visit.gives_up < math.inf:
                later(now + visit.gives_up, "leave", visit)
        elif what == "leave" and visit.begun is None:
            queue.cancel(visit.waiter)
        elif what == "end":
            visit.ended = now
            queue.end(visit.waiter, now, visit.used)
        while first := queue.first:
            seconds = queue.begin(first, now)
            if seconds:
                later(now + seconds, "look")
                break
            turn = mine[first]
            turn.begun = now
            turns.append(turn)
            later(now + turn.takes, "end", turn)
    assert (queue.waiting, queue.under_way) == (0, 0)
    return turns


def most_in(moments: list[float], period: float) -> int:
    """The largest number of moments in a stretch of time that is a little shorter than this."""
    moments = sorted(moments)
    return max(
        (sum(1 for other in moments if 0 <= other - start < period - SOON) for start in moments),
        default=0,
    )


seconds = st.floats(0, 30).map(lambda value: round(value, 3))
patience = st.one_of(st.just(math.inf), seconds)


@given(
    st.lists(st.tuples(seconds, seconds, patience), max_size=60),
    st.sampled_from([0.1, 0.7, 1.0, 2.5, 9.5]),
    st.sampled_from([0.5, 1.0, 10.0]),
)
def test_no_period_sees_more_requests_than_it_may(
    visits: list[tuple[float, float, float]], rate: float, window: float
) -> None:
    """However calls come, last and give up, no stretch of a period has too many beginnings."""
    limits = Limits(requests_per_second=rate, window=window)

    turns = play(limits, [Visit(at, takes=takes, gives_up=left) for at, takes, left in visits])

    assert most_in([turn.begun or 0.0 for turn in turns], limits.period) <= limits.requests
    assert limits.requests / limits.period == pytest.approx(rate)


@given(st.lists(st.tuples(seconds, st.floats(0, 2), seconds), max_size=60))
def test_late_requests_do_not_meet_early_ones(visits: list[tuple[float, float, float]]) -> None:
    """With requests up to `transit` on their way, the gateway sees no more than it may either."""
    limits = Limits(requests_per_second=1, window=10, transit=2)

    turns = play(limits, [Visit(at, way, way + takes) for at, way, takes in visits])

    assert most_in([(turn.begun or 0) + turn.arrives for turn in turns], 10) <= 10


@pytest.mark.parametrize(("takes", "begins"), [(0.5, 10.5), (2.0, 12.0), (30.0, 12.0)])
def test_an_answer_proves_that_its_request_arrived(takes: float, begins: float) -> None:
    """A request counts a period from its answer, or from when it arrived at the latest."""
    limits = Limits(requests_per_second=0.2, window=10, transit=2)

    turns = play(limits, [Visit(0.0, takes=takes) for _ in range(4)])

    assert [turn.begun for turn in turns] == [0, 0, begins, begins]


@given(st.lists(st.tuples(seconds, patience), max_size=40))
def test_nobody_starves_and_nobody_jumps_the_queue(visits: list[tuple[float, float]]) -> None:
    """All who do not give up have their turn, in the order in which they came."""
    day = [Visit(at, gives_up=left) for at, left in visits]

    turns = play(Limits(requests_per_second=3), day)

    came = sorted(day, key=lambda visit: visit.at)
    assert turns == [visit for visit in came if visit.begun is not None]
    assert all(visit.begun is not None for visit in day if visit.gives_up == math.inf)


@given(st.integers(1, 40), st.sampled_from([0.5, 1.0, 4.0]))
def test_nobody_waits_longer_than_need_be(calls: int, rate: float) -> None:
    """Calls that come together begin as soon as the limit allows, the last of them too."""
    limits = Limits(requests_per_second=rate)

    turns = play(limits, [Visit(0.0) for _ in range(calls)])

    assert [turn.begun for turn in turns] == pytest.approx(
        [limits.period * (index // limits.requests) for index in range(calls)]
    )


def test_a_turn_of_which_no_use_is_made_counts_nothing() -> None:
    """Who is interrupted when its turn has just come gives everything back."""
    queue = Queue(Limits(requests_per_second=1, tokens_per_minute=1_000))
    first, second = joined(queue), joined(queue)
    assert queue.begin(first, 0.0) == 0

    queue.cancel(first)

    assert queue.under_way == 0
    assert queue.begin(second, 0.0) == 0


tokens = st.one_of(st.none(), st.integers(0, 3_000))


@given(st.lists(st.tuples(seconds, seconds, tokens), max_size=40))
def test_tokens_of_a_minute_stay_below_the_limit(
    visits: list[tuple[float, float, int | None]],
) -> None:
    """When a call begins, what the last minute's calls used is below the limit."""
    most = 4_000
    day = [Visit(at, takes=takes, used=used) for at, takes, used in visits]

    turns = play(Limits(tokens_per_minute=most), day)

    assert len(turns) == len(day)
    for turn in turns:
        assert turn.begun is not None
        spent = sum(
            other.used or 0
            for other in day
            if turn.begun - 60 + SOON < other.ended < turn.begun - SOON
        )
        assert spent <= most


def test_a_call_counts_as_much_as_calls_usually_use() -> None:
    """Before its answer a call counts 1,000 tokens, and later what the last calls used."""
    queue = Queue(Limits(tokens_per_minute=2_000))

    def begin(now: float) -> Waiter | None:
        waiter = joined(queue)
        if queue.begin(waiter, now):
            queue.cancel(waiter)
            return None
        return waiter

    waiters = [begin(0.0) for _ in range(3)]
    assert [waiter and waiter.tokens for waiter in waiters] == [USUAL_TOKENS, USUAL_TOKENS, None]
    assert waiters[0]
    queue.end(waiters[0], 1.0, 200)

    third = begin(1.0)

    assert third is None  # 200 + 1,000 + 900, the new usual
    assert waiters[1]
    queue.end(waiters[1], 2.0, 100)
    third = begin(2.0)
    assert third
    assert third.tokens == 800


def test_a_call_larger_than_the_limit_begins_when_nothing_else_counts() -> None:
    """A limit smaller than a call does not lock it out for ever."""
    queue = Queue(Limits(tokens_per_minute=500))
    first, second = joined(queue), joined(queue, Waiter(tokens=9_000))

    assert queue.begin(first, 0.0) == 0
    queue.end(first, 5.0, 10)

    assert queue.begin(second, 5.0) == 60
    assert queue.begin(second, 65.0) == 0


def refused(**facts: Any) -> RateLimitError:
    return RateLimitError(facts.pop("message", EDGE), status=429, **facts)


def ended(queue: Queue, error: BaseException | None, *, begun: float, now: float) -> None:
    waiter = joined(queue)
    assert queue.begin(waiter, begun) == 0
    queue.end(waiter, now, error=error)


def wait_of(queue: Queue, now: float) -> float:
    """How long a newcomer has to wait."""
    waiter = joined(queue)
    seconds = queue.begin(waiter, now)
    queue.cancel(waiter)
    return seconds


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (refused(code="RATE_LIMITED"), 10.0),
        (refused(retry_after=4.0, key_kind="publishable", message="Rate limit exceeded"), 4.0),
        (refused(retry_after=500.0, key_kind="publishable", message="Rate limit exceeded"), 60.0),
        (refused(code="concurrency_limit_exceeded", retry_after=1.0, message="busy"), 1.0),
        (refused(code="RATE_LIMITED", message="azure-openai error: 429"), 0.0),
        (InvalidRequestError("no", status=400), 0.0),
        (APIConnectionError("gone"), 0.0),
        (KeyboardInterrupt(), 0.0),
    ],
)
def test_a_limit_of_the_caller_stops_everybody(error: BaseException, pause: float) -> None:
    """The gateway's own limits let all wait; a provider's busy model only that call."""
    queue = Queue(Limits(requests_per_second=100))

    ended(queue, error, begun=0.0, now=1.0)

    assert wait_of(queue, 1.0) == pause


def test_one_storm_is_one_pause_and_the_next_is_longer() -> None:
    """Refusals of calls that began before a pause do not double it; one that came after does."""
    queue = Queue(Limits(requests_per_second=100))
    waiters = [joined(queue) for _ in range(3)]
    assert [queue.begin(waiter, 0.0) for waiter in waiters] == [0, 0, 0]

    for waiter in waiters:
        queue.end(waiter, 1.0, error=refused())
    assert wait_of(queue, 1.0) == 10

    ended(queue, refused(), begun=11.0, now=11.0)
    assert wait_of(queue, 11.0) == 20

    ended(queue, None, begun=31.0, now=31.0)
    ended(queue, refused(), begun=31.0, now=31.0)
    assert wait_of(queue, 31.0) == 10


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (InvalidRequestError("no", status=400), 2_000),
        (refused(code="RATE_LIMITED", message="busy"), 2_000),
        (APIConnectionError("gone"), 1_000),
        (ValueError("ours"), 1_000),
        (PollinationsError("without a status"), 1_000),
        (PollinationsError("no JSON", status=200), 1_000),
    ],
)
def test_what_is_refused_used_nothing(error: BaseException, left: int) -> None:
    """A refusal gives its tokens back; what got lost on the way counts as expected."""
    queue = Queue(Limits(tokens_per_minute=2_000))
    waiter = joined(queue)
    queue.begin(waiter, 0.0)

    queue.end(waiter, 1.0, error=error)

    assert queue.begin(joined(queue, Waiter(tokens=left)), 1.0) == 0
    assert queue.begin(joined(queue, Waiter(tokens=1)), 1.0) == 60


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"requests_per_second": 0},
        {"requests_per_second": -1},
        {"requests_per_second": math.nan},
        {"tokens_per_minute": math.inf},
        {"requests_per_second": 1, "window": 0},
        {"requests_per_second": 1, "transit": -1},
        {"requests_per_second": "5"},
    ],
)
def test_a_limit_is_a_number_above_0(wrong: dict[str, Any]) -> None:
    """Something is limited, and by something."""
    with pytest.raises(InvalidInputError):
        Limits(**wrong)


def test_what_is_not_limited_is_not_kept() -> None:
    """A queue remembers no calls that it will never need."""
    queue = Queue(Limits(tokens_per_minute=1_000_000))
    for moment in range(1_000):
        ended(queue, None, begun=float(moment), now=float(moment))

    assert wait_of(queue, 1_000.0) == 0
    assert not queue._requests._counted


def test_a_call_may_end_while_another_begins() -> None:
    """The garbage collector may end a stream at any time; the queue is not locked then."""
    queue = Queue(Limits(requests_per_second=2))
    waiter = joined(queue)
    assert queue.begin(waiter, 0.0) == 0

    with queue._lock:
        queue.end(waiter, 0.5)

    assert queue.under_way == 0


def test_whoever_waits_behind_a_stopped_event_loop_is_next() -> None:
    """Both are woken: one because it is first now, the other to come last when its loop goes on."""
    queue = Queue(Limits(requests_per_second=1))
    first, second = joined(queue), joined(queue)
    first.event, second.event = Future(), Future()
    running = [True]
    first.loop = SimpleNamespace(is_running=lambda: running[0], is_closed=lambda: False)
    assert queue.begin(second, 0.0) == NEVER

    running[0] = False

    assert queue.first is second
    assert first.event.done()
    assert second.event.done()
    assert queue.begin(first, 0.0) == NEVER
