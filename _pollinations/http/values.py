"""Values of an answer: what each is, or None; only `json_of` and `object_of` raise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from pydantic import TypeAdapter

from _pollinations.http.call import Response
from _pollinations.http.errors import UnreadableAnswerError
from _pollinations.http.json import parse

_DIGITS = Context(prec=12)
_MOST_DIGITS = 500
_TOO_LARGE = 10**_MOST_DIGITS
_MOMENT = TypeAdapter(datetime)


def json_of(response: Response, what: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read the JSON of a 2xx answer.

    Args:
        response: The answer.
        what: What it should have been, for the error.

    Returns:
        The value as plain Python objects.

    Raises:
        UnreadableAnswerError: The body is not JSON.
    """
    try:
        return parse(response.body)
    except ValueError:
        raise unreadable(response, what) from None


def object_of(response: Response, what: str) -> dict[str, Any]:
    """Read the JSON object of a 2xx answer; see `json_of`.

    Raises:
        UnreadableAnswerError: The body is not JSON, or not an object.
    """
    value = json_of(response, what)
    if not isinstance(value, dict):
        raise unreadable(response, what)
    return value


def unreadable(response: Response, what: str) -> UnreadableAnswerError:
    """Make the error for a 2xx answer that is something else than `what`; the caller raises it."""
    kind = response.headers.get("content-type", "no content type")
    start = response.body[:80].decode("utf-8", "replace").strip()
    begins = f"it begins with {start!r}" if "\ufffd" not in start else "it is binary"
    is_json = start.startswith(("{", "["))
    return UnreadableAnswerError(
        f"Expected {what}, got {kind}: {begins if start else 'it is empty'}.",
        hint="Try again: the answer may have been cut off." if is_json else "",
        status=response.status,
        request_id=response.headers.get("x-request-id"),
    )


def text(value: object) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def flag(value: object) -> bool | None:
    """True or False."""
    return value if isinstance(value, bool) else None


def words(value: object) -> tuple[str, ...] | None:
    """A list of texts; what is not text in it is left out."""
    if not isinstance(value, list | tuple):
        return None
    return tuple(word for word in value if isinstance(word, str))


def exact(value: object) -> Decimal | None:
    """A number, or a text that says one, without the rounding errors of binary fractions.

    A number of more than 500 digits before or behind its point is none: nothing that is counted
    has so many, and to compute with `1e999999` takes for ever or overflows.

    Example:
        >>> exact(2.0000000000000002e-7)
        Decimal('2E-7')
        >>> exact("0.0000015")
        Decimal('0.0000015')
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return None
    return _DIGITS.create_decimal(number).normalize() if isinstance(value, float) else number


def whole(value: object) -> int | None:
    """A whole number; fractions are cut off."""
    if type(value) is int and abs(value) < _TOO_LARGE:
        return value
    number = exact(value)
    return None if number is None else int(number)


def moment(value: object) -> datetime | None:
    """A moment in UTC: ISO 8601, `YYYY-MM-DD HH:MM:SS`, or seconds or milliseconds since 1970.

    A text without a zone means UTC.

    Example:
        >>> moment("2026-01-20 12:00:00").isoformat()
        '2026-01-20T12:00:00+00:00'
    """
    try:
        when = _MOMENT.validate_python(value)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list; anything else is an empty one."""
    return value if isinstance(value, list) else []


def first(holder: Mapping[str, Any], names: Iterable[str]) -> Any:  # noqa: ANN401 - any JSON value
    """The first value under one of the names that is neither empty nor None."""
    return next((holder[name] for name in names if holder.get(name)), None)
