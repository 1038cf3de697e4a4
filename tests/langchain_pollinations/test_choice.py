"""Which model answers: the one that was named, the best there is, or the next one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chats import echo
from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_pollinations import (
    APITimeoutError,
    AuthenticationError,
    ChatPollinations,
    InvalidInputError,
    InvalidRequestError,
    PaymentRequiredError,
    RateLimitError,
)
from langchain_pollinations.gateway import Catalog, CircuitBreaker, Client
from pollinations_sandbox import Fault, Key, Sandbox

Chat = Callable[..., ChatPollinations]

PONG = "Say pong."
MESSAGES = {
    "fields": {"message": "Invalid", "details": {"fieldErrors": {"model": ["Invalid option"]}}},
    "alias": {"message": 'Invalid service or alias: "gemini". Must be a valid service name.'},
}


class Person(BaseModel):
    """A person with name and age."""

    name: str
    age: int


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def _gateway(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    keys = {"sk_sandbox": Key(), "sk_one": Key(models=("gemini",))}
    with Sandbox(api=request.param, keys=keys) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_gateway: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandbox:
    """The gateway of each API in turn; what is learnt of it is kept in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    _gateway.clear()
    return _gateway


@pytest.fixture
def catalog(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    return Catalog(Client(sandbox.api_key, sandbox.base_url), path=tmp_path / "c.sqlite3")


@pytest.fixture
def firm(chat: Chat) -> Chat:
    """Make a model that tries nobody twice."""

    def made(**fields: Any) -> ChatPollinations:
        return chat(**{"max_retries": 0, **fields})

    return made


def asked(sandbox: Sandbox) -> list[str]:
    """The models that were asked, in order."""
    return [request.body["model"] for request in sandbox.requests if request.method == "POST"]


def lists(sandbox: Sandbox) -> list[str]:
    """The lists that were read."""
    return [request.path for request in sandbox.requests if request.method == "GET"]


def error(status: int, body: dict[str, Any]) -> Fault:
    envelope = {"success": False, "error": {"code": "BAD_REQUEST", **body}, "status": status}
    return Fault.body(json.dumps(envelope).encode(), status=status, times=None, model="gemini")


def test_a_model_is_chosen_at_the_first_call(chat: Chat, ask: Any, sandbox: Sandbox) -> None:
    """Making the model asks nothing; its first call reads the lists and takes the best."""
    model = chat(model="auto")
    assert sandbox.requests == []

    answer = ask(model, PONG)

    assert answer.text == echo(PONG)
    assert "/v1/models" in lists(sandbox)
    assert "gemini" in answer.response_metadata["model_name"]
    assert len(asked(sandbox)) == 1


def test_what_was_learnt_is_not_asked_again(
    chat: Chat, ask: Any, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Another model, with the file that the first one kept, reads no list."""
    client = Client(sandbox.api_key, sandbox.base_url)
    chat(model="auto", catalog=Catalog(client, tmp_path / "kept.sqlite3")).invoke(PONG)
    sandbox.requests.clear()

    ask(chat(model="auto", catalog=Catalog(client, tmp_path / "kept.sqlite3")), PONG)

    assert lists(sandbox) == []


@pytest.mark.parametrize(
    ("require", "expected"),
    [
        ({}, "gemini"),
        ({"tools": True, "inputs": {"image"}}, "gemini"),
        ({"inputs": {"image"}, "audio": False}, "openai"),
    ],
)
def test_the_first_that_meets_the_wishes_is_taken(
    chat: Chat, catalog: Catalog, require: dict[str, Any], expected: str
) -> None:
    """Of gemini, openai and gemini-large, in this order."""
    model = chat(model="auto", require=require, catalog=catalog)

    taken = model.invoke(PONG).response_metadata["model_name"]

    assert catalog.model(taken) == catalog.model(expected)


def test_else_the_cheapest_that_meets_the_wishes(chat: Chat, ask: Any, sandbox: Sandbox) -> None:
    """A wish that none of the three fulfils leads to another model."""
    model = chat(model="auto", require={"outputs": {"text", "audio"}})

    ask(model, PONG)

    assert "audio" in asked(sandbox)[0]


def test_a_wish_that_nobody_fulfils_is_told(chat: Chat, ask: Any, sandbox: Sandbox) -> None:
    """Nothing is sent then."""
    model = chat(model="auto", require={"min_context": 10**12})

    with pytest.raises(InvalidInputError, match="require"):
        ask(model, PONG)

    assert asked(sandbox) == []


def test_without_lists_the_usual_order_is_tried(firm: Chat, ask: Any, sandbox: Sandbox) -> None:
    """A gateway that does not tell what it has still answers."""
    sandbox.fail(Fault.status(503, times=None, model="gemini"))
    nowhere = Catalog(Client("sk_none", "http://127.0.0.1:9", max_retries=0), path="")

    answer = ask(firm(model="auto", catalog=nowhere), PONG)

    assert asked(sandbox) == ["gemini", "openai"]
    assert answer.response_metadata["model_name"] == "openai"


@pytest.mark.parametrize(
    "fault",
    [
        *(error(400, body) for body in MESSAGES.values()),
        error(404, {"message": "Not found"}),
        Fault.status(408, times=None, model="gemini"),
        Fault.status(429, shape="upstream", times=None, model="gemini"),
        Fault.status(500, times=None, model="gemini"),
        Fault.status(524, times=None, model="gemini"),
        Fault.refusal("model", times=None, model="gemini"),
        error(402, {"message": "This model requires Top-up Pollen.", "code": "PAYMENT_REQUIRED"}),
    ],
    ids=["fields", "alias", "404", "408", "429", "500", "524", "refusal", "paid only"],
)
def test_an_error_of_the_model_leads_to_the_next(
    firm: Chat, ask: Any, sandbox: Sandbox, fault: Fault
) -> None:
    """Whatever its form; the answer tells who answered, and why the other did not."""
    sandbox.fail(fault)

    answer = ask(firm(model="gemini", fallback_models=["openai"]), PONG)

    assert answer.text == echo(PONG)
    assert answer.response_metadata["model_name"] == "openai"
    (missed,) = answer.response_metadata["fallbacks"]
    assert missed["model"] == "gemini"
    assert missed["error"].endswith("Error")
    assert missed["message"]


def test_a_model_for_paid_pollen_is_passed_over(firm: Chat, ask: Any, sandbox: Sandbox) -> None:
    """A key with quest pollen only is told so by a 402, or by an answer under status 200."""
    if sandbox.api == "2026-01":
        pytest.skip("That time knew no quest pollen.")
    sandbox.fail(Fault.refusal("quest", times=None, model="gemini"))
    model = firm(model="gemini", fallback_models=["openai"])

    assert ask(model, PONG).response_metadata["model_name"] == "openai"
    # A refusal beside a JSON format keeps its status.
    answer = ask(model, PONG + " Answer in JSON.", response_format={"type": "json_object"})
    assert answer.response_metadata["fallbacks"][0]["status"] == 402


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.status(401, model="gemini"), AuthenticationError),
        (error(400, {"message": "temperature must be at most 2"}), InvalidRequestError),
        (Fault.refusal("balance", model="gemini"), PaymentRequiredError),
        (Fault.refusal("budget", model="gemini"), PaymentRequiredError),
        (Fault.status(402, model="gemini"), PaymentRequiredError),
        (Fault.status(429, shape="edge", model="gemini"), RateLimitError),
        (Fault.status(429, shape="concurrency", model="gemini"), RateLimitError),
    ],
    ids=["key", "request", "balance", "budget", "402", "address", "concurrency"],
)
def test_an_error_of_the_caller_stops(
    firm: Chat, ask: Any, sandbox: Sandbox, fault: Fault, kind: type[Exception]
) -> None:
    """No other model is asked where the key, the account or the request is at fault."""
    sandbox.fail(fault)

    with pytest.raises(kind):
        ask(firm(model="gemini", fallback_models=["openai"]), PONG)

    assert asked(sandbox) == ["gemini"]


def test_a_key_of_one_model_finds_it(firm: Chat, ask: Any) -> None:
    """What the key may not use is passed over."""
    model = firm(model="openai", fallback_models=["gemini"], api_key="sk_one")

    assert ask(model, PONG).response_metadata["model_name"] == "gemini"


def test_a_model_that_stalls_is_passed_over(firm: Chat, ask: Any, sandbox: Sandbox) -> None:
    """Silence before the first token is a reason to ask the next."""
    sandbox.fail(Fault.stall(0, times=None, model="gemini"))
    model = firm(model="gemini", fallback_models=["openai"], timeout=0.3, stream_idle_timeout=0.3)

    answer = ask(model, PONG)

    assert answer.response_metadata["fallbacks"][0]["error"] == "APITimeoutError"


def test_without_another_model_a_stall_is_told(firm: Chat, ask: Any, sandbox: Sandbox) -> None:
    """The last model's error is raised, in LangChain's family, with the model's name."""
    sandbox.fail(Fault.stall(0, times=None))
    model = firm(model="gemini", fallback_models=["openai"], timeout=0.1, stream_idle_timeout=0.1)

    with pytest.raises(APITimeoutError) as caught:
        ask(model, PONG)

    assert caught.value.model == "openai"


def test_a_model_that_fails_half_of_the_time_is_asked_again(
    firm: Chat, ask: Any, sandbox: Sandbox
) -> None:
    """One failure, or two, is no reason to leave a model alone; every call has its answer."""
    sandbox.fail(Fault.flaky(500, every=2, model="gemini"))
    model = firm(model="gemini", fallback_models=["openai"])

    names = [ask(model, PONG).response_metadata["model_name"] for _ in range(6)]

    assert names == ["openai", "gemini"] * 3


def test_after_three_failures_a_model_is_left_alone(firm: Chat, ask: Any, sandbox: Sandbox) -> None:
    """For a minute by the clock that was given; then it is asked first again."""
    now = [0.0]
    sandbox.fail(Fault.status(503, times=None, model="gemini"))
    model = firm(
        model="gemini",
        fallback_models=["openai"],
        circuit_breaker=CircuitBreaker(clock=lambda: now[0], failures=3),
    )
    for _ in range(3):
        ask(model, PONG)
    sandbox.requests.clear()

    assert "fallbacks" not in ask(model, PONG).response_metadata
    assert asked(sandbox) == ["openai"]

    now[0] = 61.0
    sandbox.clear()

    assert ask(model, PONG).response_metadata["model_name"] == "gemini"


def test_a_model_removed_between_two_calls_is_passed_over(
    firm: Chat, ask: Any, sandbox: Sandbox
) -> None:
    """The lists of yesterday name it, the gateway of today does not know it."""
    model = firm(model="auto")
    first = ask(model, PONG).response_metadata["model_name"]
    sandbox.fail(error(400, MESSAGES["alias"]))

    answer = ask(model, PONG + " Please.")

    assert answer.response_metadata["model_name"] != first
    assert answer.response_metadata["fallbacks"][0]["model"] == first


def test_a_call_may_name_its_model(firm: Chat, ask: Any, sandbox: Sandbox) -> None:
    """It takes the first place; the fallbacks stay."""
    sandbox.fail(Fault.status(503, times=None, model="mistral"))
    model = firm(model="gemini", fallback_models=["openai"])

    answer = ask(model.bind(model="mistral"), PONG)

    assert asked(sandbox) == ["mistral", "openai"]
    assert answer.response_metadata["model_name"] == "openai"


@pytest.mark.parametrize("said", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_what_the_call_says_of_length_wins(
    chat: Chat, ask: Any, sandbox: Sandbox, field: str, said: str
) -> None:
    """The option has two names, and they never meet in one body."""
    ask(chat(**{field: 500}), PONG, **{said: 20})

    body = sandbox.last.body
    assert body[said] == 20
    assert said == field or field not in body


def test_tools_go_to_the_next_model_too(firm: Chat, ask: Any, sandbox: Sandbox) -> None:
    """The request is the same but for the model."""
    sandbox.fail(Fault.status(503, times=None, model="openai"))
    model = firm(model="openai", fallback_models=["mistral"]).bind_tools([weather])

    answer = ask(model, "What is the weather in Paris?")

    assert answer.tool_calls[0]["args"] == {"city": "Paris"}
    one, other = (request.body for request in sandbox.requests)
    assert {**one, "model": ""} == {**other, "model": ""}


@pytest.mark.parametrize("method", ["function_calling", "json_schema", "json_mode"])
def test_data_may_come_from_the_next_model(
    firm: Chat, ask: Any, sandbox: Sandbox, method: Any
) -> None:
    """Structured output falls back like everything else."""
    sandbox.fail(Fault.status(503, times=None, model="openai"))
    model = firm(model="openai", fallback_models=["mistral"])
    told = 'Ada is 36 years old. Answer in JSON: {"name": "Ada", "age": 36}'

    *_, person = ask.pieces(model.with_structured_output(Person, method=method), told)

    assert isinstance(person, Person)
    assert asked(sandbox) == ["openai", "mistral"]


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_an_agent_finishes_although_two_models_are_down(
    firm: Chat, sandbox: Sandbox, colour: str
) -> None:
    """Question, tool, answer: streamed by the third model, which says so, and why."""
    for name in ("gemini", "openai"):
        sandbox.fail(Fault.status(503, times=None, model=name))
    agent = create_agent(firm(model="gemini", fallback_models=["openai", "mistral"]), [weather])
    question: Any = {"messages": [HumanMessage("What is the weather in Paris?")]}

    if colour == "sync":
        streamed = list(agent.stream(question, stream_mode="messages"))
    else:
        streamed = [piece async for piece in agent.astream(question, stream_mode="messages")]

    chunks = [chunk for chunk, _ in streamed if isinstance(chunk, AIMessageChunk)]
    assert "rains in Paris" in "".join(chunk.text for chunk in chunks)
    told = [c.response_metadata for c in chunks if "model_name" in c.response_metadata]
    assert [each["model_name"] for each in told] == ["mistral", "mistral"]
    for each in told:
        assert [missed["model"] for missed in each["fallbacks"]] == ["gemini", "openai"]


def test_an_answer_tells_its_cost(chat: Chat, ask: Any, catalog: Catalog) -> None:
    """From what was counted and the catalogue's prices; the same question is free."""
    model = chat(model="openai", catalog=catalog)
    known = catalog.model("openai")
    assert known is not None
    prices = known.prices

    first, again = ask(model, PONG), ask(model, PONG)

    counted = first.usage_metadata
    assert prices.prompt is not None
    assert prices.completion is not None
    expected = (
        counted["input_tokens"] * prices.prompt + counted["output_tokens"] * prices.completion
    )
    assert first.response_metadata["cost"] == pytest.approx(float(expected))
    assert again.response_metadata["headers"]["x-cache"] == "HIT"
    assert again.response_metadata["cost"] == 0


@pytest.mark.parametrize("details", [{"cached": 400, "reasoning": 50}, {"cached": 0}])
def test_cached_and_reasoning_tokens_have_their_own_price(
    chat: Chat,
    completion: Any,
    catalog: Catalog,
    sandbox: Sandbox,
    details: dict[str, int],
) -> None:
    """Tokens from the provider's cache are cheaper; each token is counted once."""
    known = catalog.model("openai")
    assert known is not None
    prices = known.prices
    cached, reasoning = details["cached"], details.get("reasoning", 0)
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "total_tokens": 1200,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    sandbox.reply(completion({"content": "pong"}, usage=usage))

    answer = chat(model="openai", catalog=catalog).invoke(PONG)

    read, written = float(prices.prompt or 0), float(prices.completion or 0)
    thought = float(prices.reasoning or prices.completion or 0)
    expected = (
        (1000 - cached) * read
        + cached * float(prices.cached or prices.prompt or 0)
        + (200 - reasoning) * written
        + reasoning * thought
    )
    assert answer.response_metadata["cost"] == pytest.approx(expected)


def test_nobody_tells_a_cost_unasked(chat: Chat, ask: Any, sandbox: Sandbox) -> None:
    """Without a catalogue no list is read."""
    assert "cost" not in ask(chat(), PONG).response_metadata
    assert lists(sandbox) == []
