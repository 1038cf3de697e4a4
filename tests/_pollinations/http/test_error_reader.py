"""What went wrong, read from the bodies that the gateway and its upstreams really send."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from _pollinations.http import errors
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import PollinationsError

WHEN = "2026-01-21T00:00:00.000Z"


def envelope(status: int, message: object, code: str = "X", **more: Any) -> dict[str, Any]:
    error = {"message": message, "code": code, **more, "timestamp": WHEN}
    return {"success": False, "error": error, "status": status}


def read(status: int, payload: object, **headers: str) -> PollinationsError:
    """The error of a JSON body, which never shows an echoed prompt."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    error = error_from(status, names, json.dumps(payload, ensure_ascii=False).encode())
    assert error.response is not None
    assert "secret" not in str(error) + repr(error.facts) + error.response.text
    return error


TABLE: list[tuple[type[PollinationsError], bool, list[int]]] = [
    (errors.InvalidRequestError, False, [400, 405, 413, 415, 422, 426]),
    (errors.AuthenticationError, False, [401]),
    (errors.PaymentRequiredError, False, [402]),
    (errors.PermissionDeniedError, False, [403]),
    (errors.NotFoundError, False, [404, 410]),
    (errors.RateLimitError, True, [429]),
    (errors.ServerError, True, [408, 409, 500, 502, 503, 504, *range(520, 526), 529, 530]),
    (errors.ServerError, False, [501, 526]),
]


@pytest.mark.parametrize(
    ("kind", "retryable", "status"),
    [(kind, retryable, status) for kind, retryable, statuses in TABLE for status in statuses],
)
def test_each_status_has_its_error(
    kind: type[PollinationsError], retryable: bool, status: int
) -> None:
    """Each status of the envelope becomes the error that says what to do about it."""
    error = read(status, envelope(status, "Oh no.", "OH_NO"), x_request_id="r1")

    assert type(error) is kind
    assert (error.status, error.status_code, error.code) == (status, status, "OH_NO")
    assert (error.message, error.request_id, error.timestamp) == ("Oh no.", "r1", WHEN)
    assert error.retryable is retryable
    assert f"{status} OH_NO: Oh no." in str(error)


# What the text service of January 2026 says, which the gateway puts into `message`.
UPSTREAM = {
    "error": "Too Many Requests",
    "message": "429 Too Many Requests",
    "requestId": "ulqgx",
    "requestParameters": {"messages": [{"role": "user", "content": "my secret prompt"}]},
    "details": {
        "error": {"message": "azure-openai error: no", "type": "invalid_request_error"},
        "provider": "azure-openai",
    },
}
INVALID = {
    "name": "ValidationError",
    "formErrors": ["Unrecognized key"],
    "fieldErrors": {"temperature": ["Too big: expected number to be <=2"]},
}
UPSTREAM_ERROR = {
    "name": "UpstreamError",
    "upstreamStatus": 401,
    "upstreamHost": "api.example",
    "upstreamBody": "my secret prompt",
}
PK = {
    "error": "Rate limit exceeded",
    "message": "Rate limit exceeded. Retry after 3.51s. Use secret-keys (sk_*).",
    "retryAfterSeconds": 3.51,
}
DEEP = json.dumps({"error": {"message": json.dumps({"error": {"message": "Too large"}})}})


