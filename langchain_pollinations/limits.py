"""The rate limiter that models, embeddings and tools share, as one of LangChain's."""

from langchain_core.rate_limiters import BaseRateLimiter

from _pollinations.limits.rate_limiter import RateLimiter as _RateLimiter
from langchain_pollinations.errors import as_langchain_errors


class RateLimiter(_RateLimiter, BaseRateLimiter):
    """A `gateway.RateLimiter` (see there) that any chat model of LangChain takes.

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
