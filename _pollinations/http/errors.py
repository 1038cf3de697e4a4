"""The errors: their tree, what each carries, the advice, and whether a limit holds for the caller.

A limit of the caller holds for every model: it is of the whole account, key (`pk_`) or address.

PollinationsError
├── AuthenticationError      give a valid key
├── PermissionDeniedError    allow this key to do it
├── PaymentRequiredError     add pollen or raise the key's budget
├── BudgetExceededError      raise the limit you set, or ask for less
├── InvalidRequestError      change the request
│   ├── InvalidInputError    the same, found before anything was sent
│   └── ContextOverflowError send less
├── ContentFilteredError     reword
├── NotFoundError            check the model, the path, the base URL
├── RateLimitError           wait `retry_after` seconds
├── ServerError              try again, or another model
├── APIConnectionError       check the network
├── APITimeoutError          wait longer, or stream
├── InterruptedStreamError   the answer ended too early; `text` is what came
└── UnreadableAnswerError    the answer is not what the gateway documents
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from _pollinations.http.headers import Headers
from _pollinations.http.json import parse
from _pollinations.http.masking import begins_in, chain, forget_frames, masked

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AuthenticationError",
    "BudgetExceededError",
    "ContentFilteredError",
    "ContextOverflowError",
    "InterruptedStreamError",
    "InvalidInputError",
    "InvalidRequestError",
    "NotFoundError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "PollinationsError",
    "RateLimitError",
    "ServerError",
    "UnreadableAnswerError",
]


@dataclass(slots=True)
class ErrorResponse:
    """What an HTTP answer with an error looked like, with the echoed prompt cut out.

    It answers to the names that tracers read from `httpx.Response`.

    Attributes:
        status_code: The HTTP status.
        headers: Names in lower case.
        text: The body without the prompt that some gateways echo, at most 4,000 characters.
    """

    status_code: int
    headers: Headers
    text: str

    def json(self) -> Any:  # noqa: ANN401 - mirrors httpx.Response.json
        """Return the body as JSON; raises ValueError if it is none."""
        return parse(self.text)


@dataclass(eq=False, repr=False, kw_only=True)
class PollinationsError(Exception):
    """Everything that goes wrong between this package and the gateway.

    `str(error)` has on its first line what went wrong and after how many attempts, and what to do
    if that fits there; else what to do is the last line.

    Attributes:
        message: The innermost text that a person can read.
        status: The HTTP status, or None when no answer came.
        code: The gateway's name for it, such as `PAYMENT_REQUIRED`.
        request_id: The `x-request-id` header, for a bug report.
        form_errors: What is wrong with the request as a whole.
        field_errors: What is wrong, by the field's name.
        timestamp: When it happened, as the gateway wrote it.
        cause_text: The gateway's own `cause`, as text.
        retry_after: Seconds to wait before trying again, if the gateway or a limiter named them.
        retryable: Whether the same request may succeed later; by default as its class says.
        attempts: How often the request was sent, the first attempt included.
        key_kind: The kind of the key that was used: `secret`, `publishable`, `unknown`, or `none`.
        cached: The error came from the gateway's cache: the same body will get it again.
        text: What of the answer had already arrived.
        reasoning: What of the reasoning had already arrived.
        model: The model of the request, if it is known.
        other_failures: Why other models failed, a line for each, if several were tried.
        hint: What to do, where more is known than the class's `advice`.
        response: The HTTP answer, for tracers.
    """

    advice: ClassVar[str] = ""
    default_retryable: ClassVar[bool] = False

    message: str = field(kw_only=False)
    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    form_errors: tuple[str, ...] = ()
    field_errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timestamp: str | None = None
    cause_text: str | None = None
    retry_after: float | None = None
    retryable: bool | None = None
    attempts: int = 1
    key_kind: str = "unknown"
    cached: bool = False
    text: str = ""
    reasoning: str = ""
    model: str | None = None
    other_failures: tuple[str, ...] = ()
    hint: str = ""
    response: ErrorResponse | None = None

    def __post_init__(self) -> None:
        super().__init__(self.message)
        if self.retryable is None:
            self.retryable = self.default_retryable

    @property
    def facts(self) -> dict[str, Any]:
        """Every keyword that makes this error again, by name."""
        return {name: getattr(self, name) for name in _FACTS}

    @property
    def status_code(self) -> int | None:
        """The HTTP status under the name that tracers read."""
        return self.status

    def conceal(self, secret: str) -> None:
        """Take a secret out of all that this error says, in place.

        A server may repeat the key that it was sent. And the frames of the error and of what caused
        it hold the request's headers and the answer, which some tools print: they are dropped. So
        is a cause that shows the secret.

        Args:
            secret: The text that becomes `***`; an empty one conceals nothing.

        Example:
            >>> error = PollinationsError("Invalid API key sk_1")
            >>> error.conceal("sk_1")
            >>> error.message
            'Invalid API key ***'
        """
        if not secret:
            return
        for name in ("message", "args", *_FACTS):
            setattr(self, name, masked(secret, getattr(self, name)))
        if response := self.response:
            response.headers = masked(secret, response.headers)
            response.text = masked(secret, response.text)
        forget_frames(self)
        if self.__cause__ is not None:
            self.__context__ = None
        above: BaseException = self
        for cause in chain(self.__cause__ or self.__context__):
            if begins_in(secret, f"{cause!r} {cause} {vars(cause)}"):
                above.__cause__ = above.__context__ = None
                break
            above = cause

    def __str__(self) -> str:
        first, *more = self._headline().splitlines() or [""]
        if len(first) > LINE:
            cut = first.rfind(". ", LINE // 3, LINE) + 1 or first.rfind(" ", 0, LINE) + 1 or LINE
            first, more = first[:cut].rstrip(), [first[cut:].lstrip(), *more]
        more += [f"{name}: {'; '.join(texts)}" for name, texts in self.field_errors.items()]
        more += [*self.form_errors, *self.other_failures]
        more = "\n".join(more)[:_MOST_DETAILS].splitlines()
        if self.request_id:
            more.append(f"Request id: {self.request_id}")
        step = self.next_step
        joint = " " if first.endswith((".", "!", "?")) else ". "
        if step and len(first + joint + step) <= LINE:
            first += joint + step
        elif step:
            more.append(step)
        return "\n".join([first, *more])

    def _headline(self) -> str:
        """Status, code and attempts before the message, and the model if several were tried."""
        status = self.status if self.status is None or self.status >= 400 else None  # noqa: PLR2004
        head = " ".join(str(part) for part in (status, self.code) if part is not None)
        if self.attempts > 1:
            times = f"after {self.attempts} attempts"
            head = f"{head}, {times}" if head else times.capitalize()
        parts = [self.model if self.other_failures else "", head, self.message]
        return ": ".join(part for part in parts if part)

    @property
    def next_step(self) -> str:
        """What to do: the hint, else the class's advice, and how long to wait first."""
        step = self.hint or self.advice
        if self.retry_after:
            return f"Wait {self.retry_after:g} s before the next request. {step}".rstrip()
        return step


