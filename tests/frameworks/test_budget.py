"""A budget stops the call that would pass its limit, before anything is sent."""

import asyncio
import pickle
from collections.abc import Iterator
from decimal import Decimal
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.exceptions import ModelError
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from media_tools import Tools
from ways import EITHER, EVERY_CLASS, EVERY_WAY, STREAMS, WAYS, WHOLE, Way, reach

from _pollinations.chat.tokens import INSERTED
from _pollinations.http.call import Expected
from _pollinations.http.errors import (
    BudgetExceededError,
    InvalidInputError,
    PollinationsError,
)
from langchain_pollinations import PollenBudget
from langchain_pollinations.gateway import Catalog, Client
from pollinations_sandbox import Fault, Sandbox

PONG = "Say pong."
EACH_WAY = pytest.mark.parametrize("way", EVERY_WAY, ids=str)
WAYS_TO_ASK = pytest.mark.parametrize("way", WAYS, ids=str)


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


def one_call(catalog: Catalog) -> Decimal:
    """What a call with PONG reserves."""
    cost = catalog.expected_cost(Expected("openai", {"prompt": 6 + INSERTED, "completion": 100}))
    assert cost is not None
    return cost


def of_run(way: Way, budget: Any) -> dict[str, Any]:
    """The field by which a budget counts as one of the framework's handlers."""
    if way.framework == "langchain":
        return {"callbacks": [budget]}
    return {"callback_manager": CallbackManager([budget])}


class Within:
    """Models of a framework that a budget counts, as one of the framework's handlers."""

    def __init__(self, sandbox: Sandbox, catalog: Catalog) -> None:
        self.sandbox, self.catalog = sandbox, catalog

    def budget(self, way: Way, limit: float | Decimal) -> Any:
        return way.package.PollenBudget(limit, self.catalog)

    def __call__(self, way: Way, limit: float | Decimal, **fields: Any) -> tuple[Any, Any]:
        """A budget of so much, and a model that it counts."""
        budget = self.budget(way, limit)
        fields = {"model": "openai", **of_run(way, budget), **fields}
        return budget, way.model(self.sandbox, **fields)


@pytest.fixture
def within(sandbox: Sandbox, catalog: Catalog) -> Within:
    return Within(sandbox, catalog)


@EACH_WAY
def test_the_costs_of_answers_are_summed(way: Way, within: Within) -> None:
    """By the counts of each answer and the catalogue's prices; nothing stays reserved."""
    budget, model = within(way, 1, catalog=within.catalog)

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
    price = one_call(within.catalog)
    budget, model = within(way, price - Decimal("1e-9"), max_tokens=100)
    family = ModelError if way.framework == "langchain" else PollinationsError

    with pytest.raises(BudgetExceededError, match="limit") as caught:
        way.ask(model, PONG)
    assert isinstance(caught.value, family)
    assert not getattr(caught.value, "is_retryable", False)
    assert sandbox.requests == []
    assert (budget.spent, budget.reserved) == (0, 0)

    budget, model = within(way, price, max_tokens=1)
    with pytest.raises(BudgetExceededError):
        way.ask(model, PONG, model="gemini-large", max_tokens=100)
    with pytest.raises(BudgetExceededError):
        way.ask(model, PONG, max_tokens=101)
    way.ask(model, PONG, max_tokens=100)
    assert len(sandbox.requests) == 1
    assert 0 < budget.spent <= budget.limit


def leave(way: Way, model: Any) -> None:
    """Leave a stream after its first piece."""
    prompt: Any = PONG if way.framework == "langchain" else [ChatMessage(PONG)]
    stream = getattr(model, way.method)(prompt)
    if not way.method.startswith("a"):
        next(stream)
        stream.close()
        return

    async def aleave() -> None:
        pieces = await stream if isawaitable(stream) else stream
        await anext(pieces)
        await pieces.aclose()

    asyncio.run(aleave())


@pytest.mark.parametrize("is_field", [True, False], ids=["field", "of the run"])
@pytest.mark.parametrize("way", STREAMS, ids=str)
def test_streams_that_are_left_cost_what_they_reserved(
    way: Way, is_field: bool, within: Within, sandbox: Sandbox
) -> None:
    """Twenty streams left after their first piece: as many begin as the limit pays for in full."""
    budget = within.budget(way, one_call(within.catalog) * 7)
    fields = {"budget": budget} if is_field else of_run(way, budget)
    model = way.model(sandbox, model="openai", max_tokens=100, **fields)
    stopped = 0

    for _ in range(20):
        try:
            leave(way, model)
        except BudgetExceededError:
            stopped += 1

    assert (stopped, len(sandbox.requests)) == (13, 7)
    assert (budget.left, budget.reserved) == (0, 0)


@pytest.mark.parametrize("way", WAYS[:4], ids=str)
def test_a_budget_of_one_run_ends_with_it(way: Way, within: Within, sandbox: Sandbox) -> None:
    """Later calls do not count: also after a stream that was left, and after foreign models."""
    first, second, third = (within.budget(way, 1) for _ in range(3))
    model = way.model(sandbox, seed="random")
    foreign = FakeListChatModel(responses=["pong"])
    pieces = model.stream(PONG, {"callbacks": [first]})
    next(pieces)
    way.ask(model, PONG, config={"callbacks": [second]})
    pieces.close()
    way.ask(foreign, PONG, config={"callbacks": [third]})
    leave(STREAMS[0], foreign.with_config(callbacks=[third]))

    way.ask(model, PONG)

    assert [budget.report()["calls"] for budget in (first, second, third)] == [1, 1, 0]


