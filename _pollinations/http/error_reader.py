"""Reads what went wrong from an answer, in every shape the gateway and its upstreams send."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from _pollinations.http.errors import (
    AuthenticationError,
    ContentFilteredError,
    ContextOverflowError,
    ErrorResponse,
    InvalidRequestError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
    RateLimitError,
    ServerError,
)
from _pollinations.http.headers import Headers
from _pollinations.http.json import dump, parse

BODY_LIMIT = 4_000

_KINDS: dict[int, type[PollinationsError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: PaymentRequiredError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: ServerError,
    409: ServerError,
    410: NotFoundError,
    429: RateLimitError,
}

_RETRYABLE = frozenset({408, 409, 429, 500, 502, 503, 504, 524})

_WORDS: dict[str, int] = {
    "authentication_error": 401,
    "unauthorized": 401,
    "billing_error": 402,
    "payment_required": 402,
    "insufficient_quota": 402,
    "permission_error": 403,
    "forbidden": 403,
    "not_found_error": 404,
    "not_found": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "invalid_request_error": 400,
    "bad_request": 400,
    "context_length_exceeded": 400,
    "content_filter": 422,
    "content_policy_violation": 422,
    "rate_limit_error": 429,
    "rate_limited": 429,
    "rate_limit_exceeded": 429,
    "concurrency_limit_exceeded": 429,
    "timeout_error": 504,
    "overloaded_error": 503,
    "service_unavailable": 503,
    "api_error": 500,
    "server_error": 500,
    "internal_error": 500,
}

_OVERFLOW = re.compile(
    r"context[ _](length|window)|maximum context|too many tokens|prompt is too long"
    r"|input (is|was) too long|exceeds? the (maximum|max)[^.]{0,40}tokens",
    re.IGNORECASE,
)
_OVERFLOW_CODES = frozenset({"context_length_exceeded", "context_window_exceeded"})
_FILTERED = re.compile(
    r"content[ _](policy|filter|management policy|blocked)|safety system|flagged", re.IGNORECASE
)
_FILTERED_CODES = frozenset(
    {"content_filter", "content_policy_violation", "content_blocked", "safety_error"}
)
_ECHOES = frozenset({"requestParameters", "messages", "upstreamBody"})
_ECHO = re.compile(r'\\{0,8}"(requestParameters|messages)\\{0,8}"\s{0,8}:\s{0,8}[\[{]')
_DEPTH = 40
_STATUS = re.compile(r"[45][0-9]{2}")
_SAYS_NOTHING = frozenset({"", "error"})
_FOREVER = 1e9
_PERMISSION = re.compile(r"'(account:[a-z_]+)'")


def error_from(
    status: int, headers: Headers, body: bytes, *, key_kind: str = "unknown"
) -> PollinationsError:
    """Make the error that an HTTP answer tells of.

    It reads every shape that the gateway and its upstreams are known to send: the envelope
    `{"success": false, "error": {...}}`, `{"error": "text", "message": ...}`, safety errors, JSON
    inside `message` (nested any number of times), plain text and HTML pages.

    Args:
        status: The HTTP status; 200 for an error found inside a good answer.
        headers: Names in lower case.
        body: The whole body.
        key_kind: `secret`, `publishable` or `unknown`.

    Returns:
        The error; the caller raises it.

    Example:
        >>> error_from(404, {}, b"nothing here").message
        'nothing here'
    """
    text = body.decode("utf-8", "replace")
    try:
        payload: object = parse(text)
    except ValueError:
        payload = _without_markup(text)
    return error_of(payload, status=status, headers=headers, key_kind=key_kind, body=text)


def error_of(
    payload: object,
    *,
    status: int,
    headers: Headers,
    key_kind: str = "unknown",
    body: str = "",
    text: str = "",
    reasoning: str = "",
) -> PollinationsError:
    """Make the error that a parsed body or event tells of; see `error_from`.

    Args:
        payload: A parsed JSON value, or text.
        status: The HTTP status of the answer; an error inside a 200 finds its own.
        headers: Names in lower case.
        key_kind: `secret`, `publishable` or `unknown`.
        body: The text it was read from, for tracers.
        text: What of the answer had already arrived.
        reasoning: What of the reasoning had already arrived.

    Returns:
        The error; the caller raises it.
    """
    found = _Found(payload)
    meaning = status if status >= 400 else found.status or 502  # noqa: PLR2004 - HTTP errors
    message = found.message or f"HTTP {status} without a message"
    permission = _PERMISSION.search(message)
    if meaning == 403 and permission:  # noqa: PLR2004 - forbidden
        message += f" (missing permission: {permission[1]})"
    kind = _kind(meaning, found, message)
    return kind(
        message,
        status=status if status >= 400 else found.status or status,  # noqa: PLR2004 - the same
        code=found.code,
        request_id=headers.get("x-request-id") or found.request_id,
        form_errors=found.form_errors,
        field_errors=found.field_errors,
        timestamp=found.timestamp,
        details_name=found.details_name,
        cause_text=found.cause,
        retry_after=_seconds(headers.get("retry-after"), found.retry_after),
        retryable=meaning in _RETRYABLE and kind is not ContentFilteredError,
        key_kind=key_kind,
        cached=headers.get("x-cache", "").upper() == "HIT",
        text=text,
        reasoning=reasoning,
        response=ErrorResponse(status, headers, _without_echo(payload, body)),
    )


def _kind(meaning: int, found: "_Found", message: str) -> type[PollinationsError]:
    code = (found.code or "").lower()
    refused = meaning in {400, 413, 422}
    if code in _OVERFLOW_CODES or (refused and _OVERFLOW.search(message)):
        return ContextOverflowError
    if code in _FILTERED_CODES or (refused and _FILTERED.search(message)):
        return ContentFilteredError
    kind = _KINDS.get(meaning)
    if kind is not None:
        return kind
    return ServerError if meaning >= 500 or meaning < 400 else InvalidRequestError  # noqa: PLR2004


class _Found:
    """The facts of one error payload, whatever its shape."""

    def __init__(self, payload: object) -> None:
        self.status: int | None = None
        self.code: str | None = None
        self.message = ""
        self.request_id: str | None = None
        self.form_errors: tuple[str, ...] = ()
        self.field_errors: dict[str, tuple[str, ...]] = {}
        self.timestamp: str | None = None
        self.details_name: str | None = None
        self.cause: str | None = None
        self.retry_after: float | None = None
        self._read(payload, depth=0)

    def _read(self, payload: object, depth: int) -> None:
        """Take what this level knows, then what the levels below it know better."""
        if depth > _DEPTH:
            return
        if isinstance(payload, str):
            self._read_text(payload, depth)
            return
        if isinstance(payload, list):
            for item in payload[:1]:
                self._read(item, depth + 1)
            return
        if not isinstance(payload, dict):
            return
        self._take(payload)
        for name in ("message", "error", "details", "errors", "detail"):
            inner = payload.get(name)
            if isinstance(inner, dict | list) or (
                isinstance(inner, str) and (name == "message" or not payload.get("message"))
            ):
                self._read(inner, depth + 1)

    def _read_text(self, text: str, depth: int) -> None:
        stripped = text.strip()
        if stripped.startswith(("{", "[")):
            try:
                inner = parse(stripped)
            except ValueError:
                pass
            else:
                self._read(inner, depth + 1)
                return
        if stripped:
            self.message = _before_echo(stripped)[:BODY_LIMIT]

    def _take(self, payload: dict[str, Any]) -> None:
        for name in ("code", "type", "status", "upstreamStatus"):
            value = payload.get(name)
            if isinstance(value, bool):
                continue
            if isinstance(value, str) and _STATUS.fullmatch(value):
                value = int(value)
            if isinstance(value, int) and 400 <= value < 600:  # noqa: PLR2004 - HTTP errors
                self.status = self.status or value
            elif isinstance(value, str) and name in {"code", "type"} and value not in _SAYS_NOTHING:
                self.code = self.code or value
                self.status = self.status or _WORDS.get(value.lower())
        word = payload.get("error")
        if isinstance(word, str) and word.isidentifier() and word.islower():
            self.code = self.code or word
            self.status = self.status or _WORDS.get(word)
        self.request_id = self.request_id or _text(payload.get("requestId"))
        self.timestamp = self.timestamp or _text(payload.get("timestamp"))
        if "cause" in payload and payload["cause"] is not None:
            self.cause = self.cause or str(_cut(payload["cause"]))[:BODY_LIMIT]
        wait = payload.get("retryAfterSeconds")
        if isinstance(wait, int | float) and not isinstance(wait, bool) and 0 <= wait < _FOREVER:
            self.retry_after = float(wait)
        self._take_fields(payload)

    def _take_fields(self, payload: dict[str, Any]) -> None:
        form, fields = payload.get("formErrors"), payload.get("fieldErrors")
        if not payload.keys().isdisjoint({"formErrors", "fieldErrors", "upstreamStatus", "stack"}):
            self.details_name = self.details_name or _text(payload.get("name"))
        if isinstance(form, list):
            self.form_errors = tuple(str(text) for text in form)
        if isinstance(fields, dict):
            self.field_errors = {
                str(name): tuple(str(text) for text in texts)
                if isinstance(texts, list)
                else (str(texts),)
                for name, texts in fields.items()
            }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _seconds(header: str | None, found: float | None) -> float | None:
    """The longest of the waits that were asked for, in seconds."""
    waits = [found] if found is not None else []
    if header:
        try:
            waits.append(float(header))
        except ValueError:
            # The other form of Retry-After is a date, which only means something with a clock.
            waits.append(_until(header))
    kept = [wait for wait in waits if 0 <= wait < _FOREVER]
    return max(kept) if kept else None


def _until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return -1.0


def _cut(value: object, depth: int = 0) -> object:
    """The value without the prompt that upstreams echo."""
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {
            name: _cut(inner, depth + 1) for name, inner in value.items() if name not in _ECHOES
        }
    if isinstance(value, list):
        return [_cut(inner, depth + 1) for inner in value]
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            inner = _cut(parse(value), depth + 1)
        except ValueError:
            return _before_echo(value)
        return dump(inner).decode()
    return _before_echo(value) if isinstance(value, str) else value


def _before_echo(text: str) -> str:
    """The start of a text that is no JSON, or only the beginning of some."""
    echo = _ECHO.search(text)
    return text[: echo.start()].rstrip(" ,{") if echo else text


def _without_echo(payload: object, body: str) -> str:
    if isinstance(payload, dict | list):
        return dump(_cut(payload)).decode()[:BODY_LIMIT]
    return _before_echo(body)[:BODY_LIMIT]


def _without_markup(text: str) -> str:
    """The readable words of a page, for errors that come as HTML."""
    if "<" not in text:
        return text.strip()[:BODY_LIMIT]
    title = re.search(r"<title[^>]*>([^<]*)</title>", text, re.IGNORECASE)
    if title and title[1].strip():
        return title[1].strip()
    return " ".join(re.sub(r"<[^<>]{0,2000}>", " ", text[:BODY_LIMIT]).split())[:300]