NO_TURN = "NO_TURN"
"""The code of the error when the caller's own rate limiter let a call wait for too long."""

LINE = 200
"""The most characters of an error's first line."""

_MOST_DETAILS = 4_000
_FACTS = tuple(each.name for each in fields(PollinationsError) if each.name != "message")


class AuthenticationError(PollinationsError):
    """401: the key is missing, mistyped, expired or revoked."""

    advice = 'Set POLLINATIONS_API_KEY or pass api_key="sk_..."; get one at enter.pollinations.ai.'

    @property
    def next_step(self) -> str:
        """What to do without a key, or about the one that is set."""
        if self.hint or self.key_kind == "none":
            return super().next_step
        kinds = " Keys begin with sk_ or pk_." if self.key_kind == "unknown" else ""
        return f"Check the key that is set, or make another at enter.pollinations.ai.{kinds}"


class PermissionDeniedError(PollinationsError):
    """403, or a refusal sent as 200: this key may not do that."""

    advice = "Allow it for this key at enter.pollinations.ai, or use another key or model."


# What each version of the gateway says to a key without paid pollen.
_PAID_ONLY = re.compile("This model (requires|needs paid)|available paid|Quest Pollen")


class PaymentRequiredError(PollinationsError):
    """402, or a refusal sent as 200: the account or the key's budget has no pollen left for it."""

    advice = (
        "Add pollen at enter.pollinations.ai, or choose a cheaper model: the command "
        "pollinations-models lists prices."
    )

    @property
    def paid_only(self) -> bool:
        """Whether the model takes only pollen that was bought: another model may be free."""
        return self.code == "QUEST_POLLEN_ONLY" or _PAID_ONLY.search(self.message) is not None

    @property
    def next_step(self) -> str:
        """What to do about the model, the key's budget or the account's balance."""
        if self.paid_only:
            return (
                "This model needs paid pollen, not the free daily grant: choose one that is not "
                "paid-only, such as openai, or buy pollen at enter.pollinations.ai."
            )
        if self.code == "KEY_BUDGET_EXHAUSTED" or "key budget" in self.message:
            return "Raise the key's budget at enter.pollinations.ai, or use another key."
        return super().next_step