@pytest.mark.parametrize("field", ["budget", "callbacks"])
@pytest.mark.parametrize(
    ("kind", "argument"), [("image", "prompt"), ("video", "prompt"), ("speech", "text")]
)
def test_media_tools_count(
    tools: Tools, field: str, kind: str, argument: str, within: Within
) -> None:
    """As a field of the tool, or in LangChain as a callback."""
    if (tools.framework, field) == ("llama_index", "callbacks"):
        pytest.skip("tools of LlamaIndex have no callbacks")
    budget, nothing = PollenBudget(100, within.catalog), PollenBudget(0, within.catalog)
    one, other = (each if field == "budget" else [each] for each in (budget, nothing))

    tools.use(kind, {argument: "waves"}, **{field: one})
    assert budget.spent > 0
    assert budget.reserved == 0

    within.sandbox.requests.clear()
    with pytest.raises(BudgetExceededError, match="limit"):
        tools.use(kind, {argument: "waves"}, **{field: other})
    assert not [r for r in within.sandbox.requests if "models" not in r.path]


@pytest.mark.parametrize("way", WHOLE, ids=str)
def test_embeddings_count(way: Way, tmp_path: Path) -> None:
    """In both colours; the catalogue of January has no embeddings."""
    with Sandbox() as sandbox:
        catalog = Catalog(Client(sandbox.api_key, sandbox.base_url), tmp_path / "catalog.sqlite3")
        budget, nothing = (way.package.PollenBudget(limit, catalog) for limit in (1, 0))

        way.embed(way.classes[1](budget=budget, **reach(sandbox)), ["one"])

        assert budget.spent > 0
        with pytest.raises(BudgetExceededError):
            way.embed(way.classes[1](budget=nothing, **reach(sandbox)), ["one"])


@EACH_WAY
def test_a_budget_as_a_field_counts_beside_one_of_the_run(
    way: Way, within: Within, sandbox: Sandbox
) -> None:
    """Both count the same call, each once; the same budget in both places counts it once too."""
    field, run = within.budget(way, 1), within.budget(way, 1)
    fields: Any = {"budget": field, "seed": "random"}

    way.ask(way.model(sandbox, **fields, **of_run(way, run)), PONG)
    assert field.spent == run.spent > 0
    way.ask(way.model(sandbox, **fields, **of_run(way, field)), PONG)

    assert (field.report()["calls"], run.report()["calls"]) == (2, 1)


@pytest.mark.parametrize("kind", EVERY_CLASS)
def test_a_budget_of_a_wrong_type_is_refused(kind: Any) -> None:
    """When the object is made; for a number, which might be meant for several, with advice."""
    with pytest.raises(InvalidInputError, match=r"write budget=PollenBudget\(0\.5\)\."):
        kind(api_key="sk_x", budget=0.5)
    with pytest.raises(InvalidInputError, match=r"budget is a PollenBudget, not object\."):
        kind(api_key="sk_x", budget=object())


@WAYS_TO_ASK
def test_structured_output_is_stopped(way: Way, within: Within, sandbox: Sandbox) -> None:
    """Objects cost pollen too, and a larger model is not asked in its place."""
    _, model = within(way, 0, escalate_to="openai-large")

    with pytest.raises(BudgetExceededError):
        way.ask_for_data(model, "1 and 2")

    assert sandbox.requests == []


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


async def test_an_agent_is_stopped(within: Within, sandbox: Sandbox) -> None:
    """It raises the error as it is, before the call that would pass the limit."""
    _, model = within(WAYS[0], 0)
    _, llm = within(WAYS[4], 0)

    with pytest.raises(BudgetExceededError):
        await create_agent(model, [tool(weather)]).ainvoke({"messages": [HumanMessage(PONG)]})
    with pytest.raises(BudgetExceededError):
        await FunctionAgent(tools=[weather], llm=llm).run(PONG)

    assert sandbox.requests == []


@WAYS_TO_ASK
def test_a_fallback_reserves_when_its_turn_comes(
    way: Way, within: Within, sandbox: Sandbox
) -> None:
    """A dear fallback does not keep the first model from answering, and is stopped itself."""
    fallback = {"fallback_models": ["gemini-large"], "max_retries": 0}
    _, model = within(way, one_call(within.catalog), max_tokens=1, **fallback)
    way.ask(model, PONG)
    sandbox.clear()
    sandbox.fail(Fault.status(503, times=None, model="openai"))

    with pytest.raises(BudgetExceededError):
        way.ask(model, PONG)

    assert [request.body["model"] for request in sandbox.requests] == ["openai"]


@WAYS_TO_ASK
def test_the_best_model_has_a_price_too(way: Way, within: Within) -> None:
    """The model "auto" is priced as those that may answer."""
    budget, model = within(way, 1, model="auto", catalog=within.catalog)

    facts = way.ask(model, PONG).metadata

    assert float(budget.spent) == pytest.approx(facts["cost"])
    assert [*budget.report()["models"]] == [facts["model_name"]]


@EITHER
def test_a_model_with_a_budget_can_be_copied_but_not_pickled(
    way: Way, within: Within, sandbox: Sandbox
) -> None:
    """A copy shares the limit; another process cannot."""
    budget = within.budget(way, 1)
    model = way.model(sandbox, budget=budget)

    way.ask(model.model_copy(deep=True), PONG)

    assert budget.spent > 0
    assert "budget" not in model.model_dump()
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(model)
