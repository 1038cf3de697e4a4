"""The limiter that models, embeddings and tools share, as one of LangChain's."""

from typing import TYPE_CHECKING, Any

from langchain_core.rate_limiters import BaseRateLimiter

from _pollinations.limits.rate_limiter import RateLimiter as _RateLimiter
from langchain_pollinations.errors import as_langchain_errors


class RateLimiter(_RateLimiter, BaseRateLimiter):
    """So many requests, tokens and pollen at a time, for all that share it.

    Give the same limiter to several models, embeddings and tools. Those of this package count each
    attempt of each request: retries, fallbacks and model lists too. Other chat models of LangChain
    take it as well; they ask it once for each call, and tell it no tokens. Threads and event loops
    wait in one queue, first come, first served. When the gateway still answers that there were too
    many requests, everybody pauses.

    What an answer used is known only when it has come: until then a call counts as many tokens as
    calls usually used, at first 1,000. Copies share the limit; another process has its own.

    Args:
        requests_per_second: Requests, on average; 0.1 is one in ten seconds.
        window: Seconds over which requests are counted (1): as many as fit in it may begin at once.
        transit: Seconds that a request may take to arrive (0), by which it is counted longer.
        tokens_per_minute: Tokens read and written.
        pollen_per_hour: Pollen, as the gateway counts it for publishable keys: one call at a time,
            and the next when the last is paid off. Chat models look their prices up for it.
        timeout: Seconds that a call may wait for its turn; None waits as long as it takes.
        storage: `sqlite:///` and the path of a file that the processes of one machine share.
            Limiters with this file keep within their limits together. Not with `pollen_per_hour`.
        clock: Another time, for tests.

    Raises:
        InvalidInputError: Nothing is limited, or a limit is not a number above 0.

    Example:
        >>> from langchain_pollinations import ChatPollinations, PollinationsEmbeddings
        >>> limiter = RateLimiter.edge(tokens_per_minute=200_000)
        >>> model = ChatPollinations(model="openai", rate_limiter=limiter)
        >>> embeddings = PollinationsEmbeddings(rate_limiter=limiter)
    """

    if not TYPE_CHECKING:  # to type checkers, the constructor is the other one's

        def __init__(self, **said: Any) -> None:
            with as_langchain_errors():
                super().__init__(**said)

    def acquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request, of whatever model.

        Args:
            num_tokens: How many tokens it will use; 0 expects what others used.
            blocking: Whether to wait; else only a turn that is there now is taken.

        Returns:
            Whether the request may be sent.

        Raises:
            RateLimitError: Its turn did not come within the timeout.
        """
        with as_langchain_errors():
            return super().acquire(num_tokens, blocking=blocking)

    async def aacquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request without blocking the event loop; see `acquire`."""
        with as_langchain_errors():
            return await super().aacquire(num_tokens, blocking=blocking)
