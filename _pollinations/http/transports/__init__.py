"""The httpx transports that carry bytes: one for blocking calls, one for coroutines.

Both take `extensions["timeout"]` as httpx's own do; all its four limits have to be there. The
blocking one also heeds `extensions["deadline"]`, the moment of `time.monotonic` until which it
waits. Whoever reads the answer may move both.
"""

MAX_CONNECTIONS = 1000
