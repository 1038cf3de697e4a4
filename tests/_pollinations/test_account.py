"""The account behind a key, as the gateway told of it in both APIs."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from _pollinations import account
from _pollinations.account import Balance, DailyUsage, KeyInfo, Profile, UsageRecord
from _pollinations.http.call import Call, Response
from _pollinations.http.errors import UnreadableAnswerError
from pollinations_sandbox import Sandbox

APIS = pytest.mark.parametrize("api", ["2026-01", "2026-10"])
NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


def read(call: Call[Any], body: bytes, kind: str = "application/json") -> Any:
    return call.read(Response(200, {"content-type": kind}, body))


@APIS
@pytest.mark.parametrize(
    ("call", "field", "value"),
    [
        (account.profile(), "created_at", datetime(2025, 11, 1, tzinfo=UTC)),
        (account.balance(), "balance", Decimal("15.5")),
        (account.key(), "permissions", ("profile", "balance", "usage")),
    ],
    ids=["profile", "balance", "key"],
)
def test_the_gateway_is_understood(ask: Any, call: Call[Any], field: str, value: object) -> None:
    """In both colours; amounts are exact, and moments in UTC."""
    assert getattr(ask.send(call), field) == value


TEXT = "2026-01-20T12:00:00.000Z"
PARTS = {"total": 3.3, "tier": "1.1"}
LIMITS = {"models": ["openai"], "account": ["usage"]}


@pytest.mark.parametrize(
    ("call", "body", "answer"),
    [
        (
            account.profile(),
            {"name": "Ada", "githubUsername": "ada", "nextResetAt": TEXT},
            Profile(name="Ada", github_username="ada", next_reset_at=NOON),
        ),
        (account.profile(), {"name": None, "email": 5, "createdAt": "?", "raw": 1}, Profile()),
        (
            account.balance(),
            {"balance": 0.1, "accountBalance": PARTS},
            Balance(balance=Decimal("0.1"), total=Decimal("3.3"), tier=Decimal("1.1")),
        ),
        (
            account.key(),
            {"valid": False, "expiresAt": TEXT, "expiresIn": 77, "permissions": LIMITS},
            KeyInfo(
                valid=False,
                expires_at=NOON,
                expires_in=77,
                models=("openai",),
                permissions=("usage",),
            ),
        ),
        (
            account.key(),
            {"valid": None, "pollenBudget": 0.5, "rateLimitEnabled": True, "permissions": None},
            KeyInfo(budget=Decimal("0.5"), rate_limited=True),
        ),
    ],
)
def test_every_field_is_read(call: Call[Any], body: Any, answer: Any) -> None:
    """Each may be absent, null or strange; what is read can be hashed."""
    value = read(call, json.dumps(body).encode())

    assert value == answer.model_copy(update={"raw": body})
    assert hash(value) == hash(answer)


def test_rows_of_usage_are_read() -> None:
    """Absent counts are 0, absent words None, and strange rows are passed over."""
    record, day = (
        {"model": "openai", "cost_usd": 1e-7},
        {"date": "2026-01-20", "requests": "2", "cost_usd": None},
    )
    records = read(account.usage(), json.dumps({"usage": [None, record]}).encode())
    days = read(account.daily_usage(), json.dumps({"usage": [day, 5]}).encode())

    assert records == (UsageRecord(model="openai", cost_usd=Decimal("1E-7"), raw=record),)
    assert days == (DailyUsage(date=date(2026, 1, 20), requests=2, raw=day),)
    counts = {name: value for name, value in records[0] if name.endswith("_tokens")}
    assert counts == dict.fromkeys(counts, 0)
    assert (days[0].cost_usd, days[0].api_key_names) == (0, ())


@APIS
def test_usage_is_read(ask: Any, sandbox: Sandbox) -> None:
    """All sixteen fields, with the time in UTC."""
    first, second = ask.send(account.usage(limit=2))

    assert first.timestamp == NOON > second.timestamp
    assert len(first.raw) == 16
    others = {name for name in first.raw if getattr(first, name) != first.raw[name]}
    assert others == {"timestamp", "cost_usd"}
    assert first.cost_usd == Decimal("0.0006")
    assert sandbox.last.query == {"limit": "2"}


@pytest.mark.parametrize(
    "before",
    [
        "2026-01-20 12:00:00",
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=1))),
    ],
)
def test_older_usage_is_asked_for_by_time(before: datetime | str) -> None:
    """The cursor is written as the records write their time; without a zone it means UTC."""
    assert account.usage(10, before, days=7).request.query == (
        ("limit", "10"),
        ("before", "2026-01-20 12:00:00"),
        ("days", "7"),
    )


@APIS
def test_usage_comes_as_a_table_too(ask: Any, sandbox: Sandbox) -> None:
    """The text of the CSV, with its line of names."""
    table = ask.send(account.usage_csv(limit=1))

    assert table.splitlines()[0].split(",")[:3] == ["timestamp", "type", "model"]
    assert len(table.splitlines()) == 2
    assert sandbox.last.query == {"limit": "1", "format": "csv"}
    assert ask.send(account.daily_usage_csv()).startswith("date,model,meter_source")
    assert ask.send(account.daily_usage())[0].api_key_names == ("sandbox",)


@pytest.mark.parametrize(
    ("call", "body", "kind"),
    [
        (account.profile(), b"", "application/json"),
        (account.key(), b"[]", "application/json"),
        (account.balance(), b'{"balance":"much"}', "application/json"),
        (account.usage(), b'{"usage":5}', "application/json"),
        (account.daily_usage(), b"<html>", "text/html"),
        (account.usage_csv(), b"<html>", "text/html"),
    ],
)
def test_another_answer_is_unreadable(call: Call[Any], body: bytes, kind: str) -> None:
    """A page, no object, or an object without the balance or the rows raises a typed error."""
    with pytest.raises(UnreadableAnswerError):
        read(call, body, kind)
