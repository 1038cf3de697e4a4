"""Models that fail are tried last for a while."""

import pickle

import pytest

from _pollinations.limits.circuit_breaker import CircuitBreaker

MODELS = ["gemini", "openai"]


@pytest.fixture
def moment() -> list[float]:
    """The present moment, which a test moves on."""
    return [0.0]


@pytest.fixture
def circuit_breaker(moment: list[float]) -> CircuitBreaker:
    breaker = CircuitBreaker()
    breaker._clock = lambda: moment[0]
    return breaker


def failing(circuit_breaker: CircuitBreaker, model: str, times: int) -> None:
    for _ in range(times):
        circuit_breaker.failed(model)


def test_the_pause_doubles_up_to_ten_minutes(
    circuit_breaker: CircuitBreaker, moment: list[float]
) -> None:
    """The third failure in a row puts a model last for 60 seconds; each further pause doubles."""
    pauses = []

    for _ in range(6):
        failing(circuit_breaker, "gemini", 3)
        begun = moment[0]
        while circuit_breaker.order(MODELS) != MODELS:
            moment[0] += 1
        pauses.append(moment[0] - begun)

    assert pauses == [60, 120, 240, 480, 600, 600]


def test_an_answer_forgets_the_failures(circuit_breaker: CircuitBreaker) -> None:
    """One answer between failures begins the count anew."""
    failing(circuit_breaker, "gemini", 2)
    circuit_breaker.answered("gemini")
    failing(circuit_breaker, "gemini", 2)

    assert circuit_breaker.order(MODELS) == MODELS


def test_a_pickle_has_the_options_and_no_failures(circuit_breaker: CircuitBreaker) -> None:
    """What was seen belongs to a process."""
    failing(circuit_breaker, "gemini", 3)

    stored = pickle.loads(pickle.dumps(circuit_breaker))  # noqa: S301 - our own

    assert stored.order(MODELS) == MODELS
    assert (stored.failures, stored.pause, stored.longest) == (3, 60, 600)
