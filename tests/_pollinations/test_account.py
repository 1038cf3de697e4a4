"""The account behind a key, as the gateway told of it in both APIs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from _pollinations import account
from _pollinations.account import Balance, DailyUsage, KeyInfo, Profile
from _pollinations.http.call import Call, Response
from _pollinations.http.client import Client
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import (
    AuthenticationError,
    InvalidInputError,
    PermissionDeniedError,
    ServerError,
    UnreadableAnswerError,
)
from pollinations_sandbox import Key, Sandbox

APIS = pytest.mark.parametrize("api", ["2026-01", "2026-10"])


def read(call: Call[Any], body: bytes, kind: str = "application/json") -> Any:
    return call.read(Response(200, {"content-type": kind}, body))


@APIS
def test_a_profile_is_read(ask: Any) -> None:
    """Names, the tier, and moments in UTC."""
    profile = ask.send(account.profile())

    assert profile == Profile(
        name="Sandy Box",
        email="sandbox@example.com",
        github_username="sandbox",
        tier="flower",
        created_at=datetime(2025, 11, 1, tzinfo=UTC),
        next_reset_at=None,
        raw=profile.raw,
    )


def test_a_profile_may_be_empty() -> None:
    """Every field may be null, or absent for a key that may not read it."""
    nothing = Profile(
        name=None,
        email=None,
        github_username=None,
        tier=None,
        created_at=None,
        next_reset_at=None,
    )
    told = b'{"name":null,"email":null,"githubUsername":null,"createdAt":"","nextResetAt":null}'

    assert read(account.profile(), b"{}") == nothing
    assert read(account.profile(), told).created_at is None


@APIS
def test_a_balance_is_read(ask: Any) -> None:
    """What can be spent, as an exact number."""
    assert ask.send(account.balance()).balance == Decimal("15.5")


def test_a_balance_may_come_in_parts() -> None:
    """Later gateways tell the account's pollen beside the key's budget."""
    told = b'{"balance":0.1,"accountBalance":{"total":3.3,"tier":1.1,"paid":2.2}}'
    balance = read(account.balance(), told)

    assert balance == Balance(
        balance=Decimal("0.1"),
        total=Decimal("3.3"),
        tier=Decimal("1.1"),
        paid=Decimal("2.2"),
        raw=balance.raw,
    )


@APIS
def test_usage_is_read(ask: Any, sandbox: Sandbox) -> None:
    """All sixteen fields, with the time in UTC."""
    first, second = ask.send(account.usage(limit=2))

    assert first.timestamp == datetime(2026, 1, 20, 12, tzinfo=UTC)
    assert first.timestamp > second.timestamp
    assert len(first.raw) == 16
    others = {name for name in first.raw if getattr(first, name) != first.raw[name]}
    assert others == {"timestamp", "cost_usd"}
    assert first.cost_usd == Decimal("0.0006")
    assert sandbox.last.query == {"limit": "2"}


@pytest.mark.parametrize(
    "before",
    [
        "2026-01-20 12:00:00",
        datetime(2026, 1, 20, 12, tzinfo=UTC),
        datetime(2026, 1, 20, 12),  # noqa: DTZ001 - means UTC here
        datetime(2026, 1, 20, 13, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_older_usage_is_asked_for_by_time(before: datetime | str) -> None:
    """The cursor is written as the records write their time."""
    assert account.usage(10, before, days=7).request.query == (
        ("limit", "10"),
        ("before", "2026-01-20 12:00:00"),
        ("days", "7"),
    )


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 50_001}, {"days": 0}, {"days": 91}])
def test_bounds_are_known_before_anything_is_sent(wrong: dict[str, int]) -> None:
    """What the gateway would refuse raises at once."""
    with pytest.raises(InvalidInputError, match="is a number from 1 to"):
        account.usage(**wrong)  # type: ignore[arg-type]


@APIS
def test_usage_comes_as_a_table_too(ask: Any, sandbox: Sandbox) -> None:
    """The text of the CSV, with its line of names."""
    table = ask.send(account.usage_csv(limit=1))

    assert table.splitlines()[0].split(",")[:3] == ["timestamp", "type", "model"]
    assert len(table.splitlines()) == 2
    assert sandbox.last.query == {"limit": "1", "format": "csv"}
    assert ask.send(account.daily_usage_csv()).startswith("date,model,meter_source")


@APIS
def test_daily_usage_is_read(ask: Any) -> None:
    """Sums of a day, with the names of the keys."""
    (day,) = ask.send(account.daily_usage())

    assert day == DailyUsage(
        date=date(2026, 1, 20),
        model="openai",
        meter_source="tier",
        requests=2,
        cost_usd=Decimal("0.0012"),
        api_key_names=("sandbox",),
        raw=day.raw,
    )


@APIS
def test_a_key_tells_of_itself(ask: Any) -> None:
    """What it may do; no limits are None."""
    info = ask.send(account.key())

    assert info == KeyInfo(
        valid=True,
        type="secret",
        name="sandbox",
        expires_at=None,
        expires_in=None,
        models=None,
        permissions=("profile", "balance", "usage"),
        budget=None,
        rate_limited=False,
        raw=info.raw,
    )


def test_a_key_tells_of_its_limits() -> None:
    """Models, budget and end of a key that has them."""
    told = (
        b'{"valid":true,"type":"publishable","name":null,"expiresAt":"2026-12-01T00:00:00.000Z",'
        b'"expiresIn":777600,"permissions":{"models":["openai"],"account":null},'
        b'"pollenBudget":0.5,"rateLimitEnabled":true}'
    )
    info = read(account.key(), told)

    assert (info.models, info.permissions, info.budget) == (("openai",), (), Decimal("0.5"))
    assert (info.expires_at, info.expires_in) == (datetime(2026, 12, 1, tzinfo=UTC), 777_600)
    assert info.rate_limited is True


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize(
    ("call", "permission"),
    [
        (account.profile, "account:profile"),
        (account.balance, "account:balance"),
        (account.usage, "account:usage"),
        (account.usage_csv, "account:usage"),
        (account.daily_usage, "account:usage"),
    ],
)
def test_a_missing_permission_is_named(
    api: Any, call: Callable[[], Call[Any]], permission: str
) -> None:
    """A 403 says what the key lacks; balances need `usage` in later gateways."""
    lacking = "account:usage" if (api, call) == ("2026-10", account.balance) else permission
    with Sandbox(api=api, keys={"sk_bare": Key(permissions=())}) as sandbox:
        client = Client(base_url=sandbox.base_url, api_key="sk_bare")

        with pytest.raises(PermissionDeniedError, match=f"missing permission: {lacking}"):
            client.send(call())


def test_a_wrong_key_is_found_out(ask: Any) -> None:
    """Asking a key for itself is the check of it."""
    with pytest.raises(AuthenticationError):
        ask.send(account.key(), api_key="sk_nobody")


def test_a_failing_backend_is_a_server_error() -> None:
    """The usage backend's error without an envelope is typed like any other."""
    error = error_from(503, {}, b'{"error":"Failed to fetch usage data"}')

    assert isinstance(error, ServerError)
    assert error.message == "Failed to fetch usage data"


@pytest.mark.parametrize(
    "call",
    [account.profile(), account.balance(), account.usage(), account.daily_usage(), account.key()],
)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null"])
def test_another_answer_is_unreadable(call: Call[Any], body: bytes) -> None:
    """A page where JSON should be raises a typed error."""
    with pytest.raises(UnreadableAnswerError):
        read(call, body)


def test_a_page_is_no_table() -> None:
    """A CSV that is a web page is none."""
    with pytest.raises(UnreadableAnswerError):
        read(account.usage_csv(), b"<html>", "text/html")


def test_half_a_record_is_read() -> None:
    """Absent counts are 0, absent words None, and strange rows are passed over."""
    (record,) = read(account.usage(), b'{"usage":[null,{"model":"openai","cost_usd":1e-7}]}')

    assert (record.model, record.cost_usd, record.output_text_tokens) == (
        "openai",
        Decimal("1E-7"),
        0,
    )
    assert (record.timestamp, record.api_key, record.response_time_ms) == (None, None, None)
