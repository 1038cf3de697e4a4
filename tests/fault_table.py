"""What goes wrong between us and the gateway, and how each call must end: data, and nothing else.

The matrix of tests and the page in the documentation are both made from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from chats import echo

from pollinations_sandbox import Fault

ASK = "one two three four five six seven eight nine ten"
WORDS = echo(ASK)

Order = Callable[..., Fault]


@dataclass(frozen=True)
class End:
    """How a call ends that keeps meeting a fault, with two retries.

    Attributes:
        error: The name of the error, or None for the whole answer.
        tries: How many requests are made. After more than one, a fault that comes once is not
            seen by the caller.
        begun: Whether some of the answer had been handed out: the error's `text` holds it.
        status: The error's HTTP status.
        wait: Seconds that the gateway asks to wait.
    """

    error: str | None
    tries: int = 1
    begun: bool = False
    status: int | None = None
    wait: float | None = None


@dataclass(frozen=True)
class Row:
    """One fault.

    Attributes:
        order: Makes the fault; takes `times`.
        happens: What the gateway, or what lies between, does: one sentence.
        whole: How `invoke`, `ainvoke`, `chat` and `achat` end.
        pieces: How `stream`, `astream`, `stream_chat` and `astream_chat` end.
        silent: Whether it is a silence, so that the call waits for its timeout.
        large: Whether it is more than small `size_limits` allow.
    """

    order: Order
    happens: str
    whole: End
    pieces: End
    silent: bool = False
    large: bool = False


ANSWER = End(None)


def same(order: Order, happens: str, end: End) -> Row:
    """A fault that ends in the same way whether the answer streams or not."""
    return Row(order, happens, end, end)


def status(code: int, happens: str, error: str, tries: int = 1) -> Row:
    """An HTTP status in the gateway's envelope."""
    return same(partial(Fault.status, code), happens, End(error, tries, status=code))


def refusal(kind: str, happens: str, error: str, code: int) -> Row:
    """A refusal of the gateway: an HTTP status or, later, a text."""
    later = "later gateways say so in an answer with status 200."
    return same(partial(Fault.refusal, kind), f"{happens}; {later}", End(error, status=code))


UNREADABLE = End("UnreadableAnswerError", status=200)


def unreadable(order: Order, happens: str) -> Row:
    """Something that is no answer, under status 200."""
    return same(order, happens, UNREADABLE)


def empty_answer(order: Order, happens: str) -> Row:
    """An answer that says nothing; a stream of that kind is tried again."""
    return Row(order, happens, UNREADABLE, End("InterruptedStreamError", 3, status=200))


OVERLOADED = {"error": {"message": "The provider fell over.", "type": "server_error", "code": 502}}

