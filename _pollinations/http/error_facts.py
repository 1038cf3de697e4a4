"""The facts in one error payload, without the prompt that it may repeat."""

import re
from typing import Any

from _pollinations.http.json import dump, parse

BODY_LIMIT = 4_000

_STATUSES: dict[str, int] = {
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
_ECHOES = frozenset({"requestParameters", "messages", "upstreamBody"})
_ECHO = re.compile(r'\\{0,8}"(requestParameters|messages)\\{0,8}"\s{0,8}:\s{0,8}[\[{]')
_DEPTH = 40
_STATUS = re.compile(r"[45][0-9]{2}")
_HOST = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_EMPTY_CODES = frozenset({"", "error"})
FOREVER = 1e9
"""Seconds; a wait as long as this is ignored."""


class ErrorFacts:
    """The facts in one error payload of any shape.

    Args:
        payload: A parsed JSON value, or text.
        depth: Its depth in another payload.
    """

    def __init__(self, payload: object, depth: int = 0) -> None:
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
        self.provider: str | None = None
        """The host of the provider whose answer this is, if not the gateway's own."""
        self.codes: set[str] = set()
        """Every code of every level, in lower case."""
        self.texts: list[str] = []
        """The messages of all levels; the last one is `message`, but for an upstream's body."""
        self._read(payload, depth)

    def _read(self, payload: object, depth: int) -> None:
        """Read this level, then those below it, which are more specific."""
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
        self._add_level(payload)
        for name in ("message", "error", "details", "errors", "detail"):
            inner = payload.get(name)
            if isinstance(inner, dict | list) or (
                isinstance(inner, str) and (name == "message" or not payload.get("message"))
            ):
                self._read(inner, depth + 1)
                if name == "message" and isinstance(inner, dict | list) and not self.message:
                    self._add_message(dump(without_echo(inner)).decode())
        upstream = payload.get("upstreamBody")
        if upstream:
            # It may repeat the prompt: it is searched and not shown.
            inside = ErrorFacts(upstream, depth + 1)
            self.codes |= inside.codes
            self.texts += inside.texts

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
            self._add_message(before_echo(stripped))

    def _add_message(self, message: str) -> None:
        self.message = message[:BODY_LIMIT]
        self.texts.append(self.message)

    def _add_level(self, payload: dict[str, Any]) -> None:
        for name in ("code", "type", "status", "upstreamStatus"):
            value = payload.get(name)
            if isinstance(value, bool):
                continue
            if isinstance(value, str) and _STATUS.fullmatch(value):
                value = int(value)
            if isinstance(value, int) and 400 <= value < 600:  # noqa: PLR2004 - HTTP errors
                self.status = self.status or value
            elif isinstance(value, str) and name in {"code", "type"} and value not in _EMPTY_CODES:
                self._add_code(value)
        code = payload.get("error")
        if isinstance(code, str) and code.isidentifier() and code.islower():
            self._add_code(code)
        self.request_id = self.request_id or _text(payload.get("requestId"))
        self.timestamp = self.timestamp or _text(payload.get("timestamp"))
        if "cause" in payload and payload["cause"] is not None:
            self.cause = self.cause or str(without_echo(payload["cause"]))[:BODY_LIMIT]
        wait = payload.get("retryAfterSeconds")
        if isinstance(wait, int | float) and not isinstance(wait, bool) and 0 <= wait < FOREVER:
            self.retry_after = float(wait)
        self._add_provider(payload)
        self._add_fields(payload)

    def _add_code(self, code: str) -> None:
        self.codes.add(code.lower())
        self.code = self.code or code
        self.status = self.status or _STATUSES.get(code.lower())

    def _add_provider(self, payload: dict[str, Any]) -> None:
        for name in ("upstreamHost", "provider"):
            host = payload.get(name)
            if isinstance(host, str) and _HOST.fullmatch(host):
                self.provider = self.provider or host

    def _add_fields(self, payload: dict[str, Any]) -> None:
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


def without_echo(value: object, depth: int = 0) -> object:
    """Remove the prompt that upstreams echo."""
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {
            name: without_echo(inner, depth + 1)
            for name, inner in value.items()
            if name not in _ECHOES
        }
    if isinstance(value, list):
        return [without_echo(inner, depth + 1) for inner in value]
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            inner = without_echo(parse(value), depth + 1)
        except ValueError:
            return before_echo(value)
        return dump(inner).decode()
    return before_echo(value) if isinstance(value, str) else value


def before_echo(text: str) -> str:
    """Cut a text that is not JSON, or only the beginning of some, before an echoed prompt."""
    echo = _ECHO.search(text)
    return text[: echo.start()].rstrip(" ,{") if echo else text