class BudgetExceededError(PollinationsError):
    """A call might pass the limit that its caller set: nothing was sent."""

    advice = "Raise the limit or choose a cheaper model."


class InvalidRequestError(PollinationsError):
    """400, 405, 413, 415, 422 and their like: the request itself must change."""

    advice = "Change the request: the same one would be refused again."

    @property
    def next_step(self) -> str:
        """What to do; the sandbox's own refusals say it in their message."""
        return "" if (self.code or "").startswith("SANDBOX_") else super().next_step


class InvalidInputError(InvalidRequestError, ValueError):
    """The same, found before anything was sent; its message says what to change."""

    advice = ""


class ContextOverflowError(InvalidRequestError):
    """The messages are longer than the model can read."""

    advice = "Send fewer or shorter messages, or choose a model with a larger context."


class ContentFilteredError(PollinationsError):
    """The gateway or the provider refused the content."""

    advice = "Reword the request."


class NotFoundError(PollinationsError):
    """404 or 410: no such route; an unknown model is an `InvalidRequestError`."""

    advice = "Check the model's name, base_url and chat_path."


class RateLimitError(PollinationsError):
    """429: too many requests, or a publishable key over its hourly pollen."""

    default_retryable = True
    advice = "Send fewer requests at a time, or set a rate_limiter."

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.code == NO_TURN and not self.hint:
            self.hint = "Send fewer requests at a time, or raise the limiter's timeout."

    @property
    def next_step(self) -> str:
        """What to do, and for a publishable key what it may spend."""
        step = super().next_step
        if self.key_kind == "publishable":
            return f"{step} A publishable key (pk_) may spend 1 pollen per hour and IP."
        return step


class ServerError(PollinationsError):
    """408, 409, 5xx and error events: the gateway or the provider failed."""

    default_retryable = True
    advice = "Try again later, or set fallback_models."


class APIConnectionError(PollinationsError):
    """No answer came: refused, reset, unknown host, broken TLS."""

    default_retryable = True
    advice = "Check the network, the proxy settings and base_url."


class APITimeoutError(PollinationsError):
    """No answer came in time."""

    default_retryable = True
    advice = "Stream long answers, or set a longer timeout."


class InterruptedStreamError(PollinationsError):
    """The answer ended too early: `text` and `reasoning` hold what came before."""

    default_retryable = True
    advice = "Try again, or continue from the part that came, which is in error.text."


class UnreadableAnswerError(PollinationsError):
    """A 2xx answer that is not what the gateway documents, such as an HTML page."""

    advice = "Check base_url: something other than the gateway may have answered."


def limits_the_caller(error: RateLimitError) -> bool:
    """Whether a limit holds for every model: of a publishable key, an account, an address.

    Args:
        error: The limit, the gateway's or one that the caller set.

    Example:
        >>> limits_the_caller(RateLimitError("Too many requests from this IP. Please slow down."))
        True
    """
    return (
        error.code in {NO_TURN, "concurrency_limit_exceeded"}
        or "Too many requests from this IP" in error.message
        # The gateway names no code only where it speaks of the key.
        or (error.code is None and error.key_kind == "publishable")
    )
