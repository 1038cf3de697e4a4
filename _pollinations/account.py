"""The account behind a key: GET /account/..., see https://gen.pollinations.ai/docs.

What a key may read depends on its permissions; a refusal names the missing one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from _pollinations.http.call import Call, Request, Response
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import (
    day,
    exact,
    flag,
    json_of,
    moment,
    text,
    unreadable,
    whole,
    words,
)

__all__ = [
    "Balance",
    "DailyUsage",
    "KeyInfo",
    "Profile",
    "UsageRecord",
    "balance",
    "daily_usage",
    "daily_usage_csv",
    "key",
    "profile",
    "usage",
    "usage_csv",
]

MAX_RECORDS = 50_000
_TIME = "%Y-%m-%d %H:%M:%S"
_COUNTS = (
    *("input_text_tokens", "input_cached_tokens", "input_audio_tokens", "input_image_tokens"),
    *("output_text_tokens", "output_reasoning_tokens"),
    *("output_audio_tokens", "output_image_tokens"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The owner of the key; None is what the account or the key does not say.

    Attributes:
        name: The display name.
        email: The e-mail address.
        github_username: The GitHub account.
        tier: Such as `spore`, `seed`, `flower`, `nectar`.
        created_at: When the account was created.
        next_reset_at: When the next daily pollen is granted.
        raw: The JSON as it came.
    """

    name: str | None
    email: str | None
    github_username: str | None
    tier: str | None
    created_at: datetime | None
    next_reset_at: datetime | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What can be spent, in pollen; 1 pollen is about 1 USD.

    Attributes:
        balance: What this key can spend: its own budget if it has one, else the account's pollen.
        total: The account's pollen, if the gateway lists it separately.
        tier: The part of it that the tier granted.
        paid: The part of it that was bought.
        raw: The JSON as it came.
    """

    balance: Decimal
    total: Decimal | None = None
    tier: Decimal | None = None
    paid: Decimal | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """One past request; token counts are 0 where nothing was used.

    Attributes:
        timestamp: When it was made, in UTC.
        type: Such as `generate.text`, `generate.image`.
        model: The model that answered.
        api_key: The key's name.
        api_key_type: `secret`, `publishable`, `temporary`.
        meter_source: Which pollen paid: `tier`, `pack`, `crypto`.
        input_text_tokens: Text tokens read.
        input_cached_tokens: Tokens read from the provider's cache.
        input_audio_tokens: Audio tokens read.
        input_image_tokens: Image tokens read.
        output_text_tokens: Text tokens written.
        output_reasoning_tokens: Tokens of reasoning.
        output_audio_tokens: Audio tokens written.
        output_image_tokens: Image tokens; 1 for a whole image.
        cost_usd: Cost in US dollars.
        response_time_ms: How long the answer took, in milliseconds.
        raw: The JSON as it came.
    """

    timestamp: datetime | None
    type: str | None
    model: str | None
    api_key: str | None
    api_key_type: str | None
    meter_source: str | None
    input_text_tokens: int
    input_cached_tokens: int
    input_audio_tokens: int
    input_image_tokens: int
    output_text_tokens: int
    output_reasoning_tokens: int
    output_audio_tokens: int
    output_image_tokens: int
    cost_usd: Decimal
    response_time_ms: Decimal | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUsage:
    """What one model used on one day.

    Attributes:
        date: The day, in UTC.
        model: The model.
        meter_source: Which pollen paid: `tier`, `pack`, `crypto`.
        requests: How many requests.
        cost_usd: Cost in US dollars.
        api_key_names: Names of the keys that were used.
        raw: The JSON as it came.
    """

    date: date | None
    model: str | None
    meter_source: str | None
    requests: int
    cost_usd: Decimal
    api_key_names: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """What a key may do.

    Attributes:
        valid: Whether the key works.
        type: `secret` or `publishable`.
        name: Its name.
        expires_at: When it expires; None for never.
        expires_in: Seconds until then.
        models: The models that it may use; None for all.
        permissions: What it may read of the account: `profile`, `balance`, `usage`.
        budget: Pollen that it may still spend; None if it has no budget of its own.
        rate_limited: Whether the gateway limits its rate.
        raw: The JSON as it came.
    """

    valid: bool
    type: str | None
    name: str | None
    expires_at: datetime | None
    expires_in: int | None
    models: tuple[str, ...] | None
    permissions: tuple[str, ...]
    budget: Decimal | None
    rate_limited: bool | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


def profile() -> Call[Profile]:
    """Read who owns the key; needs the permission `profile`.

    Returns:
        A call for a client's `send`.

    Example:
        >>> from langchain_pollinations.gateway import Client, account
        >>> Client(api_key="sk_...").send(account.profile()).tier  # doctest: +SKIP
        'flower'
    """

    def read(response: Response) -> Profile:
        data = _object(response, "profile")
        return Profile(
            name=text(data.get("name")),
            email=text(data.get("email")),
            github_username=text(data.get("githubUsername")),
            tier=text(data.get("tier")),
            created_at=moment(data.get("createdAt")),
            next_reset_at=moment(data.get("nextResetAt")),
            raw=data,
        )

    return Call(Request("GET", "/account/profile"), read)


def balance() -> Call[Balance]:
    """Read what can be spent; needs the permission `balance` or, later in 2026, `usage`.

    For a key with a budget of its own that is its budget.

    Returns:
        A call for a client's `send`.
    """

    def read(response: Response) -> Balance:
        data = _object(response, "balance")
        amount, inner = exact(data.get("balance")), data.get("accountBalance")
        if amount is None:
            raise unreadable(response, "balance")
        account = inner if isinstance(inner, dict) else {}
        return Balance(
            balance=amount,
            total=exact(account.get("total")),
            tier=exact(account.get("tier")),
            paid=exact(account.get("paid")),
            raw=data,
        )

    return Call(Request("GET", "/account/balance"), read)


def usage(
    limit: int | None = None,
    before: datetime | str | None = None,
    *,
    days: int | None = None,
) -> Call[tuple[UsageRecord, ...]]:
    """Read the latest requests, newest first; needs the permission `usage`.

    Args:
        limit: At most so many records, 1 to 50,000; 100 by default.
        before: Only older records: the `timestamp` of the last one of the page before. A datetime
            without a zone means UTC.
        days: Only the last 1 to 90 days; older gateways ignore this.

    Returns:
        A call for a client's `send`.

    Raises:
        InvalidInputError: `limit` or `days` is out of bounds.

    Example:
        >>> from langchain_pollinations.gateway import Client, account
        >>> client = Client(api_key="sk_...")
        >>> page = client.send(account.usage(limit=1000))  # doctest: +SKIP
        >>> older = client.send(account.usage(1000, page[-1].timestamp))  # doctest: +SKIP
    """
    return Call(_usage("", _query(limit, before, days)), _read_usage)


def usage_csv(
    limit: int | None = None,
    before: datetime | str | None = None,
    *,
    days: int | None = None,
) -> Call[str]:
    """Read the same as CSV with a header line; see `usage`."""
    return Call(_usage("", (*_query(limit, before, days), ("format", "csv"))), _read_csv)


def daily_usage(*, days: int | None = None) -> Call[tuple[DailyUsage, ...]]:
    """Read the sums per day and model of the last 90 days; needs the permission `usage`.

    The gateway computes them once an hour.

    Args:
        days: Only the last 1 to 90 days; older gateways ignore this.

    Returns:
        A call for a client's `send`.

    Raises:
        InvalidInputError: `days` is out of bounds.
    """
    return Call(_usage("/daily", _query(None, None, days)), _read_daily)


def daily_usage_csv(*, days: int | None = None) -> Call[str]:
    """Read the same as CSV, without names of keys; see `daily_usage`."""
    return Call(_usage("/daily", (*_query(None, None, days), ("format", "csv"))), _read_csv)


def key() -> Call[KeyInfo]:
    """Read what this key may do; needs no permission, so it also checks a key.

    Returns:
        A call for a client's `send`; a wrong key raises `AuthenticationError`.
    """

    def read(response: Response) -> KeyInfo:
        data = _object(response, "key")
        inner = data.get("permissions")
        allowed = inner if isinstance(inner, dict) else {}
        return KeyInfo(
            valid=flag(data.get("valid")) is not False,
            type=text(data.get("type")),
            name=text(data.get("name")),
            expires_at=moment(data.get("expiresAt")),
            expires_in=whole(data.get("expiresIn")),
            models=words(allowed.get("models")),
            permissions=words(allowed.get("account")) or (),
            budget=exact(data.get("pollenBudget")),
            rate_limited=flag(data.get("rateLimitEnabled")),
            raw=data,
        )

    return Call(Request("GET", "/account/key"), read)


def _usage(path: str, query: tuple[tuple[str, str], ...]) -> Request:
    return Request("GET", f"/account/usage{path}", query)


def _query(
    limit: int | None, before: datetime | str | None, days: int | None
) -> tuple[tuple[str, str], ...]:
    for name, number, most in (("limit", limit, MAX_RECORDS), ("days", days, 90)):
        if number is not None and not 1 <= number <= most:
            raise InvalidInputError(f"{name} is a number from 1 to {most}, not {number!r}.")
    if isinstance(before, datetime):
        before = (before.astimezone(UTC) if before.tzinfo else before).strftime(_TIME)
    query = (("limit", limit), ("before", before), ("days", days))
    return tuple((name, str(value)) for name, value in query if value is not None)


def _object(response: Response, what: str) -> dict[str, Any]:
    value = json_of(response, what)
    if not isinstance(value, dict):
        raise unreadable(response, what)
    return value


def _rows(response: Response) -> list[dict[str, Any]]:
    rows = _object(response, "usage").get("usage")
    if not isinstance(rows, list):
        raise unreadable(response, "usage")
    return [row for row in rows if isinstance(row, dict)]


def _read_usage(response: Response) -> tuple[UsageRecord, ...]:
    return tuple(
        UsageRecord(
            timestamp=moment(row.get("timestamp")),
            type=text(row.get("type")),
            model=text(row.get("model")),
            api_key=text(row.get("api_key")),
            api_key_type=text(row.get("api_key_type")),
            meter_source=text(row.get("meter_source")),
            **{name: whole(row.get(name)) or 0 for name in _COUNTS},
            cost_usd=exact(row.get("cost_usd")) or Decimal(0),
            response_time_ms=exact(row.get("response_time_ms")),
            raw=row,
        )
        for row in _rows(response)
    )


def _read_daily(response: Response) -> tuple[DailyUsage, ...]:
    return tuple(
        DailyUsage(
            date=day(row.get("date")),
            model=text(row.get("model")),
            meter_source=text(row.get("meter_source")),
            requests=whole(row.get("requests")) or 0,
            cost_usd=exact(row.get("cost_usd")) or Decimal(0),
            api_key_names=words(row.get("api_key_names")) or (),
            raw=row,
        )
        for row in _rows(response)
    )


def _read_csv(response: Response) -> str:
    if response.headers.get("content-type", "").startswith(("text/html", "application/json")):
        raise unreadable(response, "table")
    return response.body.decode("utf-8-sig", "replace")
