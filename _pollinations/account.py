"""The account behind a key: GET /account/..., see https://gen.pollinations.ai/docs.

What a key may read depends on its permissions; a refusal names the missing one.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import (
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
)
from pydantic.alias_generators import to_camel

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

AnswerT = TypeVar("AnswerT", bound="_Answer")

MAX_RECORDS = 50_000
_TIME = "%Y-%m-%d %H:%M:%S"

# What a field holds: a value of its type, or None where the JSON has nothing or something else.
Text = Annotated[str | None, PlainValidator(text)]
Words = Annotated[tuple[str, ...] | None, PlainValidator(words)]
Flag = Annotated[bool | None, PlainValidator(flag)]
Whole = Annotated[int | None, PlainValidator(whole)]
Exact = Annotated[Decimal | None, PlainValidator(exact)]
Moment = Annotated[datetime | None, PlainValidator(moment)]
Day = Annotated[date | None, PlainValidator(day)]
Count = Annotated[int, PlainValidator(lambda value: whole(value) or 0)]
Dollars = Annotated[Decimal, PlainValidator(lambda value: exact(value) or Decimal(0))]
Names = Annotated[tuple[str, ...], PlainValidator(lambda value: words(value) or ())]


class _Answer(BaseModel):
    """What all answers have."""

    model_config = ConfigDict(
        frozen=True, defer_build=True, validate_by_name=True, validate_by_alias=True
    )

    raw: Mapping[str, Any] = Field(default_factory=dict, repr=False)


class Profile(_Answer):
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

    name: Text = None
    email: Text = None
    github_username: Text = None
    tier: Text = None
    created_at: Moment = None
    next_reset_at: Moment = None


class Balance(_Answer):
    """What can be spent, in pollen; 1 pollen is about 1 USD.

    Attributes:
        balance: What this key can spend: its own budget if it has one, else the account's pollen.
        total: The account's pollen, if the gateway lists it separately.
        tier: The part of it that the tier granted.
        paid: The part of it that was bought.
        raw: The JSON as it came.
    """

    balance: Annotated[Decimal, BeforeValidator(exact)]
    total: Exact = Field(default=None, validation_alias=AliasPath("accountBalance", "total"))
    tier: Exact = Field(default=None, validation_alias=AliasPath("accountBalance", "tier"))
    paid: Exact = Field(default=None, validation_alias=AliasPath("accountBalance", "paid"))


class UsageRecord(_Answer):
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

    timestamp: Moment = None
    type: Text = None
    model: Text = None
    api_key: Text = None
    api_key_type: Text = None
    meter_source: Text = None
    input_text_tokens: Count = 0
    input_cached_tokens: Count = 0
    input_audio_tokens: Count = 0
    input_image_tokens: Count = 0
    output_text_tokens: Count = 0
    output_reasoning_tokens: Count = 0
    output_audio_tokens: Count = 0
    output_image_tokens: Count = 0
    cost_usd: Dollars = Decimal(0)
    response_time_ms: Exact = None


class DailyUsage(_Answer):
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

    date: Day = None
    model: Text = None
    meter_source: Text = None
    requests: Count = 0
    cost_usd: Dollars = Decimal(0)
    api_key_names: Names = ()


class KeyInfo(_Answer):
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

    valid: Annotated[bool, PlainValidator(lambda value: value is not False)] = True
    type: Text = None
    name: Text = None
    expires_at: Moment = None
    expires_in: Whole = None
    models: Words = Field(default=None, validation_alias=AliasPath("permissions", "models"))
    permissions: Names = Field(default=(), validation_alias=AliasPath("permissions", "account"))
    budget: Exact = Field(default=None, validation_alias="pollenBudget")
    rate_limited: Flag = Field(default=None, validation_alias="rateLimitEnabled")


def profile() -> Call[Profile]:
    """Read who owns the key; needs the permission `profile`.

    Returns:
        A call for a client's `send`.

    Example:
        >>> from langchain_pollinations.gateway import Client, account
        >>> Client(api_key="sk_...").send(account.profile()).tier  # doctest: +SKIP
        'flower'
    """
    return Call(Request("GET", "/account/profile"), partial(_read, Profile, "profile"))


def balance() -> Call[Balance]:
    """Read what can be spent; needs the permission `balance` or, later in 2026, `usage`.

    For a key with a budget of its own that is its budget.

    Returns:
        A call for a client's `send`.
    """
    return Call(Request("GET", "/account/balance"), partial(_read, Balance, "balance"))


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
    return Call(_usage("", _query(limit, before, days)), partial(_read_rows, UsageRecord))


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
    return Call(_usage("/daily", _query(None, None, days)), partial(_read_rows, DailyUsage))


def daily_usage_csv(*, days: int | None = None) -> Call[str]:
    """Read the same as CSV, without names of keys; see `daily_usage`."""
    return Call(_usage("/daily", (*_query(None, None, days), ("format", "csv"))), _read_csv)


def key() -> Call[KeyInfo]:
    """Read what this key may do; needs no permission, so it also checks a key.

    Returns:
        A call for a client's `send`; a wrong key raises `AuthenticationError`.
    """
    return Call(Request("GET", "/account/key"), partial(_read, KeyInfo, "key"))


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


def _object(what: str, response: Response) -> dict[str, Any]:
    value = json_of(response, what)
    if not isinstance(value, dict):
        raise unreadable(response, what)
    return value


def _read(kind: type[AnswerT], what: str, response: Response) -> AnswerT:
    data = _object(what, response)
    try:
        return kind.model_validate({**data, "raw": data})
    except ValidationError:
        raise unreadable(response, what) from None


def _read_rows(kind: type[AnswerT], response: Response) -> tuple[AnswerT, ...]:
    rows = _object("usage", response).get("usage")
    if not isinstance(rows, list):
        raise unreadable(response, "usage")
    return tuple(kind.model_validate({**row, "raw": row}) for row in rows if isinstance(row, dict))


def _read_csv(response: Response) -> str:
    if response.headers.get("content-type", "").startswith(("text/html", "application/json")):
        raise unreadable(response, "table")
    return response.body.decode("utf-8-sig", "replace")
