"""A budget stops the call that would pass its limit, before anything is sent."""

import asyncio
import pickle
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelError
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import BaseTool, ToolException, tool
from pydantic import BaseModel

from _pollinations.chat.usage import INSERTED
from _pollinations.http.call import Expected
from langchain_pollinations import (
    BudgetExceededError,
    ChatPollinations,
    InvalidInputError,
    PollenBudget,
    PollinationsEmbeddings,
    PollinationsError,
    PollinationsImageTool,
    PollinationsSpeechTool,
    PollinationsVideoTool,
    ServerError,
)
from langchain_pollinations.gateway import Catalog, Client
from pollinations_sandbox import Fault, Sandbox

Chat = Callable[..., ChatPollinations]
Limit = Callable[..., PollenBudget]

PONG = "Say pong."


class Person(BaseModel):
    """A person with name and age."""

    name: str
    age: int


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


@pytest.fixture
def catalog(either_sandbox: Sandbox, tmp_path: Path) -> Catalog:
    """What the gateway has, known already."""
    client = Client(either_sandbox.api_key, either_sandbox.base_url)
    catalog = Catalog(client, path=tmp_path / "catalog.sqlite3")
    catalog.refresh()
    either_sandbox.requests.clear()
    return catalog


@pytest.fixture
def limit(catalog: Catalog) -> Limit:
    """Make a budget of so much pollen."""

    def made(pollen: float | Decimal, **options: Any) -> PollenBudget:
        return PollenBudget(pollen, catalog=catalog, **options)

    return made


def one_call(limit: Limit, name: str = "openai", written: int = 100) -> Decimal:
    """What a call with PONG reserves."""
    budget = limit(1)
    units = {"prompt": 6 + INSERTED, "completion": written}
    budget.enter("it", Expected(name, units))
    return budget.reserved


def test_what_answers_cost_is_summed(
    chat_of_either: Chat, ask: Any, catalog: Catalog, limit: Limit
) -> None:
    """As each answer tells it; nothing stays reserved."""
    budget = limit(1)
    model = chat_of_either(catalog=catalog, callbacks=[budget])

    costs = [ask(model, f"Say pong {n}.").response_metadata["cost"] for n in range(3)]

    assert float(budget.spent) == pytest.approx(sum(costs))
    assert budget.spent > 0
    assert budget.reserved == 0
    assert budget.report()["models"].keys() == {"openai"}
    assert budget.report()["calls"] == 3


def test_the_budget_knows_the_prices_itself(
    chat_of_either: Chat, ask: Any, catalog: Catalog, limit: Limit
) -> None:
    """A model that tells no cost is counted by its tokens, at the same price."""
    budget = limit(1)

    told = ask(chat_of_either(callbacks=[budget]), PONG)
    assert "cost" not in told.response_metadata
    again = ask(chat_of_either(catalog=catalog, seed=5), PONG)

    assert float(budget.spent) == pytest.approx(again.response_metadata["cost"])


def test_the_call_that_would_pass_the_limit_is_not_sent(
    chat_of_either: Chat, ask: Any, either_sandbox: Sandbox, limit: Limit
) -> None:
    """It raises in each of the four ways, under both families of errors."""
    budget = limit(one_call(limit) / 2)
    model = chat_of_either(max_tokens=100, callbacks=[budget])

    with pytest.raises(BudgetExceededError, match="limit") as caught:
        ask(model, PONG)

    assert isinstance(caught.value, PollinationsError)
    assert isinstance(caught.value, ModelError)
    assert not caught.value.is_retryable
    assert either_sandbox.requests == []
    assert (budget.spent, budget.reserved) == (0, 0)


def test_what_just_fits_is_sent(
    chat_of_either: Chat, ask: Any, either_sandbox: Sandbox, limit: Limit
) -> None:
    """The limit itself may be reached."""
    budget = limit(one_call(limit))

    ask(chat_of_either(max_tokens=100), PONG, config={"callbacks": [budget]})

    assert len(either_sandbox.requests) == 1
    assert 0 < budget.spent <= budget.limit


def test_a_system_message_of_ones_own_costs_less(chat_of_either: Chat, limit: Limit) -> None:
    """The gateway adds a long one where there is none, and that is paid too."""
    budget = limit(one_call(limit) - Decimal("0.00001"))
    model = chat_of_either(max_tokens=100, callbacks=[budget])

    with pytest.raises(BudgetExceededError):
        model.invoke(PONG)
    model.invoke([("system", "Be brief."), ("human", PONG)])

    assert budget.spent <= budget.limit


