"""Which models have failed in a row, and for how long others are tried first."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any


@dataclass(slots=True)
class _Record:
    """Failures in a row, and until when the circuit is open."""

    failures: int = 0
    pause: float = 0.0
    until: float = 0.0


@dataclass(slots=True)
class CircuitBreaker:
    """Moves models that fail behind the others; shared by threads.

    Attributes:
        failures: So many failures in a row open the circuit of a model.
        pause: Seconds that it is open for the first time; each further time twice as long.
        longest: The longest such pause, in seconds.

    Example:
        >>> circuit_breaker = CircuitBreaker(failures=1)
        >>> circuit_breaker.failed("gemini")
        >>> circuit_breaker.order(["gemini", "openai"])
        ['openai', 'gemini']
    """

    failures: int = 3
    pause: float = 60.0
    longest: float = 600.0
    _clock: Callable[[], float] = field(default=monotonic, init=False, repr=False)
    _records: dict[str, _Record] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # What was seen belongs to this process, and a lock cannot leave it.
        return CircuitBreaker, (self.failures, self.pause, self.longest)

    def order(self, models: Sequence[str]) -> list[str]:
        """Put models with an open circuit behind the others; none is left out."""
        now = self._clock()
        with self._lock:
            opened = {name for name, record in self._records.items() if record.until > now}
        return sorted(models, key=lambda name: name in opened)

    def answered(self, model: str) -> None:
        """Count an answer: the circuit of the model closes."""
        with self._lock:
            self._records.pop(model, None)

    def failed(self, model: str) -> None:
        """Count a failure."""
        with self._lock:
            record = self._records.setdefault(model, _Record())
            record.failures += 1
            if record.failures >= self.failures:
                record.pause = min(self.longest, record.pause * 2 or self.pause)
                record.until = self._clock() + record.pause
                record.failures = 0