@pytest.mark.parametrize(
    ("payload", "facts"),
    [
        (
            envelope(400, "JSON body validation failed", details=INVALID),
            {
                "form_errors": ("Unrecognized key",),
                "field_errors": {"temperature": ("Too big: expected number to be <=2",)},
            },
        ),
        (
            envelope(
                500,
                "x is undefined",
                details={"name": "TypeError", "stack": "TypeError: x\n at y"},
                cause={"name": "Inner", "requestParameters": {"messages": ["my secret prompt"]}},
            ),
            {
                "message": "x is undefined",
                "cause_text": "{'name': 'Inner'}",
            },
        ),
        (
            envelope(429, json.dumps(UPSTREAM)),
            {"message": "azure-openai error: no", "request_id": "ulqgx"},
        ),
        (envelope(403, DEEP), {"message": "Too large"}),
        # Half a JSON text cannot be opened; the prompt in it is not shown either.
        (
            envelope(429, json.dumps(UPSTREAM)[:150]),
            {"message": json.dumps(UPSTREAM).partition(', "requestParameters')[0]},
        ),
        (
            envelope(400, 'Invalid "messages": expected an array'),
            {"message": 'Invalid "messages": expected an array'},
        ),
        (
            envelope(502, "401 Unauthorized: bad provider key", details=UPSTREAM_ERROR),
            {
                "message": "401 Unauthorized: bad provider key (from the provider, api.example)",
            },
        ),
        (
            {"error": "Bad Request", "message": "Prompt too short", "details": "see the docs"},
            {"message": "Prompt too short"},
        ),
        (
            {"error": "concurrency_limit_exceeded", "message": "Another one is still running…"},
            {"message": "Another one is still running…", "code": "concurrency_limit_exceeded"},
        ),
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            {"message": "Overloaded", "code": "overloaded_error"},
        ),
        ({**PK, "message": "Slow"}, {"message": "Slow", "retry_after": 3.51}),
    ],
)
def test_what_a_body_says_is_read_in_every_shape(payload: Any, facts: dict[str, Any]) -> None:
    """The innermost words are the message; the rest is found at any level."""
    error = read(payload.get("status", 429), payload)

    assert {name: getattr(error, name) for name in facts} == facts


@pytest.mark.parametrize("status", [401, 402, 403, 502])
@pytest.mark.parametrize("details", [{"upstreamHost": "api.elevenlabs.io"}, {"provider": "azure"}])
def test_what_a_provider_says_is_not_about_the_user(status: int, details: dict[str, str]) -> None:
    """A provider's own quota or key is told as the provider's, and is no fault of the user's."""
    words = "This request exceeds your quota. You have 0 credits remaining."
    error = read(status, envelope(status, words, details=details))

    assert type(error) is errors.ServerError
    assert (error.status, error.retryable) == (status, status == 502)
    assert words in error.message
    assert next(iter(details.values())) in error.message


@pytest.mark.parametrize("host", ["", "a b", "x" * 200, 3, "<b>"])
def test_a_host_that_is_none_is_not_told(host: object) -> None:
    """Only what looks like a host or a name is shown."""
    assert read(502, envelope(502, "Bad", details={"upstreamHost": host})).message == "Bad"


PAGES = [
    b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title><body>blocked</body>",
    b"<html><h1>403 Forbidden</h1><hr>nginx</html>",
    b"error code: 1020",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("status", [401, 403, 407, 451])
def test_a_page_does_not_blame_the_key(status: int, page: bytes) -> None:
    """A firewall's or a proxy's page is no word of the gateway's about a key or a model."""
    error = error_from(status, {}, page, key_kind="secret")

    assert (type(error), error.status, error.retryable) == (
        errors.APIConnectionError,
        status,
        False,
    )
    assert "web page" in error.message
    assert "firewall or proxy" in str(error)
    assert " key" not in str(error)


def test_plain_words_about_a_key_are_about_the_key() -> None:
    """Without a page it is the gateway that speaks."""
    assert type(error_from(403, {}, b"Forbidden")) is errors.PermissionDeniedError
    assert type(error_from(401, {}, b'{"error":"<b>"}')) is errors.AuthenticationError


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ({"message": "Bad picture", "code": 3}, "Bad picture"),
        ({"reason": "Bad picture", "at": [1]}, '{"reason":"Bad picture","at":[1]}'),
        ([{"reason": "Bad picture"}], '[{"reason":"Bad picture"}]'),
        (["Bad picture", "Bad sound"], "Bad picture"),
        ({"messages": ["my secret"], "reason": 1}, '{"reason":1}'),
    ],
)
def test_a_message_may_be_an_object(message: object, shown: str) -> None:
    """Its own words are the message, else all of it, without an echoed prompt."""
    for payload in ({"error": {"message": message}}, {"message": message}):
        assert read(400, payload).message == shown


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *(("bad_request", 400), ("unauthorized", 401), ("insufficient_quota", 402)),
        *(("Forbidden", 403), ("model_not_found", 404), ("not_found_error", 404)),
        *(("request_too_large", 413), ("content_filter", 422), ("rate_limited", 429)),
        *(("api_error", 500), ("overloaded_error", 503), ("timeout_error", 504), ("other", 200)),
    ],
)
def test_under_200_the_code_says_the_status(code: str, status: int) -> None:
    """Errors inside a stream have only a name."""
    assert read(200, {"error": {"message": "No", "code": code}}).status == status


