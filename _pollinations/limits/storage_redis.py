"""Shares a rate limit between processes and machines: the Redis storage."""

from typing import Any, TypeVar
from weakref import finalize

from redis import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.masking import forget_frames
from _pollinations.limits.state import Limits, State
from _pollinations.limits.storage import BUSY, Change, SharedStorage, without_password

KEY = "pollinations:limiter"
"""All limiters of one database share it."""

_SECONDS = 10.0
_UNUSED = 7200

T = TypeVar("T")


class RedisStorage(SharedStorage):
    """A key of a Redis server; it expires two hours after its last use.

    Args:
        url: As `redis.Redis.from_url` takes it; its query may set `socket_timeout` and the like.
        limits: What may be sent in a period; limiters with other limits may use the same database.

    Raises:
        InvalidInputError: The address is not a valid address of a Redis server.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        super().__init__(url, limits)
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=1,  # so that threads of one process do not disturb each other
                timeout=BUSY,
                socket_connect_timeout=_SECONDS,
                socket_timeout=_SECONDS,
            )
        except ValueError as error:
            raise InvalidInputError(
                f"storage {without_password(url)!r} is not a valid address of Redis: {error}."
            ) from None
        finalize(self, pool.disconnect)  # it would leave its sockets to the garbage collector
        self._client: Any = Redis(connection_pool=pool)  # its types mix sync and async

    def _change(self, change: Change[T]) -> T:
        def transaction(pipe: Any) -> T:  # noqa: ANN401 - as `_client`
            now = self._now(pipe)
            state = State.read(pipe.get(KEY), now)
            result = change(state, now)
            pipe.multi()
            pipe.set(KEY, state.write(now), ex=_UNUSED + int(self._limits.period))
            return result

        try:
            # It begins anew if another process changed the key in between.
            result: T = self._client.transaction(transaction, KEY, value_from_callable=True)
        except (RedisError, OSError, ValueError, TypeError) as error:
            forget_frames(error)  # they hold the password
            raise self._unusable(error) from error
        return result

    @staticmethod
    def _now(pipe: Any) -> float:  # noqa: ANN401 - as `_client`
        """The server's clock."""
        seconds, microseconds = pipe.time()
        return float(seconds + microseconds / 1_000_000)
