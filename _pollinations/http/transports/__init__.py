"""The httpx transports that carry bytes: one for blocking calls, one for coroutines.

Both take `extensions["timeout"]` as httpx's own do. Once a request is sent they put the moment of
`time.monotonic` until which they wait into `extensions["deadline"]`: `extensions["longest_wait"]`
seconds from then. Whoever reads the answer may move it.
"""
