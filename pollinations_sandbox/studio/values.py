"""Checks of the words in a query and of texts in JSON, with zod's messages."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from pollinations_sandbox import errors
from pollinations_sandbox.errors import Api
from pollinations_sandbox.shapes import MISSING, Check, number, string

_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")


def coerced(text: str) -> float:
    """What JavaScript's `Number` makes of a text: nothing is 0, words are NaN."""
    if not text.strip():
        return 0
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return int(value) if value.is_integer() else value


def coercing(low: float | None = None, high: float | None = None, *, whole: bool = False) -> Check:
    """A text that is a number between `low` and `high`, both included."""
    within = number(low, high, whole=whole)

    def check(value: object) -> list[str]:
        amount = coerced(str(value))
        if math.isnan(amount):
            return ["Invalid input: expected number, received NaN"]
        return within(amount)

    return check


def sized(low: int, high: int) -> Check:
    """A string of `low` to `high` characters."""

    def check(value: object) -> list[str]:
        wrong = string(value)
        if wrong or not isinstance(value, str):
            return wrong
        if len(value) < low:
            return [f"Too small: expected string to have >={low} characters"]
        if len(value) > high:
            return [f"Too big: expected string to have <={high} characters"]
        return []

    return check


def matching(pattern: re.Pattern[str]) -> Check:
    """A string of this form."""

    def check(value: object) -> list[str]:
        if isinstance(value, str) and pattern.fullmatch(value):
            return []
        return string(value) or [f"Invalid string: must match pattern /{pattern.pattern}/"]

    return check


def checked_query(query: Mapping[str, str], fields: Mapping[str, Check], *, api: Api) -> None:
    """Let a query pass whose parameters fit; those that are not named here always do.

    Raises:
        GatewayError: 400, with the names of the wrong parameters.
    """
    wrong = {
        name: said
        for name, check in fields.items()
        if name in query and (said := check(query[name]))
    }
    if wrong:
        raise errors.invalid_query(wrong, api=api)


def checked_body(
    body: Mapping[str, Any], fields: Mapping[str, Check], *, api: Api
) -> Mapping[str, Any]:
    """The same JSON object, if its fields fit; those that are not named here always do.

    Raises:
        GatewayError: 400, with the names of the wrong fields.
    """
    wrong = {
        name: said for name, check in fields.items() if (said := check(body.get(name, MISSING)))
    }
    if wrong:
        raise errors.invalid(wrong, [], api=api)
    return body


def true(value: object) -> bool:
    """Whether a switch is on: the services know one word for it."""
    return str(value).lower() == "true"
