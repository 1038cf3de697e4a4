"""The state of one running sandbox, and the keys that it knows."""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from uvicorn.server import ServerState

from pollinations_sandbox import errors
from pollinations_sandbox.errors import Api, now
from pollinations_sandbox.faults import Faults
from pollinations_sandbox.recorded import Recorded as Recorded  # noqa: PLC0414 - its older place
from pollinations_sandbox.recordings import Recordings
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.response import Response
from pollinations_sandbox.scripts import Scripts
from pollinations_sandbox.upstream import Upstream

Prices = Literal["seed", "2026-01", "2026-10"]

_MOST_CACHED = 1_000
_TEXT = ("application/json", "text/")
_KEPT_OF_MEDIA = ("content-type", "cache-control")
_NEVER_STORED = ("x-usage-", "x-model-used", "x-moderation-", "x-cache")
_MOST_REQUESTS = 10_000
_SECONDS_PER_REQUEST = 3.6  # 0.001 pollen, of one in an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key and its rights.

    Attributes:
        kind: A `secret` key (`sk_…`) or a `publishable` one (`pk_…`).
        models: The models that the key may use, by any of their names; None means all.
        budget: What the key may still spend, in pollen; None means no limit. 0 is exhausted.
        balance: What the account behind the key owns, in pollen. 0 is empty.
        permissions: The account routes that the key may read: profile, balance, usage.
        rate_limit: Whether a publishable key waits for its pollen per hour between requests.
        name: The name that usage records show.
    """

    kind: Literal["secret", "publishable"] = "secret"
    models: tuple[str, ...] | None = None
    budget: float | None = None
    balance: float = 15.5
    permissions: tuple[str, ...] = ("profile", "balance", "usage")
    rate_limit: bool = False
    name: str = "sandbox"


DEFAULT_KEYS: Final[Mapping[str, Key]] = {
    "sk_sandbox": Key(),
    "pk_sandbox": Key(kind="publishable", permissions=()),
}


@dataclass(slots=True)
class Cache:
    """Replies by the key of the request that made them."""

    stored: dict[str, tuple[Response, str]] = field(default_factory=dict)

    def put(self, key: str, reply: Response) -> None:
        """Keep a reply for every later request with the same key."""
        self.stored.setdefault(key, (reply, now()))
        if len(self.stored) > _MOST_CACHED:
            del self.stored[next(iter(self.stored))]

    def get(self, key: str) -> Response | None:
        """The reply of an identical request, without usage headers; of media only the type."""
        if key not in self.stored:
            return None
        reply, date = self.stored[key]
        text = reply.headers.get("Content-Type", "").startswith(_TEXT)
        hit = {"X-Cache-Key": key, "X-Cache-Date": date} if text else {"X-Cache-Type": "EXACT"}
        headers = {
            name: value
            for name, value in reply.headers.items()
            if name.lower() in _KEPT_OF_MEDIA
            or (text and not name.lower().startswith(_NEVER_STORED))
        }
        return replace(reply, headers={**headers, "X-Cache": "HIT", **hit})


@dataclass(slots=True)
class State:
    """The options of a sandbox, what was ordered of it, and everything that it keeps as it runs.

    `dataclasses.replace` makes the state of a new run: options and orders stay.
    """

    api: Api
    keys: Mapping[str, Key]
    prices: Prices
    latency: float
    edge_limit: tuple[int, float] | None
    clock: Callable[[], float]
    strict: bool
    community_models: int
    upstream: Upstream | None
    recordings: Recordings | None = None
    faults: Faults = field(default_factory=Faults)
    scripts: Scripts = field(default_factory=Scripts)
    requests: list[Recorded] = field(default_factory=list, init=False)
    cache: Cache = field(default_factory=Cache, init=False)
    free_again: dict[str | None, float] = field(default_factory=dict, init=False)
    let_in: deque[float] = field(default_factory=deque, init=False)
    connections: int = field(default=0, init=False)
    server: ServerState = field(default_factory=ServerState, init=False)
    closing: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def remember(self, record: Recorded) -> None:
        """Keep a request, and forget the oldest beyond some thousands."""
        self.requests.append(record)
        del self.requests[:-_MOST_REQUESTS]

    def clear(self) -> None:
        """Forget requests, faults, scripts, cached answers and spent pollen."""
        self.requests.clear()
        self.faults.waiting.clear()
        self.scripts.all.clear()
        self.scripts.problems.clear()
        self.cache.stored.clear()
        self.free_again.clear()
        self.let_in.clear()

    def sample(self, record: Recorded, names: Sequence[str]) -> Reply | None:
        """The sample answer for this request; None lets the built-in replier answer.

        Raises:
            GatewayError: 400, when there is none and the sandbox is strict; it says why no script
                matched.
        """
        # Nobody writes vectors by hand, but a text may be embedded that is a question too.
        samples = self.recordings.samples if self.recordings else Scripts()
        if record.path != "/v1/embeddings" and (reply := samples.take(record, names)):
            return reply
        if self.strict:
            message = f"sandbox: {self.scripts.unmatched(record, names)}"
            raise errors.envelope(400, message, api=self.api, code="SANDBOX_NO_REPLY")
        return None

    def key(self, record: Recorded) -> Key | None:
        """The key that a request carries, if it is known."""
        return self.keys.get(record.api_key or "")

    def known_key(self, record: Recorded, permission: str | None = None) -> Key:
        """The key that a request carries.

        Raises:
            GatewayError: 401, when it is unknown or absent; 403, when it lacks the permission.
        """
        key = self.key(record)
        if key is None:
            raise errors.known("invalid_key" if record.api_key else "no_key", api=self.api)
        if permission and permission not in key.permissions:
            raise errors.known("no_permission", api=self.api, permission=permission)
        return key

    def spend(self, record: Recorded) -> None:
        """Count a request of a publishable key, which owns one pollen an hour.

        Raises:
            GatewayError: 429, when the last request is not paid off yet.
        """
        key, moment = self.key(record), self.clock()
        if key is None or not key.rate_limit:
            return
        wait = self.free_again.get(record.api_key, moment) - moment
        if wait > 0:
            raise errors.too_early(wait)
        self.free_again[record.api_key] = moment + _SECONDS_PER_REQUEST

    def pass_edge(self) -> None:
        """Count a request of an address, which may send so many in any so many seconds.

        Raises:
            GatewayError: 429, when the last of them are too young; this one is not counted.
        """
        if self.edge_limit is None:
            return
        most, seconds = self.edge_limit
        moment = self.clock()
        while self.let_in and self.let_in[0] <= moment - seconds:
            self.let_in.popleft()
        if len(self.let_in) >= most:
            raise errors.known("too_many", api=self.api)
        self.let_in.append(moment)


def key_of(
    method: str, path: str, query: Mapping[str, str], body: object, *, api: Api
) -> str | None:
    """16 hex digits of everything that makes two requests identical.

    The order of the body's keys does not count, nor does the API key in the query. In the
    2026-01 API a seed of -1 keeps a request out of the cache; then there is no key.
    """
    if api == "2026-01" and isinstance(body, dict) and body.get("seed") == -1:
        return None
    counted = {name: value for name, value in query.items() if name != "key"}
    identity = json.dumps([method, path, counted, body], sort_keys=True)
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]
