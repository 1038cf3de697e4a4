"""The rate limiter that models, embeddings and tools share, as one of LangChain's."""

from langchain_core.rate_limiters import BaseRateLimiter

from _pollinations.limits.rate_limiter import RateLimiter as _RateLimiter
from langchain_pollinations.errors import as_langchain_errors


class RateLimiter(_RateLimiter, BaseRateLimiter):
    """A `gateway.RateLimiter` that any chat model of LangChain takes.

    Args:
        requests_per_second: Requests, on average; 0.1 is one in ten seconds.
        window: Seconds over which requests are counted (1): as many as fit in it may begin at once.
        transit: Seconds that a request may take to arrive (0). It counts so much longer, unless it
            is answered sooner: then early and late requests cannot meet at the gateway.
        requests_per_minute: Instead of the first two: 60 is `requests_per_second=1, window=60`.
        tokens_per_minute: Tokens read and written.
        timeout: Seconds that a call may wait for its turn; None waits as long as it takes.
        storage: What the processes share that keep within the limits together: for one machine
            `sqlite:///` and the path of a file, for several `redis://host:port/0`, which needs
            `pip install 'pollinations-adapters[redis]'`.

    Attributes:
        limits: What is limited.

    Raises:
        InvalidInputError: Nothing is limited, a limit is not a number above 0, or the storage is
            none of these.

    Example:
        >>> from langchain_pollinations import ChatPollinations, PollinationsEmbeddings
        >>> limiter = RateLimiter.edge(tokens_per_minute=200_000)
        >>> model = ChatPollinations(model="openai", rate_limiter=limiter)
        >>> embeddings = PollinationsEmbeddings(rate_limiter=limiter)
    """

    @as_langchain_errors()
    def acquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request; see `gateway.RateLimiter.acquire`."""
        return super().acquire(num_tokens, blocking=blocking)

    async def aacquire(self, num_tokens: int = 0, *, blocking: bool = True) -> bool:
        """Wait for the turn of one request without blocking the event loop; see `acquire`."""
        with as_langchain_errors():
            return await super().aacquire(num_tokens, blocking=blocking)
