"""Makes a typed error of an error answer, in every shape of the gateway and its upstreams."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from _pollinations.http.error_facts import (
    BODY_LIMIT,
    FOREVER,
    ErrorFacts,
    before_echo,
    without_echo,
)
from _pollinations.http.errors import (
    APIConnectionError,
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
from _pollinations.http.unknown_names import suggest_models

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

# 520 to 530 are Cloudflare's; all but a wrong certificate (526) are temporary.
_RETRYABLE = frozenset({408, 409, 429, 500, 502, 503, 504, *range(520, 526), 529, 530})
# From a web page or a provider, these statuses are not about the user's key.
_ABOUT_KEYS = frozenset({401, 402, 403, 407, 451})

_OVERFLOW = re.compile(
    r"context[ _](length|window|size|limit)|maximum (context|prompt)|prompt exceeds"
    r"|too many (input |prompt )?tokens|prompt is too (long|large)|input (is|was) too long"
    r"|model token limit|input length should be"
    r"|exceeds? the (maximum|max|configured limit)[^.]{0,40}tokens",
    re.IGNORECASE,
)
_OVERFLOW_CODES = frozenset(
    {
        "context_length_exceeded",
        "context_window_exceeded",
        "model_context_window_exceeded",
        "input_too_long",
    }
)
_FILTERED = re.compile(
    r"content[ _](policy|filter|management policy|blocked)|safety system|flagged", re.IGNORECASE
)
_FILTERED_CODES = frozenset(
    {"content_filter", "content_policy_violation", "content_blocked", "safety_error"}
)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})</title", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_EDGE_CODE = re.compile(r"error code: \d{3,4}")  # Cloudflare's whole answer to clients without HTML
_PERMISSION = re.compile(r"'(account:[a-z_]+)'")


def error_from(
    status: int, headers: Headers, body: bytes, *, key_kind: str = "unknown"
) -> PollinationsError:
    """Make the error of an HTTP answer.

    It reads every shape that the gateway and its upstreams are known to send: the envelope
    `{"success": false, "error": {...}}`, `{"error": "text", "message": ...}`, safety errors, JSON
    inside `message` (nested any number of times), plain text and HTML pages.

    Args:
        status: The HTTP status; 200 for an error found inside a good answer.
        headers: Names in lower case.
        body: The whole body.
        key_kind: `secret`, `publishable`, `unknown` or `none`.

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
        if status in _ABOUT_KEYS and ("<" in text or _EDGE_CODE.match(text)):
            return _blocked(str(payload), status, headers, text)
    return error_of(payload, status=status, headers=headers, key_kind=key_kind, body=text)


def _blocked(title: str, status: int, headers: Headers, text: str) -> APIConnectionError:
    return APIConnectionError(
        f"The answer is a web page: {title}",
        status=status,
        request_id=headers.get("x-request-id"),
        retryable=False,
        hint="A firewall or proxy refused the request: check the network, the proxy settings and "
        "base_url.",
        response=ErrorResponse(status, headers, text[:BODY_LIMIT]),
    )


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
    """Make the error of a parsed body or event; see `error_from`.

    Args:
        payload: A parsed JSON value, or text.
        status: The HTTP status of the answer; under 200 the payload says another.
        headers: Names in lower case.
        key_kind: `secret`, `publishable`, `unknown` or `none`.
        body: The text of the payload, for tracers.
        text: What of the answer had already arrived.
        reasoning: What of the reasoning had already arrived.

    Returns:
        The error; the caller raises it.
    """
    found = ErrorFacts(payload)
    meaning = status if status >= 400 else found.status or 502  # noqa: PLR2004 - HTTP errors
    message = found.message or f"HTTP {status} without a message"
    if meaning == 401 and key_kind == "none":  # noqa: PLR2004 - unauthorized
        message = "No API key is set."
    permission = _PERMISSION.search(message)
    if meaning == 403 and permission:  # noqa: PLR2004 - forbidden
        message += f" (missing permission: {permission[1]})"
    kind = _kind(meaning, found)
    if found.provider and found.provider not in message:
        message += f" (from the provider, {found.provider})"
    error = kind(
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
    suggest_models(error)
    return error


def _kind(meaning: int, found: ErrorFacts) -> type[PollinationsError]:
    texts = "\n".join(found.texts) if meaning in {400, 413, 422} else ""
    if found.codes & _OVERFLOW_CODES or _OVERFLOW.search(texts):
        return ContextOverflowError
    if found.codes & _FILTERED_CODES or _FILTERED.search(texts):
        return ContentFilteredError
    if found.provider and meaning in _ABOUT_KEYS:
        # The provider refused the gateway's key, not the user's.
        return ServerError
    other = InvalidRequestError if 400 <= meaning < 500 else ServerError  # noqa: PLR2004 - 4xx
    return _KINDS.get(meaning, other)


def _seconds(header: str | None, found: float | None) -> float | None:
    """The longer of the requested waits, in seconds."""
    waits = [found] if found is not None else []
    if header:
        try:
            waits.append(float(header))
        except ValueError:
            # The other form of Retry-After is a date.
            waits.append(_until(header))
    kept = [wait for wait in waits if 0 <= wait < FOREVER]
    return max(kept) if kept else None


def _until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return -1.0


def _without_echo(payload: object, body: str) -> str:
    if isinstance(payload, dict | list):
        return dump(without_echo(payload)).decode()[:BODY_LIMIT]
    return before_echo(body)[:BODY_LIMIT]


def _without_markup(text: str) -> str:
    """The title or the text of a web page, for errors that come as HTML."""
    if "<" not in text:
        return text.strip()[:BODY_LIMIT]
    title = _TITLE.search(text)
    if title and title[1].strip():
        return title[1].strip()
    return " ".join(_TAG.sub(" ", text[:BODY_LIMIT]).split())[:300]
