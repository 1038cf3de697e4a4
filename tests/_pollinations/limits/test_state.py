"""Which call may begin when, without waiting."""

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _pollinations.http.errors import InvalidInputError
from _pollinations.limits.state import Limits, State

SOON = 1e-6
LONG = 3.0
"""Seconds for what takes half a second, or five times as long on a busy machine."""


@dataclass(eq=False)
class Visit:
    """One call of a simulated day: when it comes, and what becomes of it."""

    at: float
    arrives: float = 0.0
    takes: float = 0.0
    used: int | None = None
    gives_up: float = math.inf
    begun: float | None = None
    ended: float = math.inf


def play(limits: Limits, visits: Iterable[Visit]) -> list[Visit]:
    """Let a day pass; who began is given back, in the order of the turns."""
    state, number, turns = State(), count(), []
    events = [(visit.at, next(number), visit) for visit in visits]
    heapq.heapify(events)
    while events:
        now, _, visit = heapq.heappop(events)
        name = str(id(visit))
        if visit.begun is not None:
            visit.ended = now
            state.end(name, visit.used, limits, now)
            continue
        left = max(0.0, visit.at + visit.gives_up - now)
        seconds = state.look(name, 0, left, limits, now)
        if not seconds:
            visit.begun = now
            turns.append(visit)
            heapq.heappush(events, (now + visit.takes, next(number), visit))
        elif seconds <= left:
            heapq.heappush(events, (now + min(seconds, 1.0), next(number), visit))
    assert not state.waiting
    return turns


def most_in(moments: list[float], period: float) -> int:
    """The largest number of moments in a stretch of time that is a little shorter than this."""
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
def test_nobody_starves_and_first_come_is_first_served(visits: list[tuple[float, float]]) -> None:
    """All that do not give up have their turn, and none begins before one that came earlier."""
    day = [Visit(at, gives_up=left) for at, left in visits]

    play(Limits(requests_per_second=3), day)

    moments = [visit.begun for visit in sorted(day, key=lambda each: each.at)]
    begun = [moment for moment in moments if moment is not None]
    assert begun == sorted(begun)
    assert all(visit.begun is not None for visit in day if visit.gives_up == math.inf)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(requests_per_second=1), [0, 1, 2, 3]),
        (Limits(requests_per_second=1, window=2), [0, 0, 2, 2]),
        (Limits(requests_per_second=1, window=2, transit=3), [0, 0, 5, 5]),
        (Limits(tokens_per_minute=2_000), [0, 0, 60, 60]),
        (Limits(tokens_per_minute=500), [0, 60, 120, 180]),
        (Limits(requests_per_second=1, tokens_per_minute=2_000), [0, 1, 60, 61]),
    ],
)
def test_nobody_waits_longer_than_need_be(limits: Limits, expected: list[float]) -> None:
    """Calls that come together begin as soon as the limits allow.

    The first waits are exact. Before an answer has come a call counts 1,000 tokens, or as many as
    the limit if that is less.
    """
    state = State()

    waits = [state.look(name, 0, math.inf, limits, 0) for name in "abcd"]
    turns = play(limits, [Visit(0.0, takes=limits.transit) for _ in range(4)])

    assert [turn.begun for turn in turns] == pytest.approx(expected)
    assert waits[:3] == expected[:3]


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
    state, limits = State(), Limits(tokens_per_minute=2_000)
    assert [state.look(name, 0, 0, limits, 0) for name in "abc"] == [0, 0, 60]
    state.end("a", 200, limits, 1)
    assert state.look("c", 0, 0, limits, 1) > 0  # 200 + 1,000 + 900, the new usual

    state.end("b", 100, limits, 2)

    assert state.look("c", 0, 0, limits, 2) == 0
    assert state.tokens.counted["c"] == (62, 800)


def test_a_pause_moves_all_that_have_not_begun() -> None:
    """They begin after it, in their order; a gateway that answers makes the next one short."""
    state, limits = State(), Limits(requests_per_second=1)
    assert [state.look(name, 0, 99, limits, 0) for name in "abc"] == [0, 1, 2]

    state.pause_all(4.0, 0.5)

    assert [state.look(name, 0, 99, limits, 1) for name in "cb"] == [4.5, 3.5]
    assert state.look("b", 0, 99, limits, 4.5) == 0
    assert state.look("c", 0, 99, limits, 4.5) == 1


def test_one_storm_is_one_pause_and_the_next_is_longer() -> None:
    """Refusals during a pause do not double it; those after it do, up to a minute."""
    state = State()
    pauses = []

    for _ in range(5):
        now = state.paused_until
        for _ in range(3):
            state.pause_all(None, now)
        pauses.append(state.paused_until - now)
    state.answered(state.paused_until - 1)  # it was sent before the pause
    state.pause_all(None, state.paused_until)
    pauses.append(state.pause)
    state.answered(state.paused_until)
    state.pause_all(None, state.paused_until)

    assert [*pauses, state.pause] == [10, 20, 40, 60, 60, 60, 10]


def test_a_turn_that_is_held_for_long_waits_for_requests_again() -> None:
    """Its tokens count for a minute and stay what the caller stated, its request for a second."""
    state = State()
    limits = Limits(requests_per_second=1, tokens_per_minute=100_000)
    assert state.look("held", 5_000, math.inf, limits, now=0) == 0
    assert state.look("next", 0, math.inf, limits, now=1) == 0

    assert state.look("held", 0, math.inf, limits, now=1.5) == pytest.approx(0.5)
    assert state.look("held", 0, math.inf, limits, now=2) == 0

    assert state.tokens.counted["held"] == (62, 5_000)


def test_thousands_look_in_a_moment() -> None:
    """An event loop on which thousands of calls begin to wait is not blocked by their looks."""
    state = State()
    limits = Limits(requests_per_second=1, tokens_per_minute=100_000)
    began = process_time()

    for number in range(5_000):
        state.look(str(number), 0, math.inf, limits, now=0)

    assert process_time() - began < LONG


def test_a_call_that_does_not_look_again_is_forgotten() -> None:
    """Its thread or its process may be gone: others go on after five seconds."""
    state, limits = State(), Limits(requests_per_second=1)
    for name in "abc":
        state.look(name, 0, 99, limits, 0)

    assert state.look("c", 0, 99, limits, 5.5) > 0
    assert state.look("c", 0, 99, limits, 6.5) == 0
    assert list(state.waiting) == []


def test_what_counts_no_more_is_forgotten() -> None:
    """Calls that nobody ends too."""
    state, limits = State(), Limits(requests_per_second=9, tokens_per_minute=1e6)
    for moment in range(1_000):
        assert state.look(str(moment), 5, 0, limits, moment) == 0

    assert (len(state.requests.counted), len(state.tokens.counted)) == (1, 60)


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
