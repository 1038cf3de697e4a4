"""Which call is next when a model failed, decided without waiting."""

from copy import copy
from decimal import Decimal
from typing import Any

import pytest

from _pollinations.chat.completions import body, complete
from _pollinations.chat.reply import Reply, Usage
from _pollinations.http.call import Call
from _pollinations.http.client import Client
from _pollinations.http.errors import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    InterruptedStreamError,
    InvalidInputError,
    InvalidRequestError,
    PaymentRequiredError,
    PollinationsError,
    RateLimitError,
    ServerError,
)
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.models.catalog import Catalog
from _pollinations.models.fallback import ChatFallback, moves_on
from _pollinations.models.methods import TEXT, Methods
from _pollinations.models.model import LISTS, MODELS, Model, read_models
from _pollinations.models.prices import Prices

DOWN = ServerError("down", status=503)
UNKNOWN = InvalidRequestError('Invalid service or alias: "gone".')


@pytest.fixture
def catalog() -> Catalog:
    """A catalogue in memory."""
    return Catalog(Client("sk_sandbox", "http://127.0.0.1:9"))


def bodies(model: str, _: object) -> dict[str, Any]:
    if model == "picky":
        raise InvalidInputError("picky takes no such request")
    return body([{"role": "user", "content": "Hi"}], {"model": model})


def fallback(*models: str, **options: Any) -> ChatFallback[Call[Reply]]:
    return ChatFallback(models, Methods(TEXT, bodies, {}, lambda _: True), complete, **options)


def after(call: ChatFallback[Any], *errors: PollinationsError) -> str:
    """Begin, let each call fail in turn, and return the model of the last call."""
    call.first()
    for error in errors:
        call.after(copy(error), begun=False)  # it is given the model's name
    return str(call.body["model"])


def test_each_model_is_tried_in_turn() -> None:
    """The answer's metadata tell which failed and why; a second use begins anew."""
    call = fallback("gemini", "openai", "mistral")

    assert after(call, DOWN, ServerError("down", status=500)) == "mistral"
    assert call.answered(Reply(text="pong")) is None
    failed = call.metadata(Reply(text="pong"))["fallbacks"]
    assert [(each["model"], each["status"]) for each in failed] == [
        ("gemini", 503),
        ("openai", 500),
    ]
    assert failed[0]["error"] == "ServerError"
    assert failed[0]["message"] == "down"
    assert after(call) == "gemini"
    assert call.metadata(Reply(text="pong")) == {}


@pytest.mark.parametrize(
    ("models", "errors", "raised"),
    [
        (["gemini", "openai"], [DOWN, ServerError("also")], "also"),
        (["gemini", "picky"], [DOWN], "down"),
        (["picky"], [], "picky takes"),
        (["gemini", "openai"], [AuthenticationError("wrong key")], "wrong key"),
    ],
    ids=["all failed", "not sent", "none sent", "not the model's"],
)
def test_the_last_error_of_a_model_that_was_asked_is_raised(
    models: list[str], errors: list[PollinationsError], raised: str
) -> None:
    """It names the model; what could not be sent to a model counts only if nothing was sent."""
    call = fallback(*models)
    with pytest.raises(PollinationsError, match=raised) as caught:
        after(call, *errors)

    assert caught.value.model == ("picky" if models == ["picky"] else models[len(errors) - 1])


def test_a_model_that_takes_no_such_request_is_passed_over() -> None:
    """It is among the models that failed."""
    call = fallback("picky", "openai")

    assert after(call) == "openai"
    assert [failed.model for failed in call.failed] == ["picky"]


def test_an_unknown_model_gets_a_suggestion() -> None:
    """The error of a mistyped name says which names are near and what lists them all."""
    with pytest.raises(InvalidRequestError) as caught:
        after(fallback("opnai"), InvalidRequestError('Invalid service or alias: "opnai".'))

    assert "'openai'" in str(caught.value)
    assert "pollinations-models" in str(caught.value)


def test_an_error_tells_why_the_other_models_failed() -> None:
    """The first line names its own model, and does not advise the fallback that is set."""
    with pytest.raises(ServerError) as caught:
        after(fallback("opnai", "openai", "mistral", "picky"), UNKNOWN, DOWN, DOWN)

    first, unknown, down, unsent = str(caught.value).splitlines()
    assert first == "mistral: 503: down. Try again later."
    assert unknown.startswith("opnai failed: InvalidRequestError: Invalid service or alias")
    assert "Did you mean 'openai'" in unknown
    assert down == "openai failed: ServerError: 503: down. Try again later."
    assert unsent == "picky failed: InvalidInputError: picky takes no such request"


