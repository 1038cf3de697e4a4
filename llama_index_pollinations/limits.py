"""The rate limiter that models, embeddings and tools share, known to LlamaIndex as one."""

from contextlib import suppress

from _pollinations.limits.rate_limiter import RateLimiter

__all__ = ["RateLimiter"]

with suppress(ImportError):  # there since llama-index-core 0.14.16
    from llama_index.core.rate_limiter import BaseRateLimiter

    BaseRateLimiter.register(RateLimiter)
