"""What went wrong, read from the bodies that the gateway and its upstreams really send."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import (
    APIConnectionError,
    AuthenticationError,
    ContentFilteredError,
    ContextOverflowError,
    InvalidRequestError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    RateLimitError,
    ServerError,
)

WHEN = "2026-01-21T00:00:00.000Z"


def envelope(status: int, message: str, code: str, **more: Any) -> bytes:
    error = {"message": message, "code": code, **more, "timestamp": WHEN}
    return json.dumps({"success": False, "error": error, "status": status}).encode()


def upstream(status: int, words: str) -> str:
    """What the text service of January 2026 says, which the gateway puts into `message`."""
    return json.dumps(
        {
            "error": "Too Many Requests",
            "message": f"{status} Too Many Requests",
            "requestId": "ulqgx",
            "requestParameters": {"messages": [{"role": "user", "content": "my secret prompt"}]},
            "details": {
                "error": {
                    "message": words,
                    "type": "invalid_request_error",
                    "param": None,
                    "code": str(status),
                },
                "provider": "azure-openai",
            },
        }
    )


TABLE: list[tuple[int, type[PollinationsError], bool, str]] = [
    (400, InvalidRequestError, False, "BAD_REQUEST"),
    (401, AuthenticationError, False, "UNAUTHORIZED"),
    (402, PaymentRequiredError, False, "PAYMENT_REQUIRED"),
    (403, PermissionDeniedError, False, "FORBIDDEN"),
    (404, NotFoundError, False, "NOT_FOUND"),
    (405, InvalidRequestError, False, "METHOD_NOT_ALLOWED"),
    (408, ServerError, True, "REQUEST_TIMEOUT"),
    (409, ServerError, True, "CONFLICT"),
    (410, NotFoundError, False, "GONE"),
    (413, InvalidRequestError, False, "PAYLOAD_TOO_LARGE"),
    (415, InvalidRequestError, False, "UNSUPPORTED_MEDIA_TYPE"),
    (422, InvalidRequestError, False, "UNPROCESSABLE_ENTITY"),
    (426, InvalidRequestError, False, "UPGRADE_REQUIRED"),
    (429, RateLimitError, True, "RATE_LIMITED"),
    (500, ServerError, True, "INTERNAL_ERROR"),
    (501, ServerError, False, "UNKNOWN_ERROR"),
    (502, ServerError, True, "BAD_GATEWAY"),
    (503, ServerError, True, "SERVICE_UNAVAILABLE"),
    (504, ServerError, True, "GATEWAY_TIMEOUT"),
    *((status, ServerError, True, "UNKNOWN_ERROR") for status in (*range(520, 526), 529, 530)),
    (526, ServerError, False, "UNKNOWN_ERROR"),
]


@pytest.mark.parametrize(("status", "kind", "retryable", "code"), TABLE)
def test_each_status_has_its_error(
    status: int, kind: type[PollinationsError], retryable: bool, code: str
) -> None:
    """Each status of the envelope becomes the error that says what to do about it."""
    error = error_from(status, {"x-request-id": "r1"}, envelope(status, "Oh no.", code))

    assert type(error) is kind
    assert (error.status, error.status_code, error.code) == (status, status, code)
    assert (error.message, error.request_id, error.timestamp) == ("Oh no.", "r1", WHEN)
    assert error.retryable is retryable
    assert f"{status} {code}: Oh no." in str(error)


def test_a_failed_validation_names_the_fields() -> None:
    """What is wrong is told as a whole and by field."""
    details = {
        "name": "ValidationError",
        "formErrors": ["Unrecognized key"],
        "fieldErrors": {"temperature": ["Too big: expected number to be <=2"]},
    }
    body = envelope(400, "JSON body validation failed", "BAD_REQUEST", details=details)
    error = error_from(400, {}, body)

    assert error.details_name == "ValidationError"
    assert error.form_errors == ("Unrecognized key",)
    assert error.field_errors == {"temperature": ("Too big: expected number to be <=2",)}
    assert "temperature: Too big: expected number to be <=2" in str(error)
    assert "Unrecognized key" in str(error)


def test_an_internal_error_tells_its_name_and_cause() -> None:
    """The gateway's own word for a crash is kept, without a picture of its stack."""
    details = {"name": "TypeError", "stack": "TypeError: x\n at y"}
    cause = {"name": "Inner", "requestParameters": {"messages": ["my secret prompt"]}}
    body = envelope(500, "x is undefined", "INTERNAL_ERROR", details=details, cause=cause)
    error = error_from(500, {}, body)

    assert error.message == "x is undefined"
    assert error.details_name == "TypeError"
    assert error.cause_text is not None
    assert "Inner" in error.cause_text
    assert "secret" not in repr(error.facts)


