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
from _pollinations.models.fallback import Question, moves_on
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


def question(*models: str, circuit_breaker: CircuitBreaker | None = None) -> Question:
    return Question(models, lambda model: body(MESSAGES, {"model": model}), circuit_breaker)


async def asked(sandbox: Sandbox, question: Question, how: str, key: str = "sk_sandbox") -> str:
    """Ask in one of four ways and return the text."""
    made: dict[str, Any] = {"api_key": key, "base_url": sandbox.base_url, "max_retries": 0}
    if how == "send":
        return Client(**made).run(question.whole(complete)).text
    if how == "stream":
        return "".join(d.text for d in Client(**made).run_stream(question.pieces(stream)))
    client = AsyncClient(**made)
    if how == "asend":
        return (await client.run(question.whole(complete))).text
    return "".join([d.text async for d in client.run_stream(question.pieces(stream))])


WAYS = pytest.mark.parametrize("how", ["send", "asend", "stream", "astream"])


@WAYS
@pytest.mark.parametrize(
    "fault", [Fault.status(503, times=2), Fault.status(500, times=2), Fault.status(408, times=2)]
)
async def test_two_models_that_are_down_leave_the_third(
    sandbox: Sandbox, how: str, fault: Fault
) -> None:
    """A question goes on to the next model, and tells who failed and why."""
    sandbox.fail(fault)
    ask = question("gemini", "openai", "mistral")

    assert await asked(sandbox, ask, how) == echo("Say pong.")
    assert ask.body["model"] == "mistral"
    assert [failed.model for failed in ask.failed] == ["gemini", "openai"]
    assert ask.failed[0].told["status"] in (500, 503, 408)


@WAYS
async def test_an_unknown_model_is_passed_over(sandbox: Sandbox, how: str) -> None:
    """A model that the gateway does not know is a reason to ask the next."""
    ask = question("no-such-model", "openai")

    assert await asked(sandbox, ask, how) == echo("Say pong.")
    assert ask.failed[0].model == "no-such-model"


async def test_an_unknown_model_gets_a_suggestion(sandbox: Sandbox) -> None:
    """The error of a mistyped name says which names are near and what lists them all."""
    with pytest.raises(InvalidRequestError) as caught:
        await asked(sandbox, question("opnai"), "send")

    assert "'openai'" in str(caught.value)
    assert "pollinations-models" in str(caught.value)


@pytest.mark.parametrize("how", ["send", "stream"])
async def test_a_reported_cost_needs_no_catalogue(sandbox: Sandbox, how: str) -> None:
    """What the gateway says an answer cost is told, also where no prices are known."""
    counts = {"prompt_tokens": 3, "completion_tokens": 2, "cost_usd": "0.0001"}
    choice = {"message": {"content": "pong"}, "delta": {"content": "pong"}, "finish_reason": "stop"}
    event = json.dumps({"choices": [choice], "usage": counts}).encode()
    sandbox.reply(b"data: " + event + b"\n\n" if how == "stream" else event)
    ask = question("openai")
    made = Client(api_key="sk_sandbox", base_url=sandbox.base_url)
    if how == "send":
        reply = made.run(ask.whole(complete))
    else:
        *_, last = made.run_stream(ask.pieces(stream))
        reply = last.reply or Reply()

    assert reply.text == "pong"
    assert ask.told(reply)["cost"] == 0.0001
    assert used_by(reply) == Used(tokens=5, pollen=0.0001)


@WAYS
async def test_a_model_that_the_key_may_not_use_is_passed_over(sandbox: Sandbox, how: str) -> None:
    """A 403, and the refusal that the 2026-10 API sends as 200, are reasons to ask the next."""
    ask = question("openai", "gemini")

    assert await asked(sandbox, ask, how, key="sk_one") == echo("Say pong.")
    assert ask.body["model"] == "gemini"


@WAYS
async def test_a_wrong_key_stops(sandbox: Sandbox, how: str) -> None:
    """No other model helps a key that is wrong."""
    with pytest.raises(AuthenticationError):
        await asked(sandbox, question("gemini", "openai"), how, key="sk_wrong")

    assert len(sandbox.requests) == 1


@WAYS
async def test_the_last_error_is_raised(sandbox: Sandbox, how: str) -> None:
    """When every model fails, the caller gets the last one's error, which names the model."""
    sandbox.fail(Fault.status(503, times=None))

    with pytest.raises(PollinationsError) as caught:
        await asked(sandbox, question("gemini", "openai"), how)

    assert caught.value.model == "openai"


def pieces_of(sandbox: Sandbox, ask: Question, way: str) -> list[Any]:
    """All pieces of a stream, by a blocking or an asynchronous client."""
    where: dict[str, Any] = {"max_retries": 0}
    if way == "stream":
        client = Client(sandbox.api_key, sandbox.base_url, **where)
        return list(client.run_stream(ask.pieces(stream)))

    async def gathered() -> list[Any]:
        client = AsyncClient(sandbox.api_key, sandbox.base_url, **where)
        return [piece async for piece in client.run_stream(ask.pieces(stream))]

    return asyncio.run(gathered())


async def test_a_stream_that_has_begun_is_not_asked_elsewhere(sandbox: Sandbox) -> None:
    """Text that was handed out is never followed by another model's."""
    sandbox.fail(Fault.cut(after=3))
    ask = question("openai", "mistral")

    with pytest.raises(PollinationsError):
        await asked(sandbox, ask, "stream")

    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_model_that_breaks_within_streams_is_asked_last(sandbox: Sandbox, way: str) -> None:
    """A stream that breaks in the middle is a failure too, in both kinds of client."""
    circuit_breaker = CircuitBreaker()
    sandbox.fail(Fault.cut(after=3, times=None, model="gemini"))

    for _ in range(3):
        with pytest.raises(InterruptedStreamError):
            pieces_of(sandbox, question("gemini", "openai", circuit_breaker=circuit_breaker), way)
    ask = question("gemini", "openai", circuit_breaker=circuit_breaker)
    pieces_of(sandbox, ask, way)

    assert ask.body["model"] == "openai"


async def test_a_model_left_alone_is_asked_last(sandbox: Sandbox) -> None:
    """After three failures a question begins with another model."""
    circuit_breaker = CircuitBreaker()
    sandbox.fail(Fault.status(503, times=None, model="gemini"))

    for _ in range(4):
        ask = question("gemini", "openai", circuit_breaker=circuit_breaker)
        assert await asked(sandbox, ask, "send") == echo("Say pong.")

    assert ask.failed == []
    assert ask.body["model"] == "openai"


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
