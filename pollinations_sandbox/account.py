"""What a key may read about its account: profile, balance, usage and itself."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pollinations_sandbox import schemas
from pollinations_sandbox.response import Response, json_response
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.tables import table

Json = dict[str, Any]


def profile(record: Recorded, state: State) -> Response:
    """GET /account/profile."""
    state.known_key(record, "profile")
    return json_response(table("account")["profile"])


def balance(record: Recorded, state: State) -> Response:
    """GET /account/balance: the key's own budget if it has one, else the account's pollen.

    The 2026-10 API shows a key its own budget without any permission, and the balance with `usage`.
    """
    january = state.api == "2026-01"
    key = state.known_key(record, "balance" if january else None)
    if key.budget is not None:
        return json_response({"balance": key.budget})
    if january:
        return json_response({"balance": key.balance})
    state.known_key(record, "usage")
    total = {"total": key.balance, "tier": 0, "paid": key.balance}
    return json_response({"balance": key.balance, "accountBalance": total})


def usage(record: Recorded, state: State) -> Response:
    """GET /account/usage: one row per request, as JSON or CSV."""
    key = state.known_key(record, "usage")
    by = {"api_key": key.name, "api_key_type": key.kind}
    return _table([row | by for row in table("account")["usage"]], "usage", record, state)


def daily(record: Recorded, state: State) -> Response:
    """GET /account/usage/daily: sums per day and model; CSV leaves the key names out."""
    key = state.known_key(record, "usage")
    names = {} if record.query.get("format") == "csv" else {"api_key_names": [key.name]}
    return _table([table("account")["daily"] | names], "usage-daily", record, state)


def own_key(record: Recorded, state: State) -> Response:
    """GET /account/key: what the key itself may do."""
    key = state.known_key(record)
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


def _table(rows: list[Json], name: str, record: Recorded, state: State) -> Response:
    schemas.check_query("usage", record.query, api=state.api)
    rows = rows[: int(record.query.get("limit", len(rows)))]
    if record.query.get("format", "json") == "json":
        return json_response({"usage": rows, "count": len(rows)})
    lines = [",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)]
    file = f'attachment; filename="pollinations-{name}-2026-01-20.csv"'
    headers = {"Content-Type": "text/csv", "Content-Disposition": file}
    return Response(("\n".join(lines).encode(),), headers=headers, sized=True)
