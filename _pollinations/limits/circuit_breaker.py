"""Which models have failed lately, and for how long they are left alone."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class _Record:
    """Failures in a row, and until when the model is left alone."""

    failures: int = 0
    pause: float = 0.0
    until: float = 0.0


@dataclass(slots=True)
class Health:
    """What one process has seen of its models; shared by threads.

    Attributes:
        clock: Seconds that only grow.
        failures: So many failures in a row, and a model is left alone.
        pause: Seconds it is left alone for the first time; each further time twice as long.
        longest: The longest such pause, in seconds.

    Example:
        >>> health = Health(clock=lambda: 0.0, failures=1)
        >>> health.failed("gemini")
        >>> health.order(["gemini", "openai"])
        ['openai', 'gemini']
    """

    clock: Callable[[], float]
    failures: int = 3
    pause: float = 60.0
    longest: float = 600.0
    _records: dict[str, _Record] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # What was seen belongs to this process, and a lock cannot leave it.
        return Health, (self.clock, self.failures, self.pause, self.longest)

    def order(self, models: Sequence[str]) -> list[str]:
        """Put models that are left alone behind the others; none is dropped for good."""
        now = self.clock()
        with self._lock:
            resting = {name for name, record in self._records.items() if record.until > now}
        return sorted(models, key=lambda name: name in resting)

    def answered(self, model: str) -> None:
        """Take note that a model answered."""
        with self._lock:
            self._records.pop(model, None)

    def failed(self, model: str) -> None:
        """Take note that a model failed."""
        with self._lock:
            record = self._records.setdefault(model, _Record())
            record.failures += 1
            if record.failures >= self.failures:
                record.pause = min(self.longest, record.pause * 2 or self.pause)
                record.until = self.clock() + record.pause
                record.failures = 0