@pytest.mark.parametrize("status", [400, 429, 500, 504])
def test_the_innermost_words_are_the_message(status: int) -> None:
    """JSON inside `message` is opened, and the prompt that it echoes is nowhere."""
    body = envelope(status, upstream(status, "azure-openai error: no"), "X")
    error = error_from(status, {}, body)

    assert error.message == "azure-openai error: no"
    assert error.request_id == "ulqgx"
    assert error.response is not None
    assert "azure-openai error: no" in error.response.text
    for told in (str(error), repr(error), error.response.text, repr(error.facts)):
        assert "secret" not in told


def test_json_is_opened_however_deep() -> None:
    """JSON in JSON in JSON still ends with words for a person."""
    message = "The picture is too large"
    for _ in range(3):
        message = json.dumps({"error": {"message": message}})

    assert error_from(403, {}, envelope(403, message, "X")).message == "The picture is too large"


def test_a_cut_echo_is_cut_off() -> None:
    """Half a JSON text cannot be opened; the prompt in it is not shown either."""
    half = upstream(429, "x")[:160]
    error = error_from(429, {}, envelope(429, half, "RATE_LIMITED"))

    assert "Too Many Requests" in error.message
    assert error.response is not None
    assert "secret" not in str(error) + error.response.text
    assert "secret" not in repr(error_from(429, {}, half.encode()).facts)


def test_words_about_messages_are_not_cut() -> None:
    """A sentence that speaks about a field is told whole."""
    words = 'Invalid "messages": expected an array'

    assert error_from(400, {}, envelope(400, words, "BAD_REQUEST")).message == words


def test_an_upstream_error_of_today_is_read() -> None:
    """Since summer 2026 details name the upstream; its body is not repeated."""
    details = {
        "name": "UpstreamError",
        "upstreamStatus": 401,
        "upstreamHost": "api.example",
        "upstreamBody": "my secret prompt",
    }
    body = envelope(502, "401 Unauthorized: bad provider key", "BAD_GATEWAY", details=details)
    error = error_from(502, {}, body)

    assert (type(error), error.details_name) == (ServerError, "UpstreamError")
    assert error.message == "401 Unauthorized: bad provider key (from the provider, api.example)"
    assert error.response is not None
    assert "secret" not in error.response.text + str(error)


@pytest.mark.parametrize("status", [401, 402, 403, 502])
@pytest.mark.parametrize("details", [{"upstreamHost": "api.elevenlabs.io"}, {"provider": "azure"}])
def test_what_a_provider_says_is_not_about_the_user(status: int, details: dict[str, str]) -> None:
    """A provider's own quota or key is told as the provider's, and is no fault of the user's."""
    words = "This request exceeds your quota. You have 0 credits remaining."
    error = error_from(status, {}, envelope(status, words, "X", details=details))

    assert type(error) is ServerError
    assert (error.status, error.retryable) == (status, status == 502)
    assert words in error.message
    assert next(iter(details.values())) in error.message


@pytest.mark.parametrize("host", ["", "a b", "x" * 200, 3, "<b>"])
def test_a_host_that_is_none_is_not_told(host: object) -> None:
    """Only what looks like a host or a name is shown."""
    error = error_from(502, {}, envelope(502, "Bad", "X", details={"upstreamHost": host}))

    assert error.message == "Bad"


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

    assert (type(error), error.status, error.retryable) == (APIConnectionError, status, False)
    assert "web page" in error.message
    assert "firewall or proxy" in str(error)
    assert " key" not in str(error)


