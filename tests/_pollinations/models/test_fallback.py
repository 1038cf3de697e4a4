"""Another model answers where one cannot, and only there."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from chats import echo

from _pollinations.chat.completions import body, complete, stream
from _pollinations.chat.reply import Reply
from _pollinations.http.call import Used, used_by
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import (
    AuthenticationError,
    InterruptedStreamError,
    InvalidRequestError,
    PaymentRequiredError,
    PollinationsError,
    RateLimitError,
)
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.models.fallback import ChatFallback, moves_on
from _pollinations.models.methods import TEXT, Methods
from pollinations_sandbox import Fault, Key, Sandbox

MESSAGES: list[Any] = [{"role": "user", "content": "Say pong."}]


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    keys = {"sk_sandbox": Key(), "sk_one": Key(models=("gemini",))}
    with Sandbox(api=request.param, keys=keys) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(gateway: Sandbox) -> Sandbox:
    gateway.clear()
    return gateway


def fallback(
    *models: str, make: Any = complete, circuit_breaker: CircuitBreaker | None = None
) -> ChatFallback[Any]:
    methods = Methods(TEXT, lambda model, _: body(MESSAGES, {"model": model}), {}, lambda _: True)
    return ChatFallback(models, methods, make, circuit_breaker=circuit_breaker)


class Way:
    """One of the four ways to get an answer."""

    def __init__(self, name: str, sandbox: Sandbox) -> None:
        self.make = stream if name.endswith("stream") else complete
        self._name = name
        self._settings: dict[str, Any] = {"base_url": sandbox.base_url, "max_retries": 0}

    def __call__(self, *models: str, key: str = "sk_sandbox", **options: Any) -> ChatFallback[Any]:
        """Ask for an answer and see that it is right."""
        call = fallback(*models, make=self.make, **options)
        assert self.reply(call, key).text == echo("Say pong.")
        return call

    def reply(self, call: ChatFallback[Any], key: str = "sk_sandbox") -> Reply:
        """Send a call and return the whole answer."""
        client, other = Client(key, **self._settings), AsyncClient(key, **self._settings)
        match self._name:
            case "send":
                answer: Reply = client.send(call)
            case "asend":
                answer = asyncio.run(other.send(call))
            case "stream":
                answer = [delta.reply for delta in client.stream(call)][-1] or Reply()
            case _:
                answer = asyncio.run(self._last(other, call))
        return answer

    async def _last(self, client: AsyncClient, call: ChatFallback[Any]) -> Reply:
        return [delta.reply async for delta in client.stream(call)][-1] or Reply()


@pytest.fixture(params=["send", "asend", "stream", "astream"])
def ask(request: pytest.FixtureRequest, sandbox: Sandbox) -> Way:
    return Way(request.param, sandbox)


@pytest.fixture(params=["stream", "astream"])
def ask_in_pieces(request: pytest.FixtureRequest, sandbox: Sandbox) -> Way:
    return Way(request.param, sandbox)


@pytest.mark.parametrize("status", [503, 500, 408])
def test_two_models_that_are_down_leave_the_third(ask: Way, sandbox: Sandbox, status: int) -> None:
    """The next model is tried, and the answer tells which failed and why; so does a second use."""
    sandbox.fail(Fault.status(status, times=2))
    call = ask("gemini", "openai", "mistral")

    assert call.body["model"] == "mistral"
    assert [failed.model for failed in call.failed] == ["gemini", "openai"]
    assert call.failed[0].metadata["status"] == status
    assert ask.reply(call).text == echo("Say pong.")
    assert (call.body["model"], call.failed) == ("gemini", [])


def test_an_unknown_model_is_passed_over(ask: Way) -> None:
    """A model that the gateway does not know is a reason to try the next."""
    assert ask("no-such-model", "openai").failed[0].model == "no-such-model"


def test_an_unknown_model_gets_a_suggestion(ask: Way) -> None:
    """The error of a mistyped name says which names are near and what lists them all."""
    with pytest.raises(InvalidRequestError) as caught:
        ask("opnai")

    assert "'openai'" in str(caught.value)
    assert "pollinations-models" in str(caught.value)


def test_a_reported_cost_needs_no_catalogue(ask: Way, sandbox: Sandbox) -> None:
    """What the gateway says an answer cost is told, also where no prices are known."""
    counts = {"prompt_tokens": 3, "completion_tokens": 2, "cost_usd": "0.0001"}
    choice = {"message": {"content": "pong"}, "delta": {"content": "pong"}, "finish_reason": "stop"}
    event = json.dumps({"choices": [choice], "usage": counts}).encode()
    sandbox.reply(b"data: " + event + b"\n\n" if ask.make is stream else event)
    call = fallback("openai", make=ask.make)
    reply = ask.reply(call)

    assert reply.text == "pong"
    assert call.metadata(reply) == {"cost": 0.0001}
    assert used_by(reply) == Used(tokens=5, pollen=0.0001)


def test_a_model_that_the_key_may_not_use_is_passed_over(ask: Way) -> None:
    """A 403, and the refusal that the 2026-10 API sends as 200, are reasons to try the next."""
    assert ask("openai", "gemini", key="sk_one").body["model"] == "gemini"


def test_a_wrong_key_stops(ask: Way, sandbox: Sandbox) -> None:
    """No other model helps a key that is wrong."""
    with pytest.raises(AuthenticationError):
        ask("gemini", "openai", key="sk_wrong")

    assert len(sandbox.requests) == 1


def test_the_last_error_is_raised(ask: Way, sandbox: Sandbox) -> None:
    """When every model fails, the caller gets the last one's error, which names the model."""
    sandbox.fail(Fault.status(503, times=None))

    with pytest.raises(PollinationsError) as caught:
        ask("gemini", "openai")

    assert caught.value.model == "openai"


