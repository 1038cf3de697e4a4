"""A budget stops the call that would pass its limit, before anything is sent."""

import asyncio
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from _pollinations.chat.usage import INSERTED
from _pollinations.http.call import Expected
from llama_index_pollinations import (
    BudgetExceededError,
    InvalidInputError,
    PollenBudget,
    Pollinations,
    PollinationsEmbedding,
    PollinationsError,
    PollinationsToolSpec,
    ServerError,
)
from llama_index_pollinations.gateway import Catalog, Client
from pollinations_sandbox import Fault, Sandbox

Make = Callable[..., Pollinations]
Limit = Callable[..., PollenBudget]

PONG = "Say pong."
MESSAGES = [ChatMessage(PONG)]
CALLS: list[tuple[str, Any]] = [
    ("chat", MESSAGES),
    ("stream_chat", MESSAGES),
    ("complete", PONG),
    ("stream_complete", PONG),
]
WAYS = pytest.mark.parametrize("way", CALLS, ids=[name for name, _ in CALLS])


class Person(BaseModel):
    """A person with name and age."""

    name: str
    age: int


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


@pytest.fixture
def catalog(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    """What the gateway has, known already."""
    catalog = Catalog(Client(sandbox.api_key, sandbox.base_url), path=tmp_path / "catalog.sqlite3")
    catalog.refresh()
    sandbox.requests.clear()
    return catalog


@pytest.fixture
def limit(catalog: Catalog) -> Limit:
    """Make a budget of so much pollen."""

    def made(pollen: float | Decimal, **options: Any) -> PollenBudget:
        return PollenBudget(pollen, catalog=catalog, **options)

    return made


@pytest.fixture
def within(make: Make) -> Callable[..., Pollinations]:
    """Make a model with a budget."""

    def made(budget: PollenBudget, **fields: Any) -> Pollinations:
        return make(callback_manager=CallbackManager([budget]), **fields)

    return made


def reach(sandbox: Sandbox) -> dict[str, Any]:
    """How to reach the sandbox."""
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key}


def asked(colour: Any, llm: Pollinations, way: tuple[str, Any]) -> Any:
    """Ask, and take everything that comes."""
    method, given = way
    if "stream" in method:
        return colour.pieces(llm, method, given)[-1]
    return colour.whole(llm, method, given)


def one_call(limit: Limit, written: int = 100, read: int = 6) -> Decimal:
    """What a call with PONG reserves."""
    budget = limit(1)
    budget.enter("it", Expected("openai", {"prompt": read + INSERTED, "completion": written}))
    return budget.reserved


@WAYS
def test_what_answers_cost_is_summed(
    within: Any, colour: Any, limit: Limit, catalog: Catalog, way: Any
) -> None:
    """By the counts of each answer and the catalogue's prices; nothing stays reserved."""
    budget = limit(1)

    answer = asked(colour, within(budget), way)

    known = catalog.model("openai")
    assert known is not None
    counts = answer.additional_kwargs
    expected = counts["prompt_tokens"] * float(known.prices.prompt or 0)
    expected += counts["completion_tokens"] * float(known.prices.completion or 0)
    assert float(budget.spent) == pytest.approx(expected)
    assert budget.reserved == 0
    assert budget.report()["models"].keys() == {"openai"}


@WAYS
def test_the_call_that_would_pass_the_limit_is_not_sent(
    within: Any, colour: Any, limit: Limit, sandbox: Sandbox, way: Any
) -> None:
    """In each way to ask."""
    budget = limit(one_call(limit) / 2)

    with pytest.raises(BudgetExceededError, match="limit") as caught:
        asked(colour, within(budget, max_tokens=100), way)

    assert isinstance(caught.value, PollinationsError)
    assert sandbox.requests == []
    assert (budget.spent, budget.reserved) == (0, 0)


@WAYS
def test_what_just_fits_is_sent(
    within: Any, colour: Any, limit: Limit, sandbox: Sandbox, way: Any
) -> None:
    """The limit itself may be reached."""
    budget = limit(one_call(limit))

    asked(colour, within(budget, max_tokens=100), way)

    assert len(sandbox.requests) == 1
    assert 0 < budget.spent <= budget.limit