def test_plain_words_about_a_key_are_about_the_key() -> None:
    """Without a page it is the gateway that speaks."""
    assert type(error_from(403, {}, b"Forbidden")) is PermissionDeniedError
    assert type(error_from(401, {}, b'{"error":"<b>"}')) is AuthenticationError


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"message": "Bad picture", "code": 3}, "Bad picture"),
        ({"reason": "Bad picture", "at": [1]}, '{"reason":"Bad picture","at":[1]}'),
        ([{"reason": "Bad picture"}], '[{"reason":"Bad picture"}]'),
        (["Bad picture", "Bad sound"], "Bad picture"),
        ({"messages": ["my secret"], "reason": 1}, '{"reason":1}'),
    ],
)
def test_a_message_may_be_an_object(message: object, told: str) -> None:
    """Its own words are the message, else all of it, without an echoed prompt."""
    for body in ({"error": {"message": message}}, {"message": message}):
        assert error_from(400, {}, json.dumps(body).encode()).message == told


@pytest.mark.parametrize("status", [200, 400, 404])
@pytest.mark.parametrize(
    "error",
    [
        {"message": 'Invalid service or alias: "opnai". Must be a valid name.'},
        {"message": "No", "code": "model_not_found"},
        {
            "message": "JSON body validation failed",
            "details": {"fieldErrors": {"model": ['Invalid option: one of "openai"|"flux"']}},
        },
    ],
)
def test_an_unknown_model_says_where_the_names_are(error: Any, status: int) -> None:
    """The command that lists the models is named."""
    told = error_from(status, {}, json.dumps({"error": error}).encode())

    assert "pollinations-models" in str(told)
    assert "pollinations-models" not in str(error_from(status, {}, b'{"error":{"message":"No"}}'))


def test_details_do_not_replace_a_message() -> None:
    """Where a level has a message, its other texts are not taken for one."""
    body = {"error": "Bad Request", "message": "Prompt too short", "details": "see the docs"}

    assert error_from(400, {}, json.dumps(body).encode()).message == "Prompt too short"


PK = {
    "error": "Rate limit exceeded",
    "message": "Rate limit exceeded. Retry after 3.51s. Use secret keys (sk_*).",
    "retryAfterSeconds": 3.51,
}
BUSY = {"error": "concurrency_limit_exceeded", "message": "Another generation is still running…"}


def test_a_publishable_key_over_its_rate_is_told_so() -> None:
    """The body without envelope is read: its words, its wait, and whose limit it is."""
    error = error_from(429, {"retry-after": "4"}, json.dumps(PK).encode(), key_kind="publishable")

    assert type(error) is RateLimitError
    assert error.message == PK["message"]
    assert error.retry_after == 4
    assert error.key_kind == "publishable"
    assert "Wait 4 s" in str(error)
    assert "publishable key (pk_)" in str(error)


def test_the_wait_of_the_body_is_enough() -> None:
    """Where the header is missing, `retryAfterSeconds` says how long to wait."""
    assert error_from(429, {}, json.dumps(PK).encode()).retry_after == 3.51


def test_the_edge_limit_names_no_wait() -> None:
    """Too many requests from one address come in the envelope, without a wait."""
    message = "Too many requests from this IP. Please slow down."
    error = error_from(429, {}, envelope(429, message, "RATE_LIMITED"), key_kind="secret")

    assert (error.message, error.retry_after) == (message, None)
    assert "pk_" not in str(error)