def test_after_its_first_piece_no_other_model_follows_a_stream(
    ask_in_pieces: Way, sandbox: Sandbox
) -> None:
    """A break in the middle is raised; after three of them another model is tried first."""
    circuit_breaker = CircuitBreaker(clock=lambda: 0.0)
    sandbox.fail(Fault.cut(after=3, times=None, model="gemini"))

    for _ in range(3):
        with pytest.raises(InterruptedStreamError):
            ask_in_pieces("gemini", "openai", circuit_breaker=circuit_breaker)
    assert len(sandbox.requests) == 3

    call = ask_in_pieces("gemini", "openai", circuit_breaker=circuit_breaker)
    assert (call.body["model"], call.failed) == ("openai", [])


def test_a_model_that_failed_three_times_is_tried_last(ask: Way, sandbox: Sandbox) -> None:
    """After three failures another model is tried first."""
    circuit_breaker = CircuitBreaker(clock=lambda: 0.0)
    sandbox.fail(Fault.status(503, times=None, model="gemini"))

    calls = [ask("gemini", "openai", circuit_breaker=circuit_breaker) for _ in range(4)]

    assert [len(call.failed) for call in calls] == [1, 1, 1, 0]
    assert {call.body["model"] for call in calls} == {"openai"}


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
        (PaymentRequiredError("… not enough credits. This model needs paid Pollen."), True),
        (PaymentRequiredError("Insufficient balance: available paid balance is 0.00."), True),
        (InvalidRequestError('Invalid service or alias: "x".'), True),
        *((InvalidRequestError(words), True) for words in CANNOT),
        (InvalidRequestError("Unsupported media type"), False),
        (InvalidRequestError("Invalid 'tools[0].function.name'"), False),
        (InvalidRequestError("A tool message needs tool_call_id"), False),
    ],
)
def test_the_error_decides(error: PollinationsError, *, expected: bool) -> None:
    """Only an error of the model, not of the request, the key or the account, moves on."""
    assert moves_on(error) is expected