def test_a_shorter_answer_fits_where_a_longer_one_does_not(
    chat_of_either: Chat, ask: Any, limit: Limit
) -> None:
    """What the call says of its length goes before the field."""
    budget = limit(one_call(limit, written=20))
    model = chat_of_either(max_tokens=100, callbacks=[budget])

    with pytest.raises(BudgetExceededError):
        ask(model, PONG)
    ask(model, PONG, max_tokens=20)


def test_an_error_gives_back_what_was_reserved(
    chat_of_either: Chat, ask: Any, either_sandbox: Sandbox, limit: Limit
) -> None:
    """An answer that never came costs nothing."""
    budget = limit(1)
    either_sandbox.fail(Fault.status(503, times=None))

    with pytest.raises(ServerError):
        ask(chat_of_either(max_retries=0, callbacks=[budget]), PONG)

    assert (budget.spent, budget.reserved) == (0, 0)


@pytest.mark.parametrize("name", ["stream", "astream"])
@pytest.mark.parametrize("place", ["field", "callback"])
def test_streams_that_are_left_cost_what_they_reserved(
    chat_of_either: Chat, either_sandbox: Sandbox, limit: Limit, name: str, place: str
) -> None:
    """Twenty streams left after their first piece: as many begin as the limit pays for in full."""
    budget = limit(one_call(limit) * 7)
    options: dict[str, Any] = {"budget": budget} if place == "field" else {"callbacks": [budget]}
    model = chat_of_either(max_tokens=100, **options)
    stopped = 0

    for _ in range(20):
        try:
            if name == "stream":
                leave(model)
            else:
                asyncio.run(aleave(model))
        except BudgetExceededError:
            stopped += 1

    assert (stopped, len(either_sandbox.requests)) == (13, 7)
    assert (budget.left, budget.reserved) == (0, 0)


def leave(model: ChatPollinations) -> None:
    """Leave a stream after its first piece."""
    pieces = model.stream(PONG)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined] # a generator behind LangChain's Iterator


async def aleave(model: ChatPollinations) -> None:
    """Leave an asynchronous stream after its first piece."""
    pieces = model.astream(PONG)
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined] # a generator behind LangChain's Iterator


def test_a_budget_of_one_run_ends_with_it(chat_of_either: Chat, ask: Any, limit: Limit) -> None:
    """Calls in the same context that come later do not count: also after a stream that was left."""
    first, second = limit(1), limit(1)
    model = chat_of_either(seed="random")
    pieces = model.stream(PONG, {"callbacks": [first]})
    next(pieces)
    ask(model, PONG, config={"callbacks": [second]})
    pieces.close()  # type: ignore[attr-defined] # a generator behind LangChain's Iterator

    ask(model, PONG)

    assert first.report()["calls"] == second.report()["calls"] == 1


def test_streams_of_another_package_leave_nothing_behind(
    chat_of_either: Chat, ask: Any, limit: Limit
) -> None:
    """A budget of their run counts no later call of ours."""
    budget = limit(1)
    foreign = FakeListChatModel(responses=["pong"])
    ask(foreign, PONG, config={"callbacks": [budget]})
    left = foreign.stream(PONG, {"callbacks": [budget]})
    next(left)
    left.close()  # type: ignore[attr-defined] # a generator behind LangChain's Iterator

    ask(chat_of_either(), PONG)

    assert budget.report()["calls"] == 0


TOOLS: dict[type[BaseTool], dict[str, Any]] = {
    PollinationsImageTool: {"prompt": "a cat"},
    PollinationsVideoTool: {"prompt": "waves"},
    PollinationsSpeechTool: {"text": "Good morning"},
}


@pytest.mark.parametrize("colour", ["invoke", "ainvoke"])
@pytest.mark.parametrize("place", ["field", "callback"])
@pytest.mark.parametrize("kind", TOOLS)
def test_media_tools_count(
    either_sandbox: Sandbox, limit: Limit, kind: Any, place: str, colour: str
) -> None:
    """As a field of the tool, or as a callback of its run."""

    def call(budget: PollenBudget) -> None:
        given = {"budget": budget} if place == "field" else {}
        config: Any = {} if place == "field" else {"callbacks": [budget]}
        tool = kind(handle_tool_error=False, **given, **reach(either_sandbox))
        if colour == "invoke":
            tool.invoke(TOOLS[kind], config)
        else:
            asyncio.run(tool.ainvoke(TOOLS[kind], config))

    budget = limit(100)
    call(budget)

    assert budget.spent > 0
    assert budget.reserved == 0
    either_sandbox.requests.clear()
    with pytest.raises(ToolException, match="limit"):
        call(limit(0))
    assert not [r for r in either_sandbox.requests if "models" not in r.path]


