"""Whether a call may begin now: rate limits and circuit breakers."""