def test_a_system_message_of_ones_own_costs_less(within: Any, limit: Limit) -> None:
    """The gateway adds a long one where there is none, and that is paid too."""
    budget = limit(one_call(limit) - Decimal("0.00001"))
    llm = within(budget, max_tokens=100)

    with pytest.raises(BudgetExceededError):
        llm.chat(MESSAGES)
    llm.chat([ChatMessage("Be brief.", role="system"), *MESSAGES])

    assert budget.spent <= budget.limit


@WAYS
def test_an_error_gives_back_what_was_reserved(
    within: Any, colour: Any, limit: Limit, sandbox: Sandbox, way: Any
) -> None:
    """An answer that never came costs nothing."""
    budget = limit(1)
    sandbox.fail(Fault.status(503, times=None))

    with pytest.raises(ServerError):
        asked(colour, within(budget, max_retries=0), way)

    assert (budget.spent, budget.reserved) == (0, 0)


@pytest.mark.parametrize("name", ["stream_chat", "astream_chat"])
def test_streams_that_are_left_cost_what_they_reserved(
    within: Any, limit: Limit, sandbox: Sandbox, name: str
) -> None:
    """Twenty streams left after their first piece: as many begin as the limit pays for in full."""
    budget = limit(one_call(limit) * 7)
    llm = within(budget, max_tokens=100)
    stopped = 0

    for _ in range(20):
        try:
            if name == "stream_chat":
                leave(llm)
            else:
                asyncio.run(aleave(llm))
        except BudgetExceededError:
            stopped += 1

    assert (stopped, len(sandbox.requests)) == (13, 7)
    assert (budget.left, budget.reserved) == (0, 0)


def leave(llm: Pollinations) -> None:
    """Leave a stream after its first piece."""
    pieces = llm.stream_chat(MESSAGES)
    next(pieces)
    pieces.close()


async def aleave(llm: Pollinations) -> None:
    """Leave an asynchronous stream after its first piece."""
    pieces = await llm.astream_chat(MESSAGES)
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined] # an asynchronous generator


def test_what_the_call_says_goes_before_the_field(
    within: Any, colour: Any, limit: Limit, sandbox: Sandbox
) -> None:
    """The length of the answer, and the model."""
    budget = limit(one_call(limit, written=20))
    llm = within(budget, max_tokens=100)

    with pytest.raises(BudgetExceededError):
        colour.whole(llm, "chat", MESSAGES)
    colour.whole(llm, "chat", MESSAGES, max_tokens=20)
    with pytest.raises(BudgetExceededError):
        colour.whole(llm, "chat", MESSAGES, model="gemini-large", max_tokens=20)

    assert len(sandbox.requests) == 1


def test_media_and_tools_count_as_tokens(within: Any, limit: Limit) -> None:
    """An image is a constant, a tool as long as its schema."""
    image = ImageBlock(url="https://example.com/cat.png")
    budget = limit(one_call(limit, read=100))
    llm = within(budget, max_tokens=100)

    llm.chat(MESSAGES)
    with pytest.raises(BudgetExceededError):
        llm.chat([ChatMessage([TextBlock(text=PONG), image])])
    tools = [FunctionTool.from_defaults(weather, description="Tell the weather. " * 40)]
    with pytest.raises(BudgetExceededError):
        llm.chat_with_tools(tools, PONG)


TOOLS: dict[str, tuple[Any, ...]] = {
    "generate_image": ("a cat",),
    "generate_video": ("waves",),
    "speak": ("Good morning",),
}


@pytest.mark.parametrize("name", TOOLS)
def test_media_tools_count(colour: Any, limit: Limit, sandbox: Sandbox, name: str) -> None:
    """Of a spec with a budget, in both colours."""
    budget = limit(100)
    spec = PollinationsToolSpec(budget=budget, **reach(sandbox))

    colour.whole(spec, name, *TOOLS[name])

    assert budget.spent > 0
    assert budget.reserved == 0
    with pytest.raises(BudgetExceededError):
        colour.whole(PollinationsToolSpec(budget=limit(0), **reach(sandbox)), name, *TOOLS[name])


def test_embeddings_count(limit: Limit, sandbox: Sandbox) -> None:
    """Of an object with a budget, in both colours."""
    budget = limit(1)
    vectors = PollinationsEmbedding(budget=budget, **reach(sandbox))

    vectors.get_text_embedding("one")
    once = budget.spent
    asyncio.run(vectors.aget_query_embedding("two"))

    assert 0 < once < budget.spent
    with pytest.raises(BudgetExceededError):
        PollinationsEmbedding(budget=limit(0), **reach(sandbox)).get_text_embedding("one")


