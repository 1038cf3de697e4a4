"""The account behind a key: GET /account/..., see https://gen.pollinations.ai/docs.

What a key may read depends on its permissions; a refusal names the missing one.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, TypeVar

from pydantic import AliasPath, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from _pollinations.http.call import Call, Request, Response
from _pollinations.http.lenient import Amount, LenientModel, read_as
from _pollinations.http.values import moment, object_of, unreadable

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

RowT = TypeVar("RowT", bound=LenientModel)

_TIME = "%Y-%m-%d %H:%M:%S"

Moment = Annotated[datetime, BeforeValidator(moment)]
"""A moment in UTC."""
Day = date  # a field has the name


class Profile(LenientModel):
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

    model_config = ConfigDict(alias_generator=to_camel)

    name: str | None = None
    email: str | None = None
    github_username: str | None = None
    tier: str | None = None
    created_at: Moment | None = None
    next_reset_at: Moment | None = None


class Balance(LenientModel):
    """What can be spent, in pollen; 1 pollen is about 1 USD.

    Attributes:
        balance: What this key can spend: its own budget if it has one, else the account's pollen.
        total: The account's pollen, if the gateway lists it separately.
        tier: The part of it that the tier granted.
        paid: The part of it that was bought.
        raw: The JSON as it came.
    """

    balance: Amount
    total: Amount | None = Field(
        default=None, validation_alias=AliasPath("accountBalance", "total")
    )
    tier: Amount | None = Field(default=None, validation_alias=AliasPath("accountBalance", "tier"))
    paid: Amount | None = Field(default=None, validation_alias=AliasPath("accountBalance", "paid"))


class UsageRecord(LenientModel):
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

    timestamp: Moment | None = None
    type: str | None = None
    model: str | None = None
    api_key: str | None = None
    api_key_type: str | None = None
    meter_source: str | None = None
    input_text_tokens: int = 0
    input_cached_tokens: int = 0
    input_audio_tokens: int = 0
    input_image_tokens: int = 0
    output_text_tokens: int = 0
    output_reasoning_tokens: int = 0
    output_audio_tokens: int = 0
    output_image_tokens: int = 0
    cost_usd: Amount = Decimal(0)
    response_time_ms: Amount | None = None


class DailyUsage(LenientModel):
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

    date: Day | None = None
    model: str | None = None
    meter_source: str | None = None
    requests: int = 0
    cost_usd: Amount = Decimal(0)
    api_key_names: tuple[str, ...] = ()


class KeyInfo(LenientModel):
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

    model_config = ConfigDict(alias_generator=to_camel)

    valid: bool = True
    type: str | None = None
    name: str | None = None
    expires_at: Moment | None = None
    expires_in: int | None = None
    models: tuple[str, ...] | None = Field(
        default=None, validation_alias=AliasPath("permissions", "models")
    )
    permissions: tuple[str, ...] = Field(
        default=(), validation_alias=AliasPath("permissions", "account")
    )
    budget: Amount | None = Field(default=None, validation_alias="pollenBudget")
    rate_limited: bool | None = Field(default=None, validation_alias="rateLimitEnabled")


def profile() -> Call[Profile]:
    """Read who owns the key; needs the permission `profile`.

    Returns:
        A call for a client's `send`.

    Example:
        >>> from langchain_pollinations.gateway import Client, account
        >>> Client(api_key="sk_...").send(account.profile()).tier  # doctest: +SKIP
        'flower'
    """
    return Call(Request("GET", "/account/profile"), partial(read_as, Profile, what="profile"))


def balance() -> Call[Balance]:
    """Read what can be spent; needs the permission `balance` or, later in 2026, `usage`.

    For a key with a budget of its own that is its budget.

    Returns:
        A call for a client's `send`.
    """
    return Call(Request("GET", "/account/balance"), partial(read_as, Balance, what="balance"))


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

    Example:
        >>> from langchain_pollinations.gateway import Client, account
        >>> client = Client(api_key="sk_...")
        >>> page = client.send(account.usage(limit=1000))  # doctest: +SKIP
        >>> older = client.send(account.usage(1000, page[-1].timestamp))  # doctest: +SKIP
    """
    if isinstance(before, datetime):
        before = (before.astimezone(UTC) if before.tzinfo else before).strftime(_TIME)
    query = _query(limit=limit, before=before, days=days)
    return Call(Request("GET", "/account/usage", query), partial(_read_rows, UsageRecord))


def usage_csv(
    limit: int | None = None,
    before: datetime | str | None = None,
    *,
    days: int | None = None,
) -> Call[str]:
    """Read the same as CSV with a header line; see `usage`."""
    return _as_csv(usage(limit, before, days=days))


def daily_usage(*, days: int | None = None) -> Call[tuple[DailyUsage, ...]]:
    """Read the sums per day and model of the last 90 days; needs the permission `usage`.

    The gateway computes them once an hour.

    Args:
        days: Only the last 1 to 90 days; older gateways ignore this.

    Returns:
        A call for a client's `send`.
    """
    request = Request("GET", "/account/usage/daily", _query(days=days))
    return Call(request, partial(_read_rows, DailyUsage))


def daily_usage_csv(*, days: int | None = None) -> Call[str]:
    """Read the same as CSV, without names of keys; see `daily_usage`."""
    return _as_csv(daily_usage(days=days))


def key() -> Call[KeyInfo]:
    """Read what this key may do; needs no permission, so it also checks a key.

    Returns:
        A call for a client's `send`; a wrong key raises `AuthenticationError`.
    """
    return Call(Request("GET", "/account/key"), partial(read_as, KeyInfo, what="key"))


def _query(**options: object) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in options.items() if value is not None)


def _as_csv(call: Call[object]) -> Call[str]:
    query = (*call.request.query, ("format", "csv"))
    return Call(replace(call.request, query=query), _read_csv)


def _read_rows(kind: type[RowT], response: Response) -> tuple[RowT, ...]:
    rows = object_of(response, "usage").get("usage")
    if not isinstance(rows, list):
        raise unreadable(response, "usage")
    return tuple(kind.of(row) for row in rows if isinstance(row, dict))


def _read_csv(response: Response) -> str:
    if response.headers.get("content-type", "").startswith(("text/html", "application/json")):
        raise unreadable(response, "table")
    return response.body.decode("utf-8-sig", "replace")
