"""The turns that notebooks/rate.py gives to the workers of a job."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
RATE = SimpleNamespace(**runpy.run_path(str(NOTEBOOKS / "rate.py")))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_turns_are_spread_evenly(clock: Clock) -> None:
    """Whoever asks while others wait is told to wait longer than they."""
    turns = RATE.Turns(4, clock)

    assert [turns.take(blocking=True) for _ in range(4)] == [0.0, 0.25, 0.5, 0.75]
    clock.now += 0.5
    assert turns.take(blocking=True) == 0.5
    assert turns.count() == 5


def test_a_pause_saves_no_turns_up(clock: Clock) -> None:
    """After a silence one may leave at once, and the next one waits as ever."""
    turns = RATE.Turns(2, clock)
    clock.now += 60

    assert [turns.take(blocking=True) for _ in range(3)] == [0.0, 0.5, 1.0]


def test_a_turn_that_has_not_come_is_not_taken(clock: Clock) -> None:
    """Without waiting there is a turn or none, and none costs nobody else theirs."""
    turns = RATE.Turns(2, clock)

    assert turns.take(blocking=False) == 0.0
    assert turns.take(blocking=False) is None
    assert turns.take(blocking=True) == 0.5
    assert turns.count() == 2
