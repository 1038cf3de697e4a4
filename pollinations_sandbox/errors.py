"""Every error body of the gateway, in the words of each API version."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

Api = Literal["2026-01", "2026-10"]
Shape = Literal["plain", "pk", "edge", "upstream", "concurrency", "policy"]
Lack = Literal["balance", "budget", "quest", "model"]

_CODES: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    402: "PAYMENT_REQUIRED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
}
_LATER_CODES: Final = {
    408: "REQUEST_TIMEOUT",
    410: "GONE",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    426: "UPGRADE_REQUIRED",
    504: "GATEWAY_TIMEOUT",
}
_PHRASES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Payload Too Large",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    524: "A Timeout Occurred",
}
_NAMED_INSIDE: Final = frozenset({400, 401, 403, 404, 429})
_UPSTREAM_STATUS: Final = {**dict.fromkeys((401, 402, 403, 404, 409, 429, 524), 502), 408: 504}
_KEYS_PAGE: Final = "https://enter.pollinations.ai/keys"
_TOP_UP: Final = "https://enter.pollinations.ai/topup"
_REFUSAL_TEXT: Final[Mapping[Lack, str]] = {
    "balance": (
        "The account behind this API key doesn't have enough credits. "
        f"Please [top up]({_TOP_UP}) to go on. If this isn't your Pollinations account, "
        "contact whoever runs the app you are using."
    ),
    "budget": (
        "The API key used for this request has reached its budget. "
        f"Please [raise the budget]({_KEYS_PAGE}) or use another key."
    ),
    "quest": (
        "The API key used for this request only spends Quest Pollen, and this model needs paid "
        f"pollen. Please [top up]({_TOP_UP}) or choose another model."
    ),
    "model": (
        "The API key used for this request isn't allowed to use {model}. "
        f"Please [allow it for this key]({_KEYS_PAGE})."
    ),
}
_LACK_CODE: Final[Mapping[Lack, str]] = {
    "balance": "INSUFFICIENT_BALANCE",
    "budget": "KEY_BUDGET_EXHAUSTED",
    "quest": "QUEST_POLLEN_ONLY",
    "model": "FORBIDDEN",
}
_LACK_MESSAGE: Final[Mapping[Lack, str]] = {
    "balance": (
        "Insufficient balance. This request costs ~0.0010 pollen, but your available balance is "
        f"0.0000. Top up at {_TOP_UP}"
    ),
    "budget": (
        "API key budget exhausted. This request costs ~0.0010 pollen, but this key has 0.0000 "
        f"remaining. Raise it at {_KEYS_PAGE}"
    ),
    "quest": f"This key spends Quest Pollen only, and this model needs paid pollen. {_TOP_UP}",
    "model": f"Model '{{model}}' is not allowed for this API key. Allow it at {_KEYS_PAGE}",
}
_LACK_MESSAGE_JANUARY: Final[Mapping[Lack, str]] = {
    "balance": "Insufficient pollen balance to use this model",
    "budget": "API key budget exhausted. Please top up or create a new key.",
    "quest": "Insufficient pollen balance to use this model",
    "model": "Model '{model}' is not allowed for this API key",
}


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
    codes = _CODES if api == "2026-01" else _CODES | _LATER_CODES
    error: dict[str, Any] = {
        "message": message,
        "code": code or codes.get(status, "UNKNOWN_ERROR"),
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
    """400 of the 2026-10 API: nobody knows the model."""
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
    """401: no key, or one (`given`) that nobody issued."""
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
    messages = _LACK_MESSAGE_JANUARY if api == "2026-01" else _LACK_MESSAGE
    status = 403 if lack == "model" else 402
    later = api == "2026-10"
    error = envelope(
        status,
        messages[lack].replace("{model}", model),
        api=api,
        code=_LACK_CODE[lack] if later else None,
        extra={"fixUrl": _KEYS_PAGE} if later and lack == "model" else None,
    )
    return PollenError(error, _REFUSAL_TEXT[lack].replace("{model}", model))


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
    details = {"name": type(error).__name__, "stack": trace}
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
    status: int, detail: str, *, api: Api, provider: str, body: Mapping[str, Any]
) -> GatewayError:
    """What the gateway makes of a provider's error.

    The 2026-01 API keeps the status and puts the text service's own JSON, prompt included, into
    `message`; the 2026-10 API maps the status, so that 401 to 429 always mean the caller's key.
    """
    phrase = _PHRASES.get(status, "Unknown")
    error = {"message": detail, "type": "invalid_request_error", "param": None, "code": str(status)}
    inner = {"error": error, "provider": provider}
    if api == "2026-10":
        details = {
            "name": "UpstreamError",
            "upstreamStatus": status,
            "upstreamHost": "portkey.pollinations.ai",
            "upstreamBody": inner,
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
        case "upstream":
            detail = f"upstream said {status}"
            error = upstream(status, detail, api=api, provider="azure-openai", body=body)
            return GatewayError(error.status, error.body, headers)
        case "policy":
            return _against_policy(status, api=api, body=body)
        case "plain":
            message = {
                401: unauthorized(api=api, given=True).body["error"]["message"],
                402: lacking("balance", "openai", api=api).body["error"]["message"],
                403: lacking("model", "openai", api=api).body["error"]["message"],
                500: "Oh snap, something went wrong on our end. We're on it!",
            }.get(status, _PHRASES.get(status, "Unknown error"))
            return envelope(status, message, api=api, headers=headers)


def _against_policy(status: int, *, api: Api, body: Mapping[str, Any]) -> GatewayError:
    """The provider's content filter refused the prompt; the 2026-10 API has a code for that."""
    detail = "This prompt was refused by the provider's content policy. Try other words."
    if api == "2026-01":
        return upstream(status, detail, api=api, provider="azure-openai", body=body)
    return envelope(status, detail, api=api, code="content_policy_violation")
