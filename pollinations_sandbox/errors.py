"""Every error body of the gateway, in the words of each API version."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final, Literal

Api = Literal["2026-01", "2026-10"]
Shape = Literal["plain", "pk", "edge", "upstream", "concurrency", "policy", "context"]
Lack = Literal["balance", "budget", "quest", "model"]

# The statuses that have a code of their own; others are UNKNOWN_ERROR.
_CODED: Final = frozenset({400, 401, 402, 403, 404, 405, 409, 422, 429, 500, 502, 503})
_LATER_CODED: Final = _CODED | {408, 410, 413, 415, 426, 504}
_CODES: Final = {429: "RATE_LIMITED", 500: "INTERNAL_ERROR"}
# Where Python's own phrases are missing, or differ between its versions.
_PHRASES: Final = {
    413: "Payload Too Large",
    422: "Unprocessable Entity",
    524: "A Timeout Occurred",
}
_NAMED_INSIDE: Final = frozenset({400, 401, 403, 404, 429})
_UPSTREAM_STATUS: Final = {**dict.fromkeys((401, 402, 403, 404, 409, 429, 524), 502), 408: 504}
_AZURE: Final = "azure-openai"
_KEYS_PAGE: Final = "https://enter.pollinations.ai/keys"


class GatewayError(Exception):
    """An answer that is an error: status, JSON body and headers."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


class PollenError(GatewayError):
    """A 402, or a 403 about a model: in the 2026-10 API an answer with status 200."""

    def __init__(self, error: GatewayError, text: str) -> None:
        super().__init__(error.status, error.body, error.headers)
        self.text = text


def now() -> str:
    """This moment as the gateway writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _phrase(status: int) -> str:
    known = status in HTTPStatus.__members__.values()
    return _PHRASES.get(status) or (HTTPStatus(status).phrase if known else "Unknown error")


def envelope(
    status: int,
    message: str,
    *,
    api: Api,
    code: str | None = None,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> GatewayError:
    """The gateway's usual error body around `message`."""
    if code is None:
        coded = status in (_CODED if api == "2026-01" else _LATER_CODED)
        named = _CODES.get(status) or _phrase(status).upper().replace(" ", "_")
        code = named if coded else "UNKNOWN_ERROR"
    error: dict[str, Any] = {
        "message": message,
        "code": code,
        **({"details": details} if details else {}),
        "timestamp": now(),
        **(extra or {}),
    }
    return GatewayError(status, {"success": False, "error": error, "status": status}, headers)


def invalid(fields: Mapping[str, list[str]], form: list[str], *, api: Api) -> GatewayError:
    """400: the body does not fit the schema."""
    details = {"name": "ValidationError", "formErrors": form, "fieldErrors": dict(fields)}
    return envelope(400, "JSON body validation failed", api=api, details=details)


def invalid_query(fields: Mapping[str, list[str]], *, api: Api) -> GatewayError:
    """400: a query parameter does not fit the schema."""
    details = {"name": "ValidationError", "formErrors": [], "fieldErrors": dict(fields)}
    return envelope(400, "Query parameter validation failed", api=api, details=details)


def malformed(*, api: Api) -> GatewayError:
    """400: the body is not JSON."""
    message = "Malformed JSON in request body" if api == "2026-01" else "Invalid JSON body"
    return envelope(400, message, api=api)


def unknown_model(name: str, *, api: Api) -> GatewayError:
    """400 of the 2026-10 API: the model is unknown."""
    return envelope(
        400,
        f'Invalid service or alias: "{name}". Must be a valid service name or alias.',
        api=api,
    )


def wrong_modality(name: str, kind: str, *, api: Api, endpoint: str = "text") -> GatewayError:
    """400 of the 2026-10 API: the model does something else than this endpoint."""
    return envelope(
        400,
        f'Model "{name}" is a {kind} model and cannot be used on the {endpoint} endpoint. '
        f"Use the {kind} endpoint instead.",
        api=api,
    )


def unauthorized(*, api: Api, given: bool) -> GatewayError:
    """401: no key, or an unknown one (`given`)."""
    if api == "2026-01":
        message = (
            "You need to authenticate by providing a session cookie or Authorization header "
            "(Bearer token)."
        )
    elif given:
        message = (
            "Invalid API key. The provided key was not recognized; it may be expired, revoked, "
            f"or mistyped. Manage keys at {_KEYS_PAGE}"
        )
    else:
        message = (
            "Authentication required. Please provide an API key via Authorization header "
            "(Bearer token) or ?key= query parameter."
        )
    return envelope(401, message, api=api)


def lacking(lack: Lack, model: str, *, api: Api) -> PollenError:
    """402 or 403: the key, or its account, may not have this model."""
    said = {name: text.replace("{model}", model) for name, text in _refusals()[lack].items()}
    status = 403 if lack == "model" else 402
    if api == "2026-01":
        return PollenError(envelope(status, said["message-2026-01"], api=api), said["text"])
    fix = {"fixUrl": said["fixUrl"]}
    error = envelope(status, said["message"], api=api, code=said["code"], extra=fix)
    return PollenError(error, said["text"])


