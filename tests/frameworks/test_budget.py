"""A budget stops the call that would pass its limit, before anything is sent."""

import asyncio
import pickle
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from adapters import ADAPTERS, KINDS, Adapter
from langchain.agents import create_agent
from langchain_core.exceptions import ModelError
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from media_tools import Tools
from ways import EVERY_WAY, WAYS, Way

from _pollinations.chat.tokens import INSERTED
from _pollinations.http.call import Expected
from _pollinations.http.errors import (
    BudgetExceededError,
    InvalidInputError,
    PollinationsError,
)
from langchain_pollinations import ChatPollinations
from langchain_pollinations.gateway import Catalog, Client
from pollinations_sandbox import Fault, Sandbox

PONG = "Say pong."
EITHER = pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=str)
COLOURS = pytest.mark.parametrize("colour", ["sync", "async"])
EACH_WAY = pytest.mark.parametrize("way", EVERY_WAY, ids=str)
WAYS_TO_ASK = pytest.mark.parametrize("way", WAYS, ids=str)
PLACES = pytest.mark.parametrize("place", ["field", "of the run"])
LANGCHAIN, LLAMA_INDEX = ADAPTERS.values()


@pytest.fixture(scope="module", params=["2026-01", "2026-10"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The gateway of January 2026 and that of October."""
    with Sandbox(api=request.param) as running:
        yield running


@pytest.fixture
def sandbox(gateway: Sandbox) -> Sandbox:
    gateway.clear()
    return gateway


@pytest.fixture
def catalog(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    """What the gateway has, known already."""
    catalog = Catalog(Client(sandbox.api_key, sandbox.base_url), path=tmp_path / "catalog.sqlite3")
    catalog.refresh()
    sandbox.requests.clear()
    return catalog


def reach(sandbox: Sandbox) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key}


def one_call(catalog: Catalog) -> Decimal:
    """What a call with PONG reserves."""
    cost = catalog.expected_cost(Expected("openai", {"prompt": 6 + INSERTED, "completion": 100}))
    assert cost is not None
    return cost


def placed(adapter: Adapter, place: str, budget: Any) -> dict[str, Any]:
    """The field of a model that a budget is passed in."""
    return {"budget": budget} if place == "field" else adapter.of_run(budget)


class Within:
    """Models of a framework that a budget counts, as one of the framework's handlers."""

    def __init__(self, sandbox: Sandbox, catalog: Catalog) -> None:
        self.sandbox, self.catalog = sandbox, catalog

    def budget(self, adapter: Adapter, limit: float | Decimal, **options: Any) -> Any:
        return adapter.budget(limit, self.catalog, **options)

    def __call__(self, adapter: Adapter, limit: float | Decimal, **fields: Any) -> tuple[Any, Any]:
        """A budget of so much, and a model that it counts."""
        budget = self.budget(adapter, limit)
        fields = {**reach(self.sandbox), **adapter.of_run(budget), **fields}
        return budget, adapter.kinds[0](model=fields.pop("model", "openai"), **fields)


@pytest.fixture
def within(sandbox: Sandbox, catalog: Catalog) -> Within:
    return Within(sandbox, catalog)


@EACH_WAY
def test_the_costs_of_answers_are_summed(way: Way, within: Within) -> None:
    """By the counts of each answer and the catalogue's prices; nothing stays reserved."""
    adapter = ADAPTERS[way.framework]
    budget, model = within(adapter, 1, catalog=within.catalog)

    costs = [way.ask(model, f"Say pong {number}.").metadata["cost"] for number in range(3)]

    assert float(budget.spent) == pytest.approx(sum(costs))
    assert budget.spent > 0
    assert budget.reserved == 0
    assert (budget.report()["calls"], [*budget.report()["models"]]) == (3, ["openai"])


@EACH_WAY
def test_the_call_that_would_pass_the_limit_is_not_sent(
    way: Way, within: Within, sandbox: Sandbox
) -> None:
    """What just fits is sent; options of a call count. In LangChain the error is LangChain's."""
    adapter = ADAPTERS[way.framework]
    price = one_call(within.catalog)
    budget, model = within(adapter, price - Decimal("1e-9"), max_tokens=100)
    family = ModelError if way.framework == "langchain" else PollinationsError

    with pytest.raises(BudgetExceededError, match="limit") as caught:
        way.ask(model, PONG)
    assert isinstance(caught.value, family)
    assert not getattr(caught.value, "is_retryable", False)
    assert sandbox.requests == []
    assert (budget.spent, budget.reserved) == (0, 0)

    budget, model = within(adapter, price, max_tokens=1)
    with pytest.raises(BudgetExceededError):
        way.ask(model, PONG, model="gemini-large", max_tokens=100)
    with pytest.raises(BudgetExceededError):
        way.ask(model, PONG, max_tokens=101)
    way.ask(model, PONG, max_tokens=100)
    assert len(sandbox.requests) == 1
    assert 0 < budget.spent <= budget.limit


def left(adapter: Adapter, model: Any, colour: str) -> None:
    """Leave a stream after its first piece."""
    method, prompt = ("stream", PONG)
    if adapter is LLAMA_INDEX:
        method, prompt = "stream_chat", [ChatMessage(PONG)]

    async def aleft() -> None:
        pieces = getattr(model, f"a{method}")(prompt)
        pieces = pieces if adapter is LANGCHAIN else await pieces
        await anext(pieces)
        await pieces.aclose()

    if colour == "async":
        asyncio.run(aleft())
    else:
        pieces = getattr(model, method)(prompt)
        next(pieces)
        pieces.close()


@COLOURS
@PLACES
@EITHER
def test_streams_that_are_left_cost_what_they_reserved(
    adapter: Adapter, place: str, colour: str, within: Within, sandbox: Sandbox
) -> None:
    """Twenty streams left after their first piece: as many begin as the limit pays for in full."""
    budget = within.budget(adapter, one_call(within.catalog) * 7)
    options = placed(adapter, place, budget)
    model = adapter.kinds[0](model="openai", max_tokens=100, **options, **reach(sandbox))
    stopped = 0

    for _ in range(20):
        try:
            left(adapter, model, colour)
        except BudgetExceededError:
            stopped += 1

    assert (stopped, len(sandbox.requests)) == (13, 7)
    assert (budget.left, budget.reserved) == (0, 0)


@pytest.mark.parametrize("way", WAYS[:4], ids=str)
def test_a_budget_of_one_run_ends_with_it(way: Way, within: Within, sandbox: Sandbox) -> None:
    """Later calls do not count: also after a stream that was left, and after foreign models."""
    first, second, third = (within.budget(LANGCHAIN, 1) for _ in range(3))
    model = ChatPollinations(seed="random", **reach(sandbox))
    foreign = FakeListChatModel(responses=["pong"])
    pieces = model.stream(PONG, {"callbacks": [first]})
    next(pieces)
    way.ask(model, PONG, config={"callbacks": [second]})
    pieces.close()  # type: ignore[attr-defined] # a generator behind LangChain's Iterator
    way.ask(foreign, PONG, config={"callbacks": [third]})
    left(LANGCHAIN, foreign.with_config(callbacks=[third]), "sync")

    way.ask(model, PONG)

    assert [budget.report()["calls"] for budget in (first, second, third)] == [1, 1, 0]


@COLOURS
@pytest.mark.parametrize(
    ("framework", "field"),
    [("langchain", "budget"), ("langchain", "callbacks"), ("llama_index", "budget")],
)
@pytest.mark.parametrize(
    ("kind", "argument"), [("image", "prompt"), ("video", "prompt"), ("speech", "text")]
)
def test_media_tools_count(  # noqa: PLR0917 - its cases
    colour: str, framework: str, field: str, kind: str, argument: str, within: Within
) -> None:
    """As a field of the tool, or in LangChain as a callback."""
    tools = Tools(framework, colour, within.sandbox)

    def budget_as_field(limit: int) -> tuple[Any, dict[str, Any]]:
        budget = within.budget(ADAPTERS[framework], limit)
        return budget, {field: budget if field == "budget" else [budget]}

    budget, fields = budget_as_field(100)
    tools.use(kind, {argument: "waves"}, **fields)
    assert budget.spent > 0
    assert budget.reserved == 0

    within.sandbox.requests.clear()
    with pytest.raises(BudgetExceededError, match="limit"):
        tools.use(kind, {argument: "waves"}, **budget_as_field(0)[1])
    assert not [r for r in within.sandbox.requests if "models" not in r.path]


@EITHER
def test_embeddings_count(adapter: Adapter, tmp_path: Path) -> None:
    """In both colours; the catalogue of January has no embeddings."""
    kind = adapter.kinds[1]
    with Sandbox() as sandbox:
        client = Client(sandbox.api_key, sandbox.base_url)
        catalog = Catalog(client, tmp_path / "catalog.sqlite3")
        budget = adapter.budget(1, catalog)
        vectors = kind(budget=budget, **reach(sandbox))

        adapter.embed(vectors, ["one"])
        once = budget.spent
        adapter.embed(vectors, ["two"], "async")

        assert 0 < once < budget.spent
        with pytest.raises(BudgetExceededError):
            adapter.embed(kind(budget=adapter.budget(0, catalog), **reach(sandbox)), ["one"])


@EACH_WAY
def test_a_budget_as_a_field_counts_beside_one_of_the_run(
    way: Way, within: Within, sandbox: Sandbox
) -> None:
    """Both count the same call, each once; the same budget in both places counts it once too."""
    adapter = ADAPTERS[way.framework]
    field, run = within.budget(adapter, 1), within.budget(adapter, 1)
    fields = {"budget": field, "seed": "random", **reach(sandbox)}

    way.ask(adapter.kinds[0](**fields, **adapter.of_run(run)), PONG)
    assert field.spent == run.spent > 0
    way.ask(adapter.kinds[0](**fields, **adapter.of_run(field)), PONG)

    assert (field.report()["calls"], run.report()["calls"]) == (2, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_budget_of_a_wrong_type_is_refused(kind: Any) -> None:
    """When the object is made; for a number, which might be meant for several, with advice."""
    with pytest.raises(InvalidInputError, match=r"write budget=PollenBudget\(0\.5\)\."):
        kind(api_key="sk_x", budget=0.5)
    with pytest.raises(InvalidInputError, match=r"budget is a PollenBudget, not object\."):
        kind(api_key="sk_x", budget=object())


@WAYS_TO_ASK
def test_structured_output_is_stopped(way: Way, within: Within, sandbox: Sandbox) -> None:
    """Objects cost pollen too, and a larger model is not asked in its place."""
    _, model = within(ADAPTERS[way.framework], 0, escalate_to="openai-large")

    with pytest.raises(BudgetExceededError):
        way.ask_for_data(model, "1 and 2")

    assert sandbox.requests == []


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


def test_an_agent_is_stopped_between_two_calls(within: Within, sandbox: Sandbox) -> None:
    """The first call fits, the second does not: the agent raises, and nothing more is sent."""
    model = ChatPollinations(model="openai", max_tokens=100, **reach(sandbox))
    agent = create_agent(model, [tool(weather)])
    question: Any = {"messages": [HumanMessage("What is the weather in Paris?")]}
    with suppress(BudgetExceededError):
        agent.invoke(question, {"callbacks": [within.budget(LANGCHAIN, 0)]})
    first = within.budget(LANGCHAIN, 1)
    reserved: list[Decimal] = []
    reserve = first.reserve
    first.reserve = lambda call, pollen: (reserved.append(pollen), reserve(call, pollen))
    agent.invoke(question, {"callbacks": [first]})
    sandbox.clear()
    budget = within.budget(LANGCHAIN, reserved[0])

    with pytest.raises(BudgetExceededError):
        agent.invoke(question, {"callbacks": [budget]})

    assert len(sandbox.requests) == 1
    assert budget.report()["calls"] == 1


async def test_a_workflow_raises_the_error(within: Within, sandbox: Sandbox) -> None:
    """As it is."""
    agent = FunctionAgent(tools=[weather], llm=within(LLAMA_INDEX, 0)[1])

    with pytest.raises(BudgetExceededError):
        await agent.run("What is the weather in Paris?")

    assert sandbox.requests == []


@WAYS_TO_ASK
def test_a_fallback_reserves_when_its_turn_comes(
    way: Way, within: Within, sandbox: Sandbox
) -> None:
    """A dear fallback does not keep the first model from answering, and is stopped itself."""
    adapter = ADAPTERS[way.framework]
    fallback = {"fallback_models": ["gemini-large"], "max_retries": 0}
    _, model = within(adapter, one_call(within.catalog), max_tokens=1, **fallback)
    way.ask(model, PONG)
    sandbox.clear()
    sandbox.fail(Fault.status(503, times=None, model="openai"))

    with pytest.raises(BudgetExceededError):
        way.ask(model, PONG)

    assert [request.body["model"] for request in sandbox.requests] == ["openai"]


@WAYS_TO_ASK
def test_the_best_model_has_a_price_too(way: Way, within: Within) -> None:
    """The model "auto" is priced as those that may answer."""
    budget, model = within(ADAPTERS[way.framework], 1, model="auto", catalog=within.catalog)

    facts = way.ask(model, PONG).metadata

    assert float(budget.spent) == pytest.approx(facts["cost"])
    assert [*budget.report()["models"]] == [facts["model_name"]]


@EITHER
def test_a_model_with_a_budget_can_be_copied_but_not_pickled(
    adapter: Adapter, within: Within, sandbox: Sandbox
) -> None:
    """A copy shares the limit; another process cannot."""
    budget = within.budget(adapter, 1)
    model = adapter.kinds[0](budget=budget, **reach(sandbox))

    adapter.ask(model.model_copy(deep=True), PONG)

    assert budget.spent > 0
    assert "budget" not in model.model_dump()
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(model)