ROWS: dict[str, Row] = {
    "400": status(400, "The request breaks a rule.", "InvalidRequestError"),
    "401": status(401, "The key is missing or wrong.", "AuthenticationError"),
    "402": status(402, "The account or the key has no pollen left.", "PaymentRequiredError"),
    "403": status(403, "The key may not do this.", "PermissionDeniedError"),
    "404": status(404, "There is no such path.", "NotFoundError"),
    "408": status(408, "The gateway gave up waiting for the request.", "ServerError", 3),
    "409": status(409, "Two requests got in each other's way.", "ServerError", 3),
    "413": status(413, "The body is too large.", "InvalidRequestError"),
    "429": status(429, "Too many requests came.", "RateLimitError", 3),
    "500": status(500, "The gateway itself broke; it seldom helps to ask again.", "ServerError", 2),
    "502": status(502, "The provider's answer was bad.", "ServerError", 3),
    "503": status(503, "The gateway is busy.", "ServerError", 3),
    "504": status(504, "The provider was too slow for the gateway.", "ServerError", 3),
    "520": status(520, "Cloudflare got an empty answer of the gateway.", "ServerError", 3),
    "524": status(524, "The provider was too slow for Cloudflare.", "ServerError", 3),
    "530": status(530, "Cloudflare does not find the gateway.", "ServerError", 3),
    "429 of the edge": same(
        partial(Fault.status, 429, shape="edge"),
        "More than 100 requests in 10 seconds came from one address.",
        End("RateLimitError", 3, status=429),
    ),
    "429 of a publishable key": same(
        partial(Fault.status, 429, shape="pk"),
        "A publishable key spent its pollen of the hour; the body says how long to wait.",
        End("RateLimitError", status=429, wait=4),
    ),
    "429 of an account": same(
        partial(Fault.status, 429, shape="concurrency"),
        "An account without paid pollen may run one generation at a time.",
        End("RateLimitError", status=429, wait=1),
    ),
    "503 with Retry-After": same(
        partial(Fault.status, 503, retry_after=0),
        "The gateway is busy and says for how long.",
        End("ServerError", 3, status=503, wait=0),
    ),
    "503 with a long Retry-After": same(
        partial(Fault.status, 503, retry_after=3600),
        "The gateway is busy for longer than anybody waits (`retry_after_limit`).",
        End("ServerError", status=503, wait=3600),
    ),
    "an upstream's error": same(
        partial(Fault.status, 502, shape="upstream"),
        "The provider's own error comes inside the gateway's, as JSON in a text.",
        End("ServerError", 3, status=502),
    ),
    "content policy": same(
        Fault.content_policy,
        "The provider's filter refuses the prompt.",
        End("ContentFilteredError", status=422),
    ),
    "context overflow": same(
        Fault.context_overflow,
        "The prompt has more tokens than the model reads.",
        End("ContextOverflowError", status=400),
    ),
    "flaky": same(
        partial(Fault.flaky, 503),
        "Every second request fails.",
        End(None, 2),
    ),
    "no pollen": refusal("balance", "The account has no pollen", "PaymentRequiredError", 402),
    "budget": refusal("budget", "The key has spent its budget", "PaymentRequiredError", 402),
    "quest pollen": refusal("quest", "The model needs paid pollen", "PaymentRequiredError", 402),
    "model not allowed": refusal(
        "model", "The key may not use the model", "PermissionDeniedError", 403
    ),
    "cut at once": empty_answer(
        partial(Fault.cut, 0),
        "The connection ends cleanly before the first event; a whole answer ends in its middle.",
    ),
    "cut before a word": empty_answer(
        partial(Fault.cut, 2),
        "The connection ends cleanly after events that say nothing yet.",
    ),
    "cut": Row(
        partial(Fault.cut, 3),
        "The connection ends cleanly in the middle of the answer.",
        UNREADABLE,
        End("InterruptedStreamError", begun=True, status=200),
    ),
    "reset at once": Row(
        partial(Fault.reset, 0),
        "The connection is reset before the first event, or in the middle of a whole answer.",
        End("APIConnectionError", 3),
        End("APIConnectionError", 3),
    ),
    "reset": Row(
        partial(Fault.reset, 3),
        "The connection is reset in the middle of the answer.",
        End("APIConnectionError", 3),
        End("InterruptedStreamError", begun=True, status=200),
    ),
    "silence at once": Row(
        partial(Fault.stall, 0),
        "Nothing comes any more, before the first event or in the middle of a whole answer.",
        End("APITimeoutError", 3),
        End("APITimeoutError", 3),
        silent=True,
    ),
    "silence": Row(
        partial(Fault.stall, 3),
        "Nothing comes any more in the middle of the answer (`timeout`, `stream_idle_timeout`).",
        End("APITimeoutError", 3),
        End("InterruptedStreamError", begun=True, status=200),
        silent=True,
    ),
    "keep-alives": Row(
        partial(Fault.body, [b": keep-alive\n\n"] * 100, pause=0.1),
        "Bytes keep coming that complete nothing: the wait ends at four times the timeout.",
        End("APITimeoutError", 3),
        End("APITimeoutError", 3),
        silent=True,
    ),
    "without end": Row(
        partial(Fault.body, b"data: " + b"x" * 300_000),
        "An answer, an event or a line is larger than `size_limits` allow.",
        End("UnreadableAnswerError"),
        End("UnreadableAnswerError"),
        large=True,
    ),
    "slow": same(partial(Fault.slow, 0.005), "There is a pause before each event.", ANSWER),
    "error event at once": same(
        partial(Fault.event, OVERLOADED, after=0),
        "The first event is an error, or a whole answer is one, under status 200.",
        End("ServerError", 3, status=502),
    ),
    "error event": Row(
        partial(Fault.event, OVERLOADED, after=3),
        "An event in the middle of the answer is an error; `[DONE]` follows all the same.",
        End("ServerError", 3, status=502),
        End("ServerError", begun=True, status=502),
    ),
    "error event of one word": Row(
        partial(Fault.event, {"error": "broken"}, after=3),
        "An event in the middle of the answer has a word where its error should be.",
        End("ServerError", 3, status=200),
        End("ServerError", begun=True, status=200),
    ),
    "error in a choice": Row(
        partial(Fault.dialect, "error-choice"),
        "A choice holds an error and the finish reason `error`.",
        End("ServerError", 3, status=502),
        End("ServerError", begun=True, status=502),
    ),
    "error as finish reason": Row(
        partial(Fault.dialect, "error-type-finish"),
        "The finish reason is the name of an error, as `overloaded_error`.",
        End("ServerError", 3, status=503),
        End("ServerError", begun=True, status=503),
    ),
    "a page": unreadable(
        Fault.html,
        "Something in between answers with a web page under status 200.",
    ),
    "a picture": unreadable(
        Fault.placeholder,
        "A picture that says that too many were asked for, under status 200.",
    ),
    "empty": empty_answer(Fault.empty, "Status 200 and no body."),
    "only [DONE]": empty_answer(
        partial(Fault.body, b"data: [DONE]\n\n"), "A stream that ends well and says nothing."
    ),
    "no choices": empty_answer(
        partial(Fault.body, b'data: {"choices": []}\n\n'), "A stream of events without an answer."
    ),
    "half an event": unreadable(
        partial(Fault.body, b'data: {"choices": [\n\n'), "An event is not JSON."
    ),
    "null": unreadable(partial(Fault.body, b"null"), "JSON that is no answer."),
    "no text": unreadable(partial(Fault.body, b"\xff\xfe\x00"), "Bytes that are not text."),
}
"""Every fault of the sandbox; spellings of good answers are `dialects.DIALECTS`."""
