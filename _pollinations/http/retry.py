"""When to try again and how long to wait first: it decides and never waits."""

import random
from collections.abc import Generator
from dataclasses import dataclass

from _pollinations.http.errors import PollinationsError


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how patiently a request is tried again.

    Retried are connection errors, timeouts, 408, 409, 429, 502 to 504, 520 to 525, 529 and 530, and
    500 once;
    never a request that must change, and never an error that the gateway has cached.

    Attributes:
        max_retries: Further attempts after the first; 0 tries once.
        backoff: Seconds of the first pause; each later pause may be twice as long. The pause is
            drawn between 0 and that (full jitter).
        backoff_limit: The longest such pause, in seconds.
        retry_after_limit: The longest wait in seconds that `Retry-After` may ask for; a longer one
            raises the error, which carries it.

    Example:
        >>> Retry(max_retries=0).pause_after(error, failures=1) is None  # doctest: +SKIP
        True
    """

    max_retries: int = 2
    backoff: float = 0.5
    backoff_limit: float = 8.0
    retry_after_limit: float = 60.0

    def pause_after(self, error: PollinationsError, failures: int) -> float | None:
        """Decide what follows a failure.

        Args:
            error: What went wrong.
            failures: How many attempts have failed, this one included.

        Returns:
            Seconds to wait before the next attempt, or None to give up.
        """
        if not error.retryable or error.cached or failures > self.max_retries:
            return None
        if error.status == 500 and failures > 1:  # noqa: PLR2004 - a 500 is often no accident
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.retry_after_limit else None
        ceiling = min(self.backoff_limit, self.backoff * 2 ** (failures - 1))
        return random.uniform(0, ceiling)  # noqa: S311 - jitter is no secret

    def attempts(self) -> Generator[float, PollinationsError, None]:
        """Yield the pause before each attempt; send in the error of the one that failed.

        Yields:
            Seconds to wait before the next attempt; 0 before the first.

        Raises:
            PollinationsError: The error that was sent in, when there is no next attempt. It knows
                how many there were, and has no frames: they hold what was sent.
        """
        pause: float | None = 0.0
        failures = 0
        while pause is not None:
            error = yield pause
            failures += 1
            pause = self.pause_after(error, failures)
        error.attempts = failures
        raise error.with_traceback(None)