def test_a_named_model_that_is_unknown_is_logged_if_another_follows(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither one that is down, nor one of "auto", nor the last one, whose error is raised."""
    after(fallback("gone", "openai"), UNKNOWN)
    assert [message.partition(".")[0] for message in caplog.messages] == [
        'gone failed: InvalidRequestError: Invalid service or alias: "gone"'
    ]

    caplog.clear()
    after(fallback("gemini", "openai"), DOWN)
    after(fallback("gone", "openai", catalog=catalog), UNKNOWN)
    with pytest.raises(InvalidRequestError):
        after(fallback("gone"), UNKNOWN)
    assert caplog.messages == []


def test_nothing_follows_a_stream_that_has_begun() -> None:
    """It is a failure all the same: after three, another model is tried first."""
    circuit_breaker = CircuitBreaker()
    for _ in range(3):
        call = fallback("gemini", "openai", circuit_breaker=circuit_breaker)
        assert after(call) == "gemini"
        with pytest.raises(InterruptedStreamError):
            call.after(InterruptedStreamError("broke off"), begun=True)

    assert after(fallback("gemini", "openai", circuit_breaker=circuit_breaker)) == "openai"


def test_a_request_that_a_model_does_not_take_is_no_failure_of_it() -> None:
    """It says nothing of the next one."""
    circuit_breaker = CircuitBreaker(failures=2)
    refused = InvalidRequestError("x", field_errors={"model": ("Invalid option",)})
    for _ in range(2):
        after(fallback("gemini", "openai", circuit_breaker=circuit_breaker), refused)

    assert after(fallback("gemini", "openai", circuit_breaker=circuit_breaker)) == "gemini"


def test_an_answer_ends_a_row_of_failures() -> None:
    """A model that answers now and then keeps its place."""
    circuit_breaker = CircuitBreaker(failures=2)
    for _ in range(2):
        after(fallback("gemini", "openai", circuit_breaker=circuit_breaker), DOWN)
        answered = fallback("gemini", circuit_breaker=circuit_breaker)
        answered.first()
        answered.answered(Reply())

    assert after(fallback("gemini", "openai", circuit_breaker=circuit_breaker)) == "gemini"


def test_lists_are_read_when_no_model_is_known_any_more(catalog: Catalog) -> None:
    """One after the other; then the models that were selected anew are tried, the old ones not."""
    call = fallback("gone", catalog=catalog, select=lambda _: ["gone", "new"])
    call.first()
    paths = []
    step: Any = call.after(copy(UNKNOWN), begun=False)
    for _ in LISTS:
        paths.append(step.request.path)
        if paths == [MODELS]:
            step = call.answered(read_models([{"id": "new"}]))
        else:
            step = call.after(ServerError("no list"), begun=False)

    assert paths == list(LISTS)
    assert [model.name for model in catalog.models()] == ["new"]
    assert call.body["model"] == "new"
    with pytest.raises(InvalidRequestError):  # and no list a second time
        call.after(copy(UNKNOWN), begun=False)


def test_lists_are_read_for_no_other_reason(catalog: Catalog) -> None:
    """A model that is down is not gone."""
    with pytest.raises(ServerError):
        after(fallback("gone", "down", catalog=catalog, select=lambda _: []), UNKNOWN, DOWN)


def test_costs_are_reported_or_computed() -> None:
    """What the gateway says an answer cost needs no catalogue."""
    counts = Usage(3, 2, 5)
    reported = Reply(usage=Usage(3, 2, 5, cost=Decimal("0.0001")))
    priced = Model(name="openai", prices=Prices(prompt=Decimal(1), completion=Decimal(2)))
    plain, known = fallback("openai"), fallback("openai", known=[priced])
    plain.first()
    known.first()

    assert plain.metadata(Reply(usage=counts)) == {}
    assert plain.metadata(reported)["cost"] == known.metadata(reported)["cost"] == 0.0001
    assert known.metadata(Reply(usage=counts)) == {"cost": 7}


CANNOT = [
    "This model does not support tool calling or tool history",
    "This model does not support structured output; use text format",
    "This model supports at most 4096 output tokens",
    "This model supports at most 3 reference images",
    "Model seedance does not support video input",
    "tool_choice: forced tool choice is rejected while thinking",
    "deepseek-reasoner does not support this tool_choice",
    "Unsupported value: 'temperature' does not support 0.7 with this model.",
    "Unsupported parameter: 'top_k' is not supported with this model.",
    'Model "flux" is a image model and cannot be used on the text endpoint.',
]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InvalidRequestError("temperature", field_errors={"temperature": ("too big",)}), False),
        (InvalidRequestError("no", field_errors={"model": ("Invalid option",)}), True),
        (PaymentRequiredError("Insufficient balance."), False),
        (PaymentRequiredError("This model requires Top-up Pollen."), True),
        (RateLimitError("slow down", key_kind="publishable"), False),
        (RateLimitError("upstream is busy", key_kind="secret"), True),
        (RateLimitError("busy", code="RATE_LIMITED", key_kind="publishable"), True),
        (RateLimitError("Too many requests from this IP.", code="RATE_LIMITED"), False),
        (RateLimitError("one at a time", code="concurrency_limit_exceeded"), False),
        (PaymentRequiredError("This key only spends Quest Pollen."), True),
        (PaymentRequiredError("Insufficient balance: available paid balance is 0.00."), True),
        (InvalidRequestError('Invalid service or alias: "x".'), True),
        *((InvalidRequestError(words), True) for words in CANNOT),
        (InvalidRequestError("Unsupported media type"), False),
        (APIConnectionError("nobody"), False),
        (APITimeoutError("silence"), True),
        (InvalidRequestError("Invalid 'tools[0].function.name'"), False),
        (InvalidRequestError("A tool message needs tool_call_id"), False),
    ],
)
def test_the_error_decides(error: PollinationsError, *, expected: bool) -> None:
    """Only an error of the model, not of the request, the key or the account, moves on."""
    assert moves_on(error) is expected