def test_a_publishable_key_over_its_rate_is_told_so() -> None:
    """Its error names the longer of both waits, and whose limit it is."""
    body = json.dumps(PK).encode()
    error = error_from(429, {"retry-after": "4"}, body, key_kind="publishable")

    assert type(error) is errors.RateLimitError
    assert (error.message, error.retry_after) == (PK["message"], 4)
    assert "Wait 4 s" in str(error)
    assert "publishable key (pk_)" in str(error)
    assert "publishable" not in str(read(429, envelope(429, "Too many requests from this IP.")))


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", 0.0),
        ("2.5", 2.5),
        ("-3", None),
        ("soon", None),
        ("inf", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
    ],
)
def test_a_wait_may_be_a_number_or_a_date(header: str, wait: float | None) -> None:
    """Both forms of Retry-After are read; nonsense is no wait."""
    assert error_from(503, {"retry-after": header}, b"").retry_after == wait


def test_a_date_to_come_is_a_wait() -> None:
    """A date in the future is so many seconds away."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90))
    wait = error_from(503, {"retry-after": date}, b"").retry_after

    assert wait is not None
    assert 85 < wait <= 90


TOO_LONG = {"error": {"message": "No.", "code": "context_length_exceeded"}}
OVERFLOWS = [
    "This model's maximum context length is 8192 tokens",
    "Input tokens exceed the configured limit of 272000 tokens. Your messages have 300000.",
    "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    "too many input tokens: 9 > 8",
    "Invalid request: Your request exceeded model token limit: 8192",
    "Range of input length should be [1, 30720]",
    "Prompt exceeds max length",
    "prompt is too long: 9 tokens",
    "the request exceeds the available context size",
    "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
    "The input token count (2) exceeds the maximum number of tokens allowed (1).",
    json.dumps(TOO_LONG),
]
OVERFLOW_DETAILS = [
    TOO_LONG,
    {"upstreamBody": json.dumps(TOO_LONG)},
    {"upstreamBody": json.dumps({"error": {"message": OVERFLOWS[0]}})},
    {"upstreamBody": {"error": {"details": {"upstreamBody": OVERFLOWS[1]}}}},
]


@pytest.mark.parametrize(
    ("status", "payload", "kind"),
    [
        (400, {"error": {"type": "safety_error", "message": "No"}}, errors.ContentFilteredError),
        (422, envelope(422, "No", "content_policy_violation"), errors.ContentFilteredError),
        (400, envelope(400, "Flagged by the safety system"), errors.ContentFilteredError),
        (400, envelope(400, "No", "input_too_long"), errors.ContextOverflowError),
        *((400, envelope(400, words), errors.ContextOverflowError) for words in OVERFLOWS),
        *(
            (413, envelope(413, "Bad Request", details=details), errors.ContextOverflowError)
            for details in OVERFLOW_DETAILS
        ),
        (400, envelope(400, "supports at most 9 output tokens"), errors.InvalidRequestError),
        (400, envelope(400, "Too many requests of tokens"), errors.InvalidRequestError),
        (500, envelope(500, "maximum context length"), errors.ServerError),
    ],
)
def test_what_the_caller_can_do_decides(
    status: int, payload: Any, kind: type[PollinationsError]
) -> None:
    """Filtered content and too long messages have errors of their own, never tried again."""
    error = read(status, payload)

    assert type(error) is kind
    assert error.retryable is (status == 500)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "HTTP 503 without a message"),
        (b"upstream connect error", "upstream connect error"),
        (b'"quoted"', "quoted"),
        (b'{"detail":"Not ready"}', "Not ready"),
        (b'{"errors":[{"message":"First"},{"message":"Second"}]}', "First"),
        (b"<html><head><title>503 Busy</title></head><body>x</body></html>", "503 Busy"),
        (b"<html><body><h1>Busy</h1> now</body></html>", "Busy now"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_bodies_without_envelope_have_words_too(body: bytes, message: str) -> None:
    """Text, pages, other JSON and nothing at all become a message."""
    assert error_from(503, {}, body).message == message
