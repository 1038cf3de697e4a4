"""Makes a typed error of an error answer, in every shape of the gateway and its upstreams.

It also decides which errors are retryable.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from _pollinations.http import errors
from _pollinations.http.error_payload import (
    TEXT_LIMIT,
    Object,
    before_echo,
    opened,
    without_echo,
)
from _pollinations.http.errors import ErrorResponse, PollinationsError
from _pollinations.http.headers import Headers, is_cached
from _pollinations.http.json import dump, parse
from _pollinations.http.unknown_names import suggest_models

T = TypeVar("T")

_KINDS: dict[int, type[PollinationsError]] = {
    401: errors.AuthenticationError,
    402: errors.PaymentRequiredError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    408: errors.ServerError,
    409: errors.ServerError,
    410: errors.NotFoundError,
    429: errors.RateLimitError,
}

# 520 to 530 are Cloudflare's; all but a wrong certificate (526) are temporary.
_RETRYABLE = frozenset({408, 409, 429, 500, 502, 503, 504, *range(520, 526), 529, 530})
# From a web page or a provider, these statuses are not about the user's key.
_ABOUT_KEYS = frozenset({401, 402, 403, 407, 451})

_FIRST_ERROR = 400  # of the HTTP statuses
_STATUS = re.compile(r"[45][0-9]{2}")
_CODES = {
    400: "invalid_request_error|bad_request|context_length_exceeded",
    401: "authentication_error|unauthorized",
    402: "billing_error|payment_required|insufficient_quota",
    403: "permission_error|forbidden",
    404: "(model_)?not_found(_error)?",
    413: "request_too_large",
    422: "content_filter|content_policy_violation",
    429: "rate_limit(ed|_error|_exceeded)|concurrency_limit_exceeded",
    500: "(api|server|internal)_error",
    503: "overloaded_error|service_unavailable",
    504: "timeout_error",
}
"""The statuses of errors that only have a name, as those inside a stream."""

# In the messages of errors, and in their codes such as `context_length_exceeded`.
_OVERFLOW = re.compile(
    r"context[ _](length|window|size|limit)|maximum (context|prompt)|prompt exceeds"
    r"|too many (input |prompt )?tokens|prompt is too (long|large)|input[ _](is |was )?too[ _]long"
    r"|model token limit|input length should be"
    r"|exceeds? the (maximum|max|configured limit)[^.]{0,40}tokens",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content[ _](policy|filter|management policy|blocked)|safety[ _](system|error)|flagged",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})</title", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_EDGE_CODE = re.compile(r"error code: \d{3,4}")  # Cloudflare's whole answer to clients without HTML
_HOST = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_FOREVER = 1e9
"""Seconds; a wait as long as this is ignored."""


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
            return errors.APIConnectionError(
                f"The answer is a web page: {payload}",
                status=status,
                request_id=headers.get("x-request-id"),
                retryable=False,
                hint="A firewall or proxy refused the request: check the network, the proxy "
                "settings and base_url.",
                response=ErrorResponse(status, headers, text[:TEXT_LIMIT]),
            )
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
    objects, messages = opened(payload)
    codes = [*_codes(objects)]
    own_status = status if status >= _FIRST_ERROR else _inner_status(codes) or status
    # An error in a good answer that names no status is the gateway's fault.
    meaning = own_status if own_status >= _FIRST_ERROR else 502
    message = messages[-1] if messages else f"HTTP {own_status} without a message"
    if meaning == 401 and key_kind == "none":  # noqa: PLR2004 - unauthorized
        message = "No API key is set."
    provider = _provider(objects)
    kind = _kind(meaning, payload, provider)
    if provider and provider not in message:
        message += f" (from the provider, {provider})"
    cause = _first(objects, "cause", object)
    error = kind(
        message,
        status=own_status,
        code=next((code for code in codes if isinstance(code, str)), None),
        request_id=headers.get("x-request-id") or _first(objects, "requestId", str),
        form_errors=tuple(map(str, _first(objects, "formErrors", list) or ())),
        field_errors=_field_errors(_first(objects, "fieldErrors", dict) or {}),
        timestamp=_first(objects, "timestamp", str),
        cause_text=None if cause is None else str(without_echo(cause))[:TEXT_LIMIT],
        retry_after=_seconds(headers.get("retry-after"), objects),
        retryable=meaning in _RETRYABLE and kind is not errors.ContentFilteredError,
        key_kind=key_kind,
        cached=is_cached(headers),
        text=text,
        reasoning=reasoning,
        response=ErrorResponse(status, headers, _without_echo(payload, body)),
    )
    suggest_models(error)
    return error


def _first(objects: list[Object], name: str, kind: type[T]) -> T | None:
    """The first value of a name that is of some type, and not empty."""
    values = (each.get(name) for each in objects)
    return next((value for value in values if value and isinstance(value, kind)), None)


def _codes(objects: list[Object]) -> Iterator[str | int]:
    """The statuses and the names of errors, from the outside in."""
    for each in objects:
        for name in ("code", "type", "status", "upstreamStatus"):
            value = each.get(name)
            if _STATUS.fullmatch(str(value)):
                yield int(str(value))
            elif isinstance(value, str) and name in {"code", "type"} and value not in {"", "error"}:
                yield value
        word = each.get("error")
        if isinstance(word, str) and word.isidentifier() and word.islower():
            yield word


def _inner_status(codes: list[str | int]) -> int | None:
    """The status that the payload itself says, in the outermost object that says one."""
    for code in codes:
        if isinstance(code, int):
            return code
        for status, names in _CODES.items():
            if re.fullmatch(names, code, re.IGNORECASE):
                return status
    return None


def _provider(objects: list[Object]) -> str | None:
    """The host of the provider whose answer this is, if not the gateway's own."""
    hosts = (each.get(name) for each in objects for name in ("upstreamHost", "provider"))
    return next((host for host in hosts if isinstance(host, str) and _HOST.fullmatch(host)), None)


