"""When the requests of all processes begin that share a limit, in a Redis server."""

import json
from dataclasses import asdict
from typing import Any
from weakref import finalize

from redis import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from _pollinations.http.errors import InvalidInputError
from _pollinations.http.masking import forget_frames
from _pollinations.limits.storage import HORIZON, RELEASED, Reservation, Storage, without_password
from _pollinations.limits.windows import MINUTE, Limits

KEY = "pollinations:limiter"
"""All limiters of one database share it."""

_MOST_CONNECTIONS = 8
_SECONDS = 10.0

# `storage.reserve` in Lua, which the server runs for one request after another, by its own clock.
_RESERVE = """
local request = cjson.decode(ARGV[1])
local now = request.now
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local kept = redis.call('GET', KEYS[1])
local state = kept and cmsgpack.unpack(kept) or {paused_until = 0, starts = {}}
local paused_until = state.paused_until
if not (now < paused_until and paused_until <= now + request.horizon) then paused_until = 0 end
if request.pause > 0 then paused_until = math.max(paused_until, now + request.pause) end

local rows = {}
for name, row in pairs(state.starts) do
  local used = request.used[name]
  if used then row = {row[1], used, math.max(row[3], now + request.minute)} end
  if now < row[3] and row[1] <= now + request.horizon and used ~= request.released then
    rows[name] = row
  end
end

local function save()
  local state = {paused_until = paused_until, starts = rows}
  redis.call('SET', KEYS[1], cmsgpack.pack(state), 'EX', 2 * request.horizon)
end

if request.name == '' then
  save()
  return false
end
local mine = rows[request.name]
rows[request.name] = nil
if not mine or mine[1] < paused_until then
  local starts, counted, left = {}, {}, 0
  for _, row in pairs(rows) do table.insert(starts, row[1]) end
  table.sort(starts)
  local start = math.max(now, paused_until, starts[#starts] or 0)
  if request.requests > 0 and #starts >= request.requests then
    start = math.max(start, starts[#starts - request.requests + 1] + request.period)
  end
  if request.tokens_per_minute > 0 then
    local free = math.max(0, request.tokens_per_minute - request.tokens)
    for _, row in pairs(rows) do
      if row[3] > start then
        table.insert(counted, row)
        left = left + row[2]
      end
    end
    table.sort(counted, function(a, b) return a[3] < b[3] end)
    for _, row in ipairs(counted) do
      if left <= free then break end
      start, left = row[3], left - row[2]
    end
  end
  if start > now + request.longest then
    save()
    return false
  end
  local counts = math.max(request.period, request.tokens_per_minute > 0 and request.minute or 0)
  mine = {start, request.tokens, start + counts}
end
rows[request.name] = mine
save()
return string.format('%.6f', math.max(0, mine[1] - now))
"""


class RedisStorage(Storage):
    """A key of a Redis server; it expires two hours after its last use.

    Args:
        url: As `redis.Redis.from_url` takes it; its query may set `socket_timeout` and the like.
        limits: What may be sent in a period; limiters with other limits may use the same database.

    Raises:
        InvalidInputError: The address is none of a Redis server.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        super().__init__(url, limits)
        self._now: float | None = None  # the server's clock
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_MOST_CONNECTIONS,
                timeout=_SECONDS,
                socket_connect_timeout=_SECONDS,
                socket_timeout=_SECONDS,
            )
        except ValueError as error:
            raise InvalidInputError(
                f"storage {without_password(url)!r} is no address of Redis: {error}."
            ) from None
        finalize(self, pool.disconnect)  # it would leave its sockets to the garbage collector
        self._script = Redis(connection_pool=pool).register_script(_RESERVE)

    def _access(self, reservation: Reservation) -> float | None:
        limits = self._limits
        arguments: dict[str, Any] = {
            **asdict(reservation),
            "requests": limits.requests,
            "period": limits.transit + limits.period,
            "tokens_per_minute": limits.tokens_per_minute or 0,
            "minute": MINUTE,
            "horizon": HORIZON,
            "released": RELEASED,
        }
        if self._now is not None:
            arguments["now"] = self._now
        try:
            seconds = self._script(keys=[KEY], args=[json.dumps(arguments)])
        except (RedisError, OSError, TypeError) as error:
            forget_frames(error)  # they hold the password
            raise self._unusable(error) from error
        return None if seconds is None else float(seconds)
