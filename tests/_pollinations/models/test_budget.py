"""A limit is never passed by what is sent."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from colours import COLOURS

from _pollinations.chat.completions import body
from _pollinations.chat.tokens import INSERTED, expected_usage
from _pollinations.http.admission import Admission
from _pollinations.http.call import Expected
from _pollinations.http.client import Client
from _pollinations.http.errors import (
    APIConnectionError,
    BudgetExceededError,
    InvalidInputError,
)
from _pollinations.models.budget import PollenBudget
from _pollinations.models.catalog import Catalog
from _pollinations.text import text

MESSAGES = [{"role": "user", "content": "Tell me a long story about Ada."}]


def attempt(expected: Expected) -> Admission:
    """An attempt of a client that reaches nothing."""
    admission = Admission(Client("sk_none", "http://127.0.0.1:9"), text("Hi"))
    admission.expected = expected
    return admission


def budget_of(limit: Any) -> PollenBudget:
    """A budget that looks nothing up."""
    return PollenBudget(limit, Catalog(Client("sk_none"), Path()))


def test_the_limit_may_be_reached_but_not_passed() -> None:
    """An unknown cost counts as reserved; the error says how the limit is used up."""
    budget = budget_of(1)
    budget.reserve("a", Decimal("0.4"))
    for call in ("a", "a", "unknown"):
        budget.charge(call, None)
    budget.reserve("b", Decimal("0.6"))

    with pytest.raises(BudgetExceededError, match=r"limit of 1, 0\.4 are spent and 0\.6 reserved"):
        budget.reserve("c", Decimal("0.0001"))
    for _ in range(2):
        budget.release("b")
    assert (budget.left, budget.report()["calls"]) == (Decimal("0.6"), 1)


def test_an_answer_dearer_than_expected_stops_the_next() -> None:
    """What is left may fall below 0; then not even a free call is sent."""
    budget = budget_of(1)
    budget.reserve("a", Decimal("0.5"))
    budget.charge("a", Decimal("1.5"))

    assert budget.left == Decimal("-0.5")
    with pytest.raises(BudgetExceededError):
        budget.reserve("b", Decimal(0))


def test_a_report_tells_everything() -> None:
    """As plain numbers, for logs and pages, and without the rounding errors of binary fractions."""
    budget = budget_of(0.3)
    for call, model in enumerate(["gemini", "openai", "gemini"]):
        budget.reserve(call, Decimal("0.1"))
        budget.charge(call, Decimal("0.05"), model)
    budget.reserve("under way", Decimal("0.1"))

    assert budget.report() == {
        "limit": 0.3,
        "spent": 0.15,
        "reserved": 0.1,
        "left": 0.05,
        "calls": 3,
        "models": {"gemini": 0.1, "openai": 0.05},
    }


@pytest.mark.parametrize("limit", [-1, float("nan"), "inf", "much", None, True])
def test_a_limit_is_a_number(limit: Any) -> None:
    """Anything else is found at once."""
    with pytest.raises(InvalidInputError, match="limit"):
        budget_of(limit)


def test_threads_never_pass_the_limit_together() -> None:
    """Of a hundred calls at once, as many go as the limit allows."""
    budget = budget_of(1)
    start = threading.Barrier(8)
    went: list[int] = []

    def call(worker: int) -> None:
        start.wait()
        for number in range(100):
            with suppress(BudgetExceededError):
                budget.reserve((worker, number), Decimal("0.01"))
                went.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(8)))

    assert len(went) == 100
    assert budget.left == 0


def test_an_unknown_price_stops_the_call(catalog: Catalog) -> None:
    """Unless such models are allowed; then they count as free."""
    unknown = Expected("no-such-model", {"prompt": 5})

    with pytest.raises(BudgetExceededError, match="No price is known for no-such-model"):
        PollenBudget(1, catalog).enter(attempt(unknown))

    budget = PollenBudget(0, catalog, allow_unknown=True)
    allowed = attempt(unknown)
    budget.enter(allowed)
    allowed.begun = True
    budget.leave(allowed)
    assert budget.spent == 0


def test_a_misspelt_model_gets_names_and_a_picture_no_max_tokens(catalog: Catalog) -> None:
    """What to do fits what was asked for."""

    def next_step(limit: float, expected: Expected) -> str:
        with pytest.raises(BudgetExceededError) as caught:
            PollenBudget(limit, catalog).enter(attempt(expected))
        return caught.value.next_step

    misspelt = next_step(1, Expected("opnai", {"prompt": 5}))
    assert "Did you mean 'openai'" in misspelt
    assert "pollinations-models" in misspelt
    assert "limit" not in misspelt
    assert "max_tokens" in next_step(0, Expected("openai", {"prompt": 5, "completion": 5}))
    assert next_step(0, Expected("flux", {"images": 1})) == BudgetExceededError.advice


def prompt(*messages: dict[str, Any], **options: Any) -> float:
    """How many tokens a chat is expected to read."""
    return expected_usage(body(messages, {"model": "openai", **options})).units["prompt"]


def test_a_prompt_counts_its_messages_media_and_tools() -> None:
    """The gateway adds a system message where there is none, and that is paid too."""
    system = {"role": "system", "content": "Be brief."}
    image = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
    tool = {"type": "function", "function": {"name": "weather", "description": "Tell it. " * 40}}
    plain = prompt(*MESSAGES)

    assert plain > INSERTED
    assert prompt(system, *MESSAGES) < INSERTED
    assert prompt(*MESSAGES, tools=[tool]) > plain + 80
    assert prompt({"role": "user", "content": [image]}) > plain + 80


@COLOURS
def test_without_a_catalogue_nothing_is_sent(nowhere: Catalog, colour: str) -> None:
    """Its own error says why, unless unknown prices are allowed."""
    it = Expected("openai", {"prompt": 5})

    def enter(budget: PollenBudget) -> None:
        if colour == "sync":
            budget.enter(attempt(it))
        else:
            asyncio.run(budget.aenter(attempt(it)))

    with pytest.raises(APIConnectionError):
        enter(PollenBudget(1, nowhere))
    enter(PollenBudget(1, nowhere, allow_unknown=True))


async def test_reading_prices_does_not_block_the_event_loop(catalog: Catalog) -> None:
    """The first call of a budget discovers the prices by coroutines."""
    budget = PollenBudget(1, catalog)

    with blockbuster_ctx():
        await budget.aenter(attempt(Expected("openai", {"prompt": 5})))

    assert budget.reserved > 0


class Collected:
    """A call at whose reservation the garbage collector ends another one."""

    def __init__(self, budget: PollenBudget, other: str) -> None:
        self.budget, self.other = budget, other

    def __hash__(self) -> int:
        self.budget.release(self.other)
        return id(self)


def test_a_call_may_end_in_the_midst_of_another() -> None:
    """As a forgotten stream does; nothing waits for itself, and no sum is lost."""
    budget = PollenBudget(1)
    budget.reserve("forgotten", Decimal("0.5"))
    call = Collected(budget, "forgotten")

    thread = threading.Thread(target=budget.reserve, args=(call, Decimal("0.2")), daemon=True)
    thread.start()
    thread.join(10)

    assert not thread.is_alive()
    assert budget.reserved == Decimal("0.2")


@pytest.mark.parametrize("wrong", [False, 0.5, "catalog", object()])
def test_a_catalog_of_a_wrong_type_is_refused(wrong: Any) -> None:
    """When the budget is made."""
    with pytest.raises(InvalidInputError, match="catalog is a Catalog or None"):
        PollenBudget(1, catalog=wrong)
