"""Refusals that the gateway sends as answers under HTTP 200."""

from _pollinations.chat.reply import Reply
from _pollinations.http.call import Response
from _pollinations.http.errors import (
    PaymentRequiredError,
    PermissionDeniedError,
    PollinationsError,
)

_REFUSAL_LENGTH = 1_000
_REFUSAL_OPENINGS = ("The API key used for this request ", "The account behind this API key ")
_REFUSALS: tuple[tuple[str, type[PollinationsError], int, str], ...] = (
    ("allowed to use", PermissionDeniedError, 403, "FORBIDDEN"),
    ("Quest Pollen", PaymentRequiredError, 402, "QUEST_POLLEN_ONLY"),
    ("reached its budget", PaymentRequiredError, 402, "KEY_BUDGET_EXHAUSTED"),
    ("enough credits", PaymentRequiredError, 402, "INSUFFICIENT_BALANCE"),
    ("", PaymentRequiredError, 402, "PAYMENT_REQUIRED"),
)
"""A phrase of the text, and the error that it stands for."""


def refusal_of(
    reply: Reply, response: Response, model: str | None = None
) -> PollinationsError | None:
    """Recognise a refusal that the gateway sends as a normal answer under HTTP 200.

    No pollen, no budget, a model that the key may not use: such answers have no usage,
    `Cache-Control: no-store`, and begin with words that the gateway always uses.

    Args:
        reply: The answer.
        response: What it came with.
        model: The requested model.

    Returns:
        The error that it is, or None.
    """
    usage = reply.usage
    if (
        not reply.text.startswith(_REFUSAL_OPENINGS)
        or len(reply.text) > _REFUSAL_LENGTH
        or "no-store" not in response.headers.get("cache-control", "")
        or (usage is not None and (usage.prompt or usage.completion or usage.total))
        or reply.tool_calls
        or reply.finish_reason != "stop"
    ):
        return None
    _, kind, status, code = next(row for row in _REFUSALS if row[0] in reply.text)
    request_id = response.headers.get("x-request-id")
    return kind(reply.text, status=status, code=code, request_id=request_id, model=model)


def may_be_refusal(text: str) -> bool:
    """Whether a text is a refusal, or may become one when more of it arrives."""
    if text.startswith(_REFUSAL_OPENINGS):
        return len(text) <= _REFUSAL_LENGTH
    return any(opening.startswith(text) for opening in _REFUSAL_OPENINGS)