@cache
def _refusals() -> dict[str, dict[str, str]]:
    """The sentences of each lack, by API version."""
    found: dict[str, dict[str, str]] = json.loads(
        files(__package__).joinpath("refusals.json").read_text()
    )
    return found


def no_permission(permission: str, *, api: Api) -> GatewayError:
    """403: the key may not read this part of the account."""
    message = f"API key does not have 'account:{permission}' permission"
    if api == "2026-01":
        return envelope(403, message, api=api)
    return envelope(
        403, f"{message}. Allow it at {_KEYS_PAGE}", api=api, extra={"fixUrl": _KEYS_PAGE}
    )


def no_route(*, api: Api) -> GatewayError:
    """404: no such path."""
    return envelope(404, "Oh no, there's nothing here.", api=api)


def wrong_method(*, api: Api) -> GatewayError:
    """405 of the 2026-10 API; the 2026-01 API answered 404."""
    return envelope(405, "Method not allowed", api=api) if api == "2026-10" else no_route(api=api)


def internal(error: Exception, trace: str, *, api: Api) -> GatewayError:
    """500: something in the gateway itself broke."""
    details = {"name": type(error).__name__}
    if api == "2026-01":
        details["stack"] = trace
    return envelope(500, str(error), api=api, details=details)


def too_early(wait: float) -> GatewayError:
    """429 of a publishable key: no envelope, and `error` is a string."""
    return GatewayError(
        429,
        {
            "error": "Rate limit exceeded",
            "message": f"Rate limit exceeded. Retry after {wait:.2f}s. "
            "Use secret keys (sk_*) for unlimited requests.",
            "retryAfterSeconds": round(wait, 2),
        },
        {"Retry-After": str(math.ceil(wait))},
    )


def too_many(
    status: int = 429, *, api: Api, headers: Mapping[str, str] | None = None
) -> GatewayError:
    """429 of the edge, which counts the requests of an address, and names no time to wait."""
    message = "Too many requests from this IP. Please slow down."
    return envelope(status, message, api=api, headers=headers)


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
    error["code"] = code or str(status)
    inner = {"error": error, "provider": provider}
    if api == "2026-10":
        details = {
            "name": "UpstreamError",
            "upstreamStatus": status,
            "upstreamHost": "portkey.pollinations.ai",
            "upstreamBody": json.dumps(inner, ensure_ascii=False),
        }
        message = f"{status} {phrase}: {detail}"
        return envelope(_UPSTREAM_STATUS.get(status, status), message, api=api, details=details)
    error["message"] = f"{provider} error: {detail}"
    said = {
        "error": phrase if status in _NAMED_INSIDE else "Internal Server Error",
        "message": f"{status} {phrase}",
        "requestId": "sandbx",
        "requestParameters": dict(body),
        "details": inner,
    }
    return envelope(status, json.dumps(said, ensure_ascii=False), api=api)


def context_overflow(
    limit: int, used: int, *, api: Api, provider: str, body: Mapping[str, Any]
) -> GatewayError:
    """400: the provider counted more tokens than the model reads."""
    detail = (
        f"Input tokens exceed the configured limit of {limit} tokens. "
        f"Your messages resulted in {used} tokens. Please reduce the length of the messages."
    )
    code = "context_length_exceeded"
    return upstream(400, detail, api=api, provider=provider, body=body, code=code)


def planned(
    status: int, shape: Shape, *, api: Api, retry_after: float | None, body: Mapping[str, Any]
) -> GatewayError:
    """The error that a test ordered, in one of the shapes in which this status is seen."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    match shape:
        case "pk":
            return too_early(3.51 if retry_after is None else retry_after)
        case "edge":
            return too_many(status, api=api, headers=headers)
        case "concurrency":
            said = {
                "error": "concurrency_limit_exceeded",
                "message": "Another generation is still running. Wait for it to end.",
            }
            return GatewayError(status, said, {"Retry-After": "1"} | headers)
        case "upstream" | "policy" | "context":
            error = _by_the_provider(status, shape, api=api, body=body)
            return GatewayError(error.status, error.body, headers)
        case "plain":
            message = {
                401: unauthorized(api=api, given=True).body["error"]["message"],
                402: lacking("balance", "openai", api=api).body["error"]["message"],
                403: lacking("model", "openai", api=api).body["error"]["message"],
                500: "Oh snap, something went wrong on our end. We're on it!",
            }.get(status, _phrase(status))
            return envelope(status, message, api=api, headers=headers)


def _by_the_provider(status: int, shape: str, *, api: Api, body: Mapping[str, Any]) -> GatewayError:
    """What a provider refused; the 2026-10 API has a code of its own for a content policy."""
    if shape == "context":
        return context_overflow(272_000, 272_001, api=api, provider=_AZURE, body=body)
    if shape == "upstream":
        return upstream(status, f"upstream said {status}", api=api, provider=_AZURE, body=body)
    detail = "This prompt was refused by the provider's content policy. Try other words."
    if api == "2026-01":
        return upstream(status, detail, api=api, provider=_AZURE, body=body)
    return envelope(status, detail, api=api, code="content_policy_violation")