@WAYS
def test_a_budget_as_a_field_counts_once(make: Make, colour: Any, limit: Limit, way: Any) -> None:
    """Beside one of the callback manager, which counts the same."""
    field, shared = limit(1), limit(1)
    llm = make(budget=field, callback_manager=CallbackManager([shared]))

    asked(colour, llm, way)

    assert field.spent == shared.spent > 0
    assert field.report()["calls"] == 1


@pytest.mark.parametrize("kind", [Pollinations, PollinationsEmbedding, PollinationsToolSpec])
def test_a_budget_of_a_wrong_type_is_refused(kind: Any) -> None:
    """When the object is made."""
    with pytest.raises(InvalidInputError, match="budget is a PollenBudget"):
        kind(api_key="sk_x", budget=0.5)


def test_a_model_with_a_budget_can_be_copied_but_not_pickled(make: Make, limit: Limit) -> None:
    """A copy shares the limit; another process cannot."""
    budget = limit(1)
    llm = make(budget=budget)

    llm.model_copy(deep=True).chat(MESSAGES)

    assert budget.spent > 0
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(llm)


def test_the_gateways_cache_is_free(within: Any, colour: Any, limit: Limit) -> None:
    """The same question a second time costs nothing."""
    budget = limit(1)
    llm = within(budget)
    colour.whole(llm, "chat", MESSAGES)
    once = budget.spent

    colour.whole(llm, "chat", MESSAGES)

    assert budget.spent == once
    assert budget.report()["calls"] == 2


def test_threads_reserve_first(within: Any, limit: Limit, sandbox: Sandbox) -> None:
    """Of ten calls at once only those go that fit together."""
    budget = limit(one_call(limit) * 3)
    sandbox.fail(Fault.slow(0.1, times=None))
    llm = within(budget, max_tokens=100, seed="random")

    def ask(_: int) -> bool:
        try:
            llm.chat(MESSAGES)
        except BudgetExceededError:
            return True
        return False

    with ThreadPoolExecutor(10) as pool:
        stopped = sum(pool.map(ask, range(10)))

    assert stopped + len(sandbox.requests) == 10
    assert stopped >= 5
    assert budget.spent <= budget.limit


async def test_tasks_reserve_first(within: Any, limit: Limit, sandbox: Sandbox) -> None:
    """The same in an event loop."""
    budget = limit(one_call(limit) * 3)
    sandbox.fail(Fault.slow(0.1, times=None))
    llm = within(budget, max_tokens=100, seed="random")

    answers = await asyncio.gather(
        *(llm.achat(MESSAGES) for _ in range(10)), return_exceptions=True
    )

    stopped = [answer for answer in answers if isinstance(answer, BudgetExceededError)]
    assert len(stopped) + len(sandbox.requests) == 10
    assert len(stopped) >= 5
    assert budget.reserved == 0


def test_structured_output_is_stopped(
    within: Any, colour: Any, limit: Limit, sandbox: Sandbox
) -> None:
    """Objects cost pollen too."""
    with pytest.raises(BudgetExceededError):
        colour.whole(within(limit(0)), "structured_predict", Person, PromptTemplate("Ada is 36."))

    assert sandbox.requests == []


async def test_an_agent_is_stopped(within: Any, limit: Limit, sandbox: Sandbox) -> None:
    """A workflow hands the error on."""
    agent = FunctionAgent(tools=[weather], llm=within(limit(0)))

    with pytest.raises(BudgetExceededError):
        await agent.run("What is the weather in Paris?")

    assert sandbox.requests == []


def test_an_unknown_price_stops_unless_it_is_allowed(
    within: Any, limit: Limit, sandbox: Sandbox
) -> None:
    """A model without a price may cost anything."""
    with pytest.raises(BudgetExceededError, match="no-such-model"):
        within(limit(1), model="no-such-model").chat(MESSAGES)
    assert sandbox.requests == []

    with pytest.raises(PollinationsError, match="no-such-model"):
        within(limit(1, allow_unknown=True), model="no-such-model").chat(MESSAGES)
    assert len(sandbox.requests) == 1
