"""What every error can do: tell, travel, and be compared."""

import copy
import pickle

import pytest

from _pollinations.http import errors
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import (
    LINE,
    NO_TURN,
    APITimeoutError,
    AuthenticationError,
    ErrorResponse,
    InvalidInputError,
    InvalidRequestError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    RateLimitError,
    ServerError,
)

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PollinationsError)
]
FACTS = {
    "status": 429,
    "code": "RATE_LIMITED",
    "request_id": "r1",
    "form_errors": ("a",),
    "field_errors": {"b": ("c",)},
    "timestamp": "2026-01-21T00:00:00.000Z",
    "cause_text": "because",
    "retry_after": 2.0,
    "retryable": False,
    "attempts": 3,
    "key_kind": "publishable",
    "cached": True,
    "text": "Hel",
    "reasoning": "Hm",
    "model": "openai",
    "other_failures": ("gemini failed.",),
    "hint": "Do this.",
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_travels_whole(kind: type[PollinationsError]) -> None:
    """Pickled or copied, an error keeps its kind, its words and all its facts; it is another."""
    error = kind("Oh no.", **FACTS, response=ErrorResponse(429, {"a": "b"}, '{"x":1}'))
    pickled = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    for twin in (pickled, copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert str(twin) == str(error)
        assert {**twin.facts, "response": None} == {**FACTS, "response": None}
        assert (twin.response.status_code, twin.response.json()) == (429, {"x": 1})
        assert twin.response.headers == {"a": "b"}
        assert len({error, twin, error}) == 2


def test_the_first_line_says_what_failed_and_what_to_do() -> None:
    """Model, status, code, attempts, message, advice; fields, other models and the id follow."""
    plain = {**FACTS, "hint": "", "key_kind": "secret"}

    first, *rest = str(RateLimitError("Slow down.", **plain)).splitlines()
    assert first == (
        "openai: 429 RATE_LIMITED, after 3 attempts: Slow down. Wait 2 s before the next request. "
        "Send fewer requests at a time, or set a rate_limiter."
    )
    assert rest == ["b: c", "a", "gemini failed.", "Request id: r1"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InvalidInputError("No."), "No."),
        (
            APITimeoutError("Silence", attempts=2),
            "After 2 attempts: Silence. Stream long answers, or set a longer timeout.",
        ),
        (PermissionDeniedError("No!", hint="Ask the owner."), "No! Ask the owner."),
        (ServerError("Busy", retry_after=0.0, hint="Wait."), "Busy. Wait."),
        (ServerError("It ended.", status=200, hint="Again."), "It ended. Again."),
        (
            RateLimitError("No.", code=NO_TURN),
            "NO_TURN: No. Send fewer requests at a time, or raise the limiter's timeout.",
        ),
    ],
)
def test_what_is_not_known_or_says_nothing_is_left_out(error: PollinationsError, text: str) -> None:
    """No status of success, no wait of 0 s; a hint stands in place of the class's advice."""
    assert str(error) == text


def test_a_long_message_is_split_and_its_advice_comes_last() -> None:
    """The first line has at most 200 characters and ends with a sentence or a word."""
    words = "The provider refused this. " * 9
    first, second, last = str(ServerError(words, status=502)).splitlines()

    assert first.endswith("this.")
    assert len(first) <= LINE
    assert f"{first} {second}" == f"502: {words}"
    assert last == ServerError.advice
    first, *_ = str(ServerError("x" * 300)).splitlines()
    assert len(first) == LINE


@pytest.mark.parametrize(
    ("message", "code", "advice"),
    [
        ("This key spends Quest Pollen only", "QUEST_POLLEN_ONLY", "choose one that is not paid"),
        ("This model requires Top-up Pollen.", "PAYMENT_REQUIRED", "choose one that is not paid"),
        ("API key budget exhausted.", "PAYMENT_REQUIRED", "Raise the key's budget"),
        ("The key has reached its budget", "KEY_BUDGET_EXHAUSTED", "Raise the key's budget"),
        ("Insufficient balance.", "INSUFFICIENT_BALANCE", "Add pollen"),
        ("Insufficient pollen balance to use this model", "PAYMENT_REQUIRED", "Add pollen"),
    ],
)
def test_who_must_pay_is_told_for_what(message: str, code: str, advice: str) -> None:
    """A paid-only model, a spent budget and an empty balance have three ways out."""
    error = PaymentRequiredError(message, status=402, code=code)

    assert advice in error.next_step
    assert error.paid_only is ("not paid" in advice)
    assert "enter.pollinations.ai" in str(error)


def test_a_wrong_key_is_to_be_checked_and_a_missing_one_to_be_set() -> None:
    """A key of an unknown kind: the advice says how keys begin."""
    step = "Check the key that is set, or make another at enter.pollinations.ai."

    assert AuthenticationError("No", key_kind="secret").next_step == step
    assert AuthenticationError("No", key_kind="unknown").next_step.startswith(f"{step} Keys begin")
    assert "POLLINATIONS_API_KEY" in AuthenticationError("No", key_kind="none").next_step


def test_errors_of_any_length_are_cut() -> None:
    """None carries a page of megabytes around, or thousands of refused fields."""
    page = error_from(500, {}, b"x" * 1_000_000)
    fields = {str(number): ("x" * 99,) for number in range(9_999)}

    assert page.response is not None
    assert len(page.response.text) <= 4_000
    assert len(str(page)) < 5_000
    assert len(str(InvalidRequestError("No.", field_errors=fields))) < 5_000


def test_a_secret_is_concealed_in_all_that_an_error_says() -> None:
    """Text, facts and response are free of it, and a cause that shows it is gone."""
    secret = "sk_hush"
    facts = dict.fromkeys(("code", "request_id", "text", "cause_text"), secret)
    response = ErrorResponse(401, {"x-echo": secret}, secret)
    error = PollinationsError(secret, form_errors=(secret,), response=response, **facts)
    error.field_errors = {secret: (secret,)}
    error.__cause__ = ValueError(secret)
    error.conceal("")
    assert secret in str(error)
    error.conceal(secret)

    assert str(error) == "***: ***\n***: ***\n***\nRequest id: ***"
    assert secret not in repr([vars(error), error.args, error.facts, pickle.dumps(error)])
    assert secret not in repr([response.text, response.headers])
    assert error.__cause__ is None
