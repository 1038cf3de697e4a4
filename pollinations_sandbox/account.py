"""What a key may read about its account: profile, balance, usage and itself."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pollinations_sandbox import errors, schemas
from pollinations_sandbox.keys import Key, token
from pollinations_sandbox.response import Response, json_response
from pollinations_sandbox.state import Recorded, State

Json = dict[str, Any]

_PROFILE: Final = {
    "name": "Sandy Box",
    "email": "sandbox@example.com",
    "githubUsername": "sandbox",
    "tier": "flower",
    "createdAt": "2025-11-01T00:00:00.000Z",
    "nextResetAt": None,
}
_COUNTED: Final = (
    *("input_text_tokens", "input_cached_tokens", "input_audio_tokens", "input_image_tokens"),
    *("output_text_tokens", "output_reasoning_tokens", "output_audio_tokens"),
    "output_image_tokens",
)


def profile(record: Recorded, state: State) -> Response:
    """GET /account/profile."""
    _key(record, state, "profile")
    return json_response(_PROFILE)


def balance(record: Recorded, state: State) -> Response:
    """GET /account/balance: the key's own budget if it has one, else the account's pollen.

    The 2026-10 API shows a key its own budget without any permission, and the balance with `usage`.
    """
    january = state.api == "2026-01"
    key = _key(record, state, "balance" if january else None)
    if key.budget is not None:
        return json_response({"balance": key.budget})
    if january:
        return json_response({"balance": key.balance})
    _key(record, state, "usage")
    total = {"total": key.balance, "tier": 0, "paid": key.balance}
    return json_response({"balance": key.balance, "accountBalance": total})


def usage(record: Recorded, state: State) -> Response:
    """GET /account/usage: one row per request, as JSON or CSV."""
    key = _key(record, state, "usage")
    made = {"type": "generate.text", "model": "openai"}
    by = {"api_key": key.name, "api_key_type": key.kind, "meter_source": "tier"}
    counts = {**dict.fromkeys(_COUNTED, 0), "input_text_tokens": 300, "output_text_tokens": 40}
    row = {**made, **by, **counts, "cost_usd": 0.0006, "response_time_ms": 840}
    times = ("2026-01-20 12:00:00", "2026-01-20 11:58:30")
    return _table([{"timestamp": time, **row} for time in times], "usage", record, state)


def daily(record: Recorded, state: State) -> Response:
    """GET /account/usage/daily: sums per day and model; CSV leaves the key names out."""
    key = _key(record, state, "usage")
    row: Json = {"date": "2026-01-20", "model": "openai", "meter_source": "tier"}
    row |= {"requests": 2, "cost_usd": 0.0012}
    if record.query.get("format") != "csv":
        row["api_key_names"] = [key.name]
    return _table([row], "usage-daily", record, state)


def own_key(record: Recorded, state: State) -> Response:
    """GET /account/key: what the key itself may do."""
    key = _key(record, state)
    models = None if key.models is None else list(key.models)
    return json_response(
        {
            "valid": True,
            "type": key.kind,
            "name": key.name,
            "expiresAt": None,
            "expiresIn": None,
            "permissions": {"models": models, "account": list(key.permissions) or None},
            "pollenBudget": key.budget,
            "rateLimitEnabled": key.rate_limit,
        }
    )


ROUTES: Final[Mapping[str, Callable[[Recorded, State], Response]]] = {
    "/account/profile": profile,
    "/account/balance": balance,
    "/account/usage": usage,
    "/account/usage/daily": daily,
    "/account/key": own_key,
}


def _key(record: Recorded, state: State, permission: str | None = None) -> Key:
    given = token(record.headers, record.query)
    key = state.keys.get(given or "")
    if key is None:
        raise errors.known("invalid_key" if given else "no_key", api=state.api)
    if permission and permission not in key.permissions:
        raise errors.known("no_permission", api=state.api, permission=permission)
    return key


def _table(rows: list[Json], name: str, record: Recorded, state: State) -> Response:
    schemas.check_query("usage", record.query, api=state.api)
    rows = rows[: int(record.query.get("limit", len(rows)))]
    if record.query.get("format", "json") == "json":
        return json_response({"usage": rows, "count": len(rows)})
    lines = [",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)]
    file = f'attachment; filename="pollinations-{name}-2026-01-20.csv"'
    headers = {"Content-Type": "text/csv", "Content-Disposition": file}
    return Response(("\n".join(lines).encode(),), headers=headers, sized=True)
