"""The httpx transports that carry bytes: one for blocking calls, one for coroutines.

Both take `extensions["timeout"]` as httpx's own do, and `extensions["deadline"]`: a moment of
`time.monotonic` after which nothing more is waited for.
"""