def test_embeddings_count(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of an object with a budget, in both colours; the catalogue of January has no embeddings."""
    catalog = Catalog(Client(sandbox.api_key, sandbox.base_url), tmp_path / "catalog.sqlite3")
    budget = PollenBudget(1, catalog)
    vectors = PollinationsEmbeddings(budget=budget, **reach(sandbox))

    vectors.embed_documents(["one"])
    once = budget.spent
    asyncio.run(vectors.aembed_query("two"))

    assert 0 < once < budget.spent
    with pytest.raises(BudgetExceededError):
        PollinationsEmbeddings(budget=PollenBudget(0, catalog), **reach(sandbox)).embed_query("one")


def test_a_budget_as_a_field_counts_beside_one_as_a_callback(
    chat_of_either: Chat, ask: Any, limit: Limit
) -> None:
    """Both count the same call, each once; the same budget in both places counts it once too."""
    field, run = limit(1), limit(1)
    model = chat_of_either(budget=field, seed="random")

    ask(model, PONG, config={"callbacks": [run]})
    assert field.spent == run.spent > 0
    ask(model, PONG, config={"callbacks": [field]})

    assert (field.report()["calls"], run.report()["calls"]) == (2, 1)


@pytest.mark.parametrize("kind", [ChatPollinations, PollinationsEmbeddings, PollinationsImageTool])
def test_a_budget_of_a_wrong_type_is_refused(kind: Any) -> None:
    """When the object is made."""
    with pytest.raises(InvalidInputError, match="budget is a PollenBudget"):
        kind(api_key="sk_x", budget=0.5)


def reach(sandbox: Sandbox) -> dict[str, Any]:
    """How to reach the sandbox."""
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key}


def test_the_gateways_cache_is_free(chat_of_either: Chat, ask: Any, limit: Limit) -> None:
    """The same question a second time costs nothing."""
    budget = limit(1)
    model = chat_of_either(callbacks=[budget])
    ask(model, PONG)
    once = budget.spent

    ask(model, PONG)

    assert budget.spent == once
    assert budget.report()["calls"] == 2


def test_langchains_cache_is_free(chat_of_either: Chat, limit: Limit) -> None:
    """What was not asked is not counted."""
    budget = limit(1)
    model = chat_of_either(cache=InMemoryCache(), callbacks=[budget])
    model.invoke(PONG)
    once = budget.spent

    model.invoke(PONG)

    assert budget.spent == once
    assert budget.reserved == 0


def test_parallel_calls_reserve_first(
    chat_of_either: Chat, either_sandbox: Sandbox, limit: Limit
) -> None:
    """Of ten calls at once only those go that fit together."""
    budget = limit(one_call(limit) * 3)
    either_sandbox.fail(Fault.slow(0.1, times=None))
    model = chat_of_either(max_tokens=100, seed="random", callbacks=[budget])

    answers = model.batch([PONG] * 10, {"max_concurrency": 10}, return_exceptions=True)

    stopped = [answer for answer in answers if isinstance(answer, BudgetExceededError)]
    assert len(stopped) + len(either_sandbox.requests) == 10
    assert len(stopped) >= 5
    assert budget.spent <= budget.limit


async def test_parallel_tasks_reserve_first(
    chat_of_either: Chat, either_sandbox: Sandbox, limit: Limit
) -> None:
    """The same in an event loop."""
    budget = limit(one_call(limit) * 3)
    either_sandbox.fail(Fault.slow(0.1, times=None))
    model = chat_of_either(max_tokens=100, seed="random", callbacks=[budget])

    answers = await asyncio.gather(
        *(model.ainvoke(PONG) for _ in range(10)), return_exceptions=True
    )

    stopped = [answer for answer in answers if isinstance(answer, BudgetExceededError)]
    assert len(stopped) + len(either_sandbox.requests) == 10
    assert len(stopped) >= 5
    assert budget.reserved == 0


def test_batch_raises(chat_of_either: Chat, either_sandbox: Sandbox, limit: Limit) -> None:
    """Without return_exceptions it is raised like any error."""
    model = chat_of_either(callbacks=[limit(0)])

    with pytest.raises(BudgetExceededError):
        model.batch([PONG, "Say ping."])
    with pytest.raises(BudgetExceededError):
        asyncio.run(model.abatch([PONG, "Say ping."]))

    assert either_sandbox.requests == []


def test_a_chain_is_stopped(
    chat_of_either: Chat, ask: Any, either_sandbox: Sandbox, limit: Limit
) -> None:
    """A budget for the chain is one for its models, also where they make data."""
    chain = ChatPromptTemplate.from_template("{text}") | chat_of_either(
        escalate_to="openai-large"
    ).with_structured_output(Person)

    with pytest.raises(BudgetExceededError):
        ask.pieces(chain.with_config(callbacks=[limit(0)]), {"text": "Ada is 36."})

    assert either_sandbox.requests == []


def test_an_agent_is_stopped_between_two_calls(
    chat_of_either: Chat, either_sandbox: Sandbox, limit: Limit
) -> None:
    """The first call fits, the second does not: the agent raises, and nothing more is sent."""
    probe = limit(1)
    agent = create_agent(chat_of_either(max_tokens=100), [weather])
    question: Any = {"messages": [HumanMessage("What is the weather in Paris?")]}
    reserved: list[Decimal] = []

    class Watched(PollenBudget):
        def reserve(self, call: Any, pollen: Decimal) -> None:
            reserved.append(pollen)
            super().reserve(call, pollen)

    agent.invoke(question, {"callbacks": [Watched(1, probe.catalog)]})
    either_sandbox.clear()
    budget = limit(reserved[0])

    with pytest.raises(BudgetExceededError):
        agent.invoke(question, {"callbacks": [budget]})

    assert len(either_sandbox.requests) == 1
    assert budget.report()["calls"] == 1


def test_a_fallback_reserves_when_its_turn_comes(
    chat_of_either: Chat, ask: Any, either_sandbox: Sandbox, limit: Limit
) -> None:
    """A dear fallback does not keep the first model from answering, and is stopped itself."""
    budget = limit(one_call(limit))
    model = chat_of_either(
        max_tokens=100, fallback_models=["gemini-large"], max_retries=0, budget=budget
    )
    ask(model, PONG, max_tokens=1)
    either_sandbox.clear()
    either_sandbox.fail(Fault.status(503, times=None, model="openai"))

    with pytest.raises(BudgetExceededError):
        ask(model, PONG, max_tokens=1)

    assert [request.body["model"] for request in either_sandbox.requests] == ["openai"]


def test_the_best_model_has_a_price_too(
    chat_of_either: Chat, ask: Any, catalog: Catalog, limit: Limit
) -> None:
    """The model "auto" is priced as those that may answer."""
    budget = limit(1)

    answer = ask(chat_of_either(model="auto", catalog=catalog, callbacks=[budget]), PONG)

    assert float(budget.spent) == pytest.approx(answer.response_metadata["cost"])
    assert budget.report()["models"].keys() == {answer.response_metadata["model_name"]}


def test_an_unknown_price_stops_unless_it_is_allowed(
    chat_of_either: Chat, ask: Any, either_sandbox: Sandbox, limit: Limit
) -> None:
    """Then it counts as free, and its fallback is priced."""
    model = chat_of_either(model="no-such-model", fallback_models=["openai"])

    with pytest.raises(BudgetExceededError, match="no-such-model"):
        ask(model, PONG, config={"callbacks": [limit(1)]})
    assert either_sandbox.requests == []

    budget = limit(1, allow_unknown=True)
    ask(model, PONG, config={"callbacks": [budget]})
    assert budget.report()["models"].keys() == {"openai"}


def test_a_model_with_a_budget_can_be_copied(chat_of_either: Chat, limit: Limit) -> None:
    """The copy shares the limit; another process cannot, so that pickle refuses."""
    budget = limit(1)
    model = chat_of_either(budget=budget)

    model.model_copy(deep=True).invoke(PONG)

    assert budget.spent > 0
    assert "budget" not in model.model_dump()
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(model)


def test_a_wrong_limit_is_found_at_once(limit: Limit) -> None:
    """As an error of LangChain's family."""
    with pytest.raises(InvalidInputError, match="limit"):
        limit(-1)
