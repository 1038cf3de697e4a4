"""Every error body of the gateway, in the words of each API version (errors.json)."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from httpx import codes

from pollinations_sandbox.response import Response, json_response
from pollinations_sandbox.tables import table

Api = Literal["2026-01", "2026-10"]
Shape = Literal["plain", "pk", "edge", "upstream", "concurrency", "policy", "context"]
Lack = Literal["balance", "budget", "quest", "model"]
Fields = Mapping[str, list[str]]

_UPSTREAM_STATUS: Final = {**dict.fromkeys((401, 402, 403, 404, 409, 429, 524), 502), 408: 504}
_PLAIN: Final = {401: "invalid_key", 402: "balance", 403: "model", 500: "broken"}
_AZURE: Final = "azure-openai"
_WAIT: Final = 3.51


@dataclass(eq=False)
class GatewayError(Exception):
    """An answer that is an error: status, JSON body and headers.

    With a `text` the 2026-10 API may say it as an assistant, under status 200.
    """

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def response(self) -> Response:
        """The error as it travels."""
        return json_response(self.body, self.status, self.headers)


def now() -> str:
    """This moment as the gateway writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _phrase(status: int) -> str:
    phrases: Mapping[str, str] = table("errors")["phrases"]
    return phrases.get(str(status)) or codes.get_reason_phrase(status) or "Unknown error"


def envelope(
    status: int, message: str, *, api: Api, code: str = "", text: str = "", **more: object
) -> GatewayError:
    """The gateway's usual error body around `message`, with further values inside `error`."""
    code = code or table("errors")["codes"][api].get(str(status), "UNKNOWN_ERROR")
    error = {"message": message, "code": code, **more, "timestamp": now()}
    return GatewayError(status, {"success": False, "error": error, "status": status}, text=text)


def known(name: str, *, api: Api, **values: str) -> GatewayError:
    """An error of the table, with these values in its sentences."""
    row = table("errors")[api][name]
    sentences = {key: row[key].format(**values) for key in ("message", "text") if key in row}
    return envelope(**{**row, **sentences}, api=api)


def invalid(fields: Fields, *, api: Api, form: str = "", what: str = "JSON body") -> GatewayError:
    """400: the body or the query does not fit the schema."""
    details = {"name": "ValidationError", "formErrors": [form] if form else []}
    wrong = details | {"fieldErrors": dict(fields)}
    return envelope(400, f"{what} validation failed", api=api, details=wrong)


def internal(error: Exception, *, api: Api) -> GatewayError:
    """500: something in the sandbox itself broke."""
    return envelope(500, str(error), api=api, details={"name": type(error).__name__})


def too_early(wait: float) -> GatewayError:
    """429 of a publishable key: no envelope, and `error` is a string."""
    message = f"Rate limit exceeded. Retry after {wait:.2f}s."
    body = {
        "error": "Rate limit exceeded",
        "message": f"{message} Use secret keys (sk_*) for unlimited requests.",
        "retryAfterSeconds": round(wait, 2),
    }
    return GatewayError(429, body, {"Retry-After": str(math.ceil(wait))})


def upstream(
    status: int,
    detail: str,
    *,
    api: Api,
    provider: str,
    body: Mapping[str, Any],
    code: str | None = None,
) -> GatewayError:
    """What the gateway makes of a provider's error.

    The 2026-01 API keeps the status and puts the text service's own JSON, prompt included, into
    `message`; the 2026-10 API maps the status, so that 401 to 429 always mean the caller's key.
    """
    phrase = _phrase(status)
    error = {"message": detail, "type": "invalid_request_error", "param": None}
    inner = {"error": error | {"code": code or str(status)}, "provider": provider}
    if api == "2026-10":
        details = {
            "name": "UpstreamError",
            "upstreamStatus": status,
            "upstreamHost": "portkey.pollinations.ai",
            "upstreamBody": json.dumps(inner, ensure_ascii=False),
        }
        message = f"{status} {phrase}: {detail}"
        return envelope(_UPSTREAM_STATUS.get(status, status), message, api=api, details=details)
    inner["error"] = error | {"message": f"{provider} error: {detail}", "code": code or str(status)}
    service = {
        "error": phrase,
        "message": f"{status} {phrase}",
        "requestId": "sandbx",
        "requestParameters": dict(body),
        "details": inner,
    }
    return envelope(status, json.dumps(service, ensure_ascii=False), api=api)


def context_overflow(
    limit: int, used: int, *, api: Api, provider: str, body: Mapping[str, Any]
) -> GatewayError:
    """400: the provider counted more tokens than the model reads."""
    detail, code = table("errors")["context"].format(limit, used), "context_length_exceeded"
    return upstream(400, detail, api=api, provider=provider, body=body, code=code)


def planned(
    status: int, shape: Shape, *, api: Api, retry_after: float | None, body: Mapping[str, Any]
) -> GatewayError:
    """The error that a test ordered, in one of the shapes in which this status is seen."""
    refused = _message("policy", api)
    match shape:
        case "pk":
            error = too_early(_WAIT if retry_after is None else retry_after)
        case "edge":
            error = envelope(status, _message("too_many", api), api=api)
        case "concurrency":
            error = GatewayError(status, table("errors")["concurrency"], {"Retry-After": "1"})
        case "context":
            error = context_overflow(272_000, 272_001, api=api, provider=_AZURE, body=body)
        case "policy" if api == "2026-10":
            error = envelope(status, refused, api=api, code="content_policy_violation")
        case "policy" | "upstream":
            detail = refused if shape == "policy" else f"upstream said {status}"
            error = upstream(status, detail, api=api, provider=_AZURE, body=body)
        case "plain":
            plain = _PLAIN.get(status)
            error = envelope(status, _message(plain, api) if plain else _phrase(status), api=api)
    if retry_after is not None:
        error.headers = {**error.headers, "Retry-After": f"{retry_after:g}"}
    return error


def _message(name: str, api: Api) -> str:
    return str(known(name, api=api, model="openai").body["error"]["message"])