def test_one_generation_at_a_time_is_a_rate_limit() -> None:
    """The account's limit has a word as its error, which is the code."""
    error = error_from(429, {"retry-after": "1"}, json.dumps(BUSY, ensure_ascii=False).encode())

    assert (error.code, error.retry_after) == ("concurrency_limit_exceeded", 1)
    assert error.message == BUSY["message"]


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", 0.0),
        ("2.5", 2.5),
        ("-3", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
    ],
)
def test_a_wait_may_be_a_number_or_a_date(header: str, wait: float | None) -> None:
    """Both forms of Retry-After are read; nonsense is no wait."""
    assert error_from(503, {"retry-after": header}, b"").retry_after == wait


def test_a_date_to_come_is_a_wait() -> None:
    """A date in the future is so many seconds away."""
    then = datetime.now(UTC) + timedelta(seconds=90)
    wait = error_from(503, {"retry-after": format_datetime(then)}, b"").retry_after

    assert wait is not None
    assert 85 < wait <= 90


def test_a_missing_permission_is_named() -> None:
    """A key without an account permission hears which one it lacks."""
    message = "API key does not have 'account:balance' permission"
    error = error_from(403, {}, envelope(403, message, "FORBIDDEN"))

    assert type(error) is PermissionDeniedError
    assert "missing permission: account:balance" in str(error)


TOO_LONG = "context_length_exceeded"
OVERFLOWS = [
    "Input tokens exceed the configured limit of 272000 tokens. Your messages have 300000.",
    "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    "too many input tokens: 9 > 8",
    "Invalid request: Your request exceeded model token limit: 8192",
    "Range of input length should be [1, 30720]",
    "Prompt exceeds max length",
    "the request exceeds the available context size",
    "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
    "The input token count (2) exceeds the maximum number of tokens allowed (1).",
]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            400,
            b'{"error":{"type":"safety_error","code":"content_blocked","message":"No"}}',
            ContentFilteredError,
        ),
        (422, envelope(422, "No", "content_policy_violation"), ContentFilteredError),
        (400, envelope(400, "Flagged by the safety system", "BAD_REQUEST"), ContentFilteredError),
        (400, envelope(400, "No", "context_length_exceeded"), ContextOverflowError),
        (
            400,
            envelope(400, "This model's maximum context length is 8192 tokens", "BAD_REQUEST"),
            ContextOverflowError,
        ),
        (413, envelope(413, "prompt is too long: 9 tokens", "X"), ContextOverflowError),
        *((400, envelope(400, words, "BAD_REQUEST"), ContextOverflowError) for words in OVERFLOWS),
        (
            400,
            envelope(400, json.dumps({"error": {"message": "No.", "code": TOO_LONG}}), "X"),
            ContextOverflowError,
        ),
        *(
            (400, envelope(400, "400 Bad Request", "X", details=details), ContextOverflowError)
            for details in (
                {"upstreamBody": json.dumps({"error": {"message": "No.", "code": TOO_LONG}})},
                {"upstreamBody": json.dumps({"error": {"message": OVERFLOWS[0]}})},
                {"upstreamBody": {"error": {"details": {"upstreamBody": OVERFLOWS[1]}}}},
                {"error": {"message": "No.", "code": TOO_LONG}},
            )
        ),
        (400, envelope(400, "supports at most 9 output tokens", "X"), InvalidRequestError),
        (400, envelope(400, "Too many requests of tokens", "X"), InvalidRequestError),
        (500, envelope(500, "maximum context length", "INTERNAL_ERROR"), ServerError),
    ],
)
def test_what_the_caller_can_do_decides(
    status: int, body: bytes, kind: type[PollinationsError]
) -> None:
    """Filtered content and too long messages have errors of their own, never tried again."""
    error = error_from(status, {}, body)

    assert type(error) is kind
    assert error.retryable is (status == 500)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "HTTP 503 without a message"),
        (b"null", "HTTP 503 without a message"),
        (b"upstream connect error", "upstream connect error"),
        (b'"quoted"', "quoted"),
        (b'{"error":"Failed to fetch usage data"}', "Failed to fetch usage data"),
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


def test_an_error_of_anthropic_shape_is_read() -> None:
    """The inner type is the code, not the outer one, which says nothing."""
    body = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'

    assert error_from(529, {}, body).code == "overloaded_error"
