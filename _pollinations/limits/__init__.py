"""Whether a call may begin now: rate limits, budgets and circuit breakers."""