def _field_errors(fields: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(map(str, texts)) if isinstance(texts, list) else (str(texts),)
        for name, texts in fields.items()
    }


def _kind(meaning: int, payload: object, provider: str | None) -> type[PollinationsError]:
    """The class of an error, by its codes and words, those in an upstream's body included."""
    objects, messages = opened(payload, upstream=True)
    texts = [str(code) for code in _codes(objects)]
    if meaning in {400, 413, 422}:
        texts += messages
    if _OVERFLOW.search("\n".join(texts)):
        return errors.ContextOverflowError
    if _FILTERED.search("\n".join(texts)):
        return errors.ContentFilteredError
    if provider and meaning in _ABOUT_KEYS:
        # The provider refused the gateway's key, not the user's.
        return errors.ServerError
    other = errors.InvalidRequestError if 400 <= meaning < 500 else errors.ServerError  # noqa: PLR2004 - 4xx
    return _KINDS.get(meaning, other)


def _seconds(header: str | None, objects: list[Object]) -> float | None:
    """The longest of the requested waits, in seconds."""
    waits = [each.get("retryAfterSeconds") for each in objects]
    if header:
        try:
            waits.append(float(header))
        except ValueError:
            # The other form of Retry-After is a date.
            waits.append(_until(header))
    numbers = (wait for wait in waits if isinstance(wait, int | float))
    return max((float(wait) for wait in numbers if 0 <= wait < _FOREVER), default=None)


def _until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return -1.0


def _without_echo(payload: object, body: str) -> str:
    if isinstance(payload, dict | list):
        return dump(without_echo(payload)).decode()[:TEXT_LIMIT]
    return before_echo(body)[:TEXT_LIMIT]


def _without_markup(text: str) -> str:
    """The title or the text of a web page, for errors that come as HTML."""
    if "<" not in text:
        return text.strip()[:TEXT_LIMIT]
    title = _TITLE.search(text)
    if title and title[1].strip():
        return title[1].strip()
    return " ".join(_TAG.sub(" ", text[:TEXT_LIMIT]).split())[:300]
