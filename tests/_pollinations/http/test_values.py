"""One value of an answer, in every spelling."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from _pollinations.http import values
from _pollinations.http.call import Response
from _pollinations.http.errors import UnreadableAnswerError


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.1 + 0.2, "0.3"),
        (15.5, "15.5"),
        (3, "3"),
        ("123456789.123456789", "123456789.123456789"),
    ],
)
def test_a_number_is_exact(value: Any, number: str) -> None:
    """Exponents, binary dust and decimal texts give the number that was meant."""
    assert values.exact(value) == Decimal(number)


@pytest.mark.parametrize(
    "value",
    [None, True, "much", "NaN", float("inf"), float("nan"), [], {}, "1e9999999", "-1e-9999"],
)
def test_what_is_no_number_is_none(value: Any) -> None:
    """Nothing is guessed and nothing raises."""
    assert values.exact(value) is None
    assert values.whole(value) is None


@pytest.mark.parametrize(
    "value",
    ["2026-01-20T12:00:00.000Z", "2026-01-20T13:00:00+01:00", 1768910400, 1768910400000],
)
def test_a_moment_is_in_utc(value: Any) -> None:
    """ISO 8601, the usage records' own form, and numbers of seconds or milliseconds are read."""
    assert values.moment(value) == datetime(2026, 1, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "soon", True, 1e300, -1e300, {}])
def test_what_is_no_moment_is_none(value: Any) -> None:
    """A date that cannot be read is None."""
    assert values.moment(value) is None


def test_small_values_are_what_they_are_or_none() -> None:
    """Texts, flags and lists of texts are recognised."""
    assert (values.text("a"), values.text(""), values.text(1)) == ("a", None, None)
    assert [values.flag(value) for value in (False, 0, "true")] == [False, None, None]
    assert (values.words(["a", 1, "b"]), values.words([]), values.words("a")) == (
        ("a", "b"),
        (),
        None,
    )


def test_a_page_in_the_place_of_json_is_told_of() -> None:
    """The error says what came, and of what kind."""
    page = Response(200, {"content-type": "text/html", "x-request-id": "r1"}, b"<html>Welcome")

    with pytest.raises(
        UnreadableAnswerError, match=r"Expected balance, got text/html.*Welcome"
    ) as caught:
        values.json_of(page, "balance")

    assert caught.value.request_id == "r1"
