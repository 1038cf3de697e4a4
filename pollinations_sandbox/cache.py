"""The cache of identical requests: the first response to each, by a key of its body."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pollinations_sandbox.errors import Api, now
from pollinations_sandbox.response import Response

_MOST = 1_000
_NEVER_STORED = ("x-usage-", "x-model-used", "x-moderation-", "x-cache")


@dataclass(slots=True)
class Cache:
    """Replies by the key of the request that made them."""

    stored: dict[str, tuple[Response, str]] = field(default_factory=dict)

    def put(self, key: str, reply: Response, *, anew: bool = False) -> None:
        """Keep a reply for every later request with the same key; `anew` replaces an older one."""
        headers = {
            name: value
            for name, value in reply.headers.items()
            if not name.lower().startswith(_NEVER_STORED)
        }
        if anew or key not in self.stored:
            self.stored[key] = (replace(reply, headers=headers), now())
        if len(self.stored) > _MOST:
            del self.stored[next(iter(self.stored))]

    def get(self, key: str) -> Response | None:
        """The reply of an identical request, without usage headers."""
        if key not in self.stored:
            return None
        reply, date = self.stored[key]
        found = {"X-Cache": "HIT", "X-Cache-Key": key, "X-Cache-Date": date}
        return replace(reply, headers=dict(reply.headers) | found)


def key_of(
    method: str, path: str, query: Mapping[str, str], body: object, *, api: Api
) -> str | None:
    """16 hex digits of everything that makes two requests identical.

    The order of the body's keys does not count, nor does the API key in the query. In the
    2026-01 API a seed of -1 keeps a request out of the cache; then there is no key.
    """
    if api == "2026-01" and isinstance(body, dict) and body.get("seed") == -1:
        return None
    ignored = {"key"} if api == "2026-01" else {"key", "no-cache"}
    asked = sorted((name, value) for name, value in query.items() if name not in ignored)
    identity = json.dumps([method, path, asked, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]
