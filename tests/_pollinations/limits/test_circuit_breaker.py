"""Models that fail are left alone for a while."""

from _pollinations.limits.circuit_breaker import CircuitBreaker

MODELS = ["gemini", "openai"]


class Clock:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def failing(circuit_breaker: CircuitBreaker, model: str, times: int) -> None:
    for _ in range(times):
        circuit_breaker.failed(model)


def test_two_failures_change_nothing() -> None:
    """A model keeps its place until its third failure in a row."""
    circuit_breaker = CircuitBreaker(clock=Clock())

    failing(circuit_breaker, "gemini", 2)

    assert circuit_breaker.order(MODELS) == MODELS


def test_the_third_failure_puts_a_model_last_for_a_minute() -> None:
    """After three failures in a row a model stands behind the others for 60 seconds."""
    clock = Clock()
    circuit_breaker = CircuitBreaker(clock=clock)

    failing(circuit_breaker, "gemini", 3)

    assert circuit_breaker.order(MODELS) == ["openai", "gemini"]
    clock.now = 59.9
    assert circuit_breaker.order(MODELS) == ["openai", "gemini"]
    clock.now = 60.1
    assert circuit_breaker.order(MODELS) == MODELS


def test_the_pause_doubles_up_to_ten_minutes() -> None:
    """Each further pause is twice as long, and none is longer than 600 seconds."""
    clock = Clock()
    circuit_breaker = CircuitBreaker(clock=clock)
    pauses = []

    for _ in range(6):
        failing(circuit_breaker, "gemini", 3)
        begun = clock.now
        while circuit_breaker.order(MODELS) != MODELS:
            clock.now += 1
        pauses.append(clock.now - begun)

    assert pauses == [60, 120, 240, 480, 600, 600]


def test_an_answer_forgets_the_failures() -> None:
    """One answer between failures begins the count anew."""
    circuit_breaker = CircuitBreaker(clock=Clock())

    failing(circuit_breaker, "gemini", 2)
    circuit_breaker.answered("gemini")
    failing(circuit_breaker, "gemini", 2)

    assert circuit_breaker.order(MODELS) == MODELS


def test_a_model_is_never_dropped() -> None:
    """When every model is left alone, all are still there, in their order."""
    circuit_breaker = CircuitBreaker(clock=Clock(), failures=1)

    failing(circuit_breaker, "gemini", 1)
    failing(circuit_breaker, "openai", 1)

    assert circuit_breaker.order(MODELS) == MODELS
