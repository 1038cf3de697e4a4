"""A limit is never passed by what is sent."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from _pollinations.http.client import Client
from _pollinations.http.errors import APIConnectionError, BudgetExceededError, InvalidInputError
from _pollinations.limits.budget import PollenBudget
from _pollinations.models.discovery import Catalog
from pollinations_sandbox import Sandbox


@pytest.fixture
def catalog(sandbox: Sandbox, tmp_path: Path) -> Catalog:
    return Catalog(Client(sandbox.api_key, sandbox.base_url), tmp_path / "catalog.sqlite3")


@pytest.fixture
def nowhere() -> Catalog:
    """A catalogue that is not to be had."""
    return Catalog(Client("sk_none", "http://127.0.0.1:9", max_retries=0), Path())


def expected(catalog: Catalog, name: str, read: int, written: int) -> Decimal:
    """What so many tokens cost."""
    model = catalog.model(name)
    assert model is not None
    assert model.prices.prompt is not None
    assert model.prices.completion is not None
    return read * model.prices.prompt + written * model.prices.completion


def test_a_call_reserves_and_settles() -> None:
    """What it may cost is set aside, until it is known what it did cost."""
    budget = Budget(1)

    budget.reserve("a", Decimal("0.5"))
    assert (budget.spent, budget.reserved, budget.left) == (0, Decimal("0.5"), Decimal("0.5"))

    budget.settle("a", Decimal("0.2"), "gemini")
    assert (budget.spent, budget.reserved, budget.left) == (Decimal("0.2"), 0, Decimal("0.8"))


def test_the_limit_may_be_reached_but_not_passed() -> None:
    """The last pollen may be reserved; one more may not, and that says why."""
    budget = Budget(1)
    budget.reserve("a", Decimal("0.4"))
    budget.settle("a", None)
    budget.reserve("b", Decimal("0.6"))

    with pytest.raises(BudgetExceededError, match=r"limit of 1, 0\.4 are spent and 0\.6 reserved"):
        budget.reserve("c", Decimal("0.0001"))


def test_what_is_released_is_free_again() -> None:
    """A call without an answer costs nothing."""
    budget = Budget(1)
    budget.reserve("a", Decimal(1))

    budget.release("a")
    budget.release("a")

    assert budget.left == 1
    assert budget.report()["calls"] == 0


def test_an_unknown_cost_counts_as_reserved() -> None:
    """Nobody spends unseen."""
    budget = Budget(1)
    budget.reserve("a", Decimal("0.3"))

    budget.settle("a", None)

    assert budget.spent == Decimal("0.3")


def test_a_call_settles_only_once() -> None:
    """What was not reserved, or is settled, changes nothing."""
    budget = Budget(1)
    budget.reserve("a", Decimal("0.3"))

    for call in ("a", "a", "b"):
        budget.settle(call, Decimal("0.1"))

    assert budget.spent == Decimal("0.1")


def test_an_answer_dearer_than_expected_stops_the_next() -> None:
    """What is left may fall below 0; then not even a free call is sent."""
    budget = Budget(1)
    budget.reserve("a", Decimal("0.5"))
    budget.settle("a", Decimal("1.5"))

    assert budget.left == Decimal("-0.5")
    with pytest.raises(BudgetExceededError):
        budget.reserve("b", Decimal(0))


def test_a_report_tells_everything() -> None:
    """As plain numbers, for logs and pages."""
    budget = Budget(0.5)
    for call, model in enumerate(["gemini", "openai", "gemini"]):
        budget.reserve(call, Decimal("0.1"))
        budget.settle(call, Decimal("0.05"), model)
    budget.reserve("under way", Decimal("0.1"))

    assert budget.report() == {
        "limit": 0.5,
        "spent": 0.15,
        "reserved": 0.1,
        "left": 0.25,
        "calls": 3,
        "models": {"gemini": 0.1, "openai": 0.05},
    }


@pytest.mark.parametrize("limit", [-1, float("nan"), float("inf"), "much", None, True])
def test_a_limit_is_a_number(limit: Any) -> None:
    """Anything else is found at once."""
    with pytest.raises(InvalidInputError, match="limit"):
        Budget(limit)


@pytest.mark.parametrize("limit", [0.1, Decimal("0.1")])
def test_a_limit_is_exact(limit: Any) -> None:
    """Without the dust of binary fractions."""
    assert Budget(limit).left == Decimal("0.1")


def test_copies_share_the_budget() -> None:
    """A model that is copied goes on with the same limit."""
    budget = Budget(1)

    assert copy.copy(budget) is budget
    assert copy.deepcopy({"callbacks": [budget]})["callbacks"][0] is budget


def test_threads_never_pass_the_limit_together() -> None:
    """Of a hundred calls at once, as many go as the limit allows."""
    budget = Budget(1)
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


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
@pytest.mark.parametrize(
    ("longest", "written"),
    [({}, 1000), ({"max_tokens": 50}, 50), ({"max_completion_tokens": 70}, 70)],
)
def test_a_call_may_cost_its_longest_answer(
    catalog: Catalog, longest: dict[str, int], written: int
) -> None:
    """The prompt's tokens and those of the answer, at the catalogue's price."""
    budget = PricedBudget(1, catalog)

    budget.begin("a", {"model_name": "openai", **longest}, read=200)

    assert budget.reserved == expected(catalog, "openai", 200, written)


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "openai", "fallback_models": ["gemini-large"]},
        {"model": "openai", "escalate_to": "gemini-large"},
        {"model_name": "openai", "model": "gemini-large"},
        {"model": "auto", "fallback_models": ["gemini-large"]},
    ],
)
def test_the_dearest_that_may_answer_counts(catalog: Catalog, asked: dict[str, Any]) -> None:
    """Whoever it is in the end, the limit holds."""
    budget = PricedBudget(1, catalog)

    budget.begin("a", asked, read=200)

    assert budget.reserved == expected(catalog, "gemini-large", 200, 1000)


@pytest.mark.parametrize(
    ("told", "spent"),
    [
        ({"cost": 0.25}, Decimal("0.25")),
        ({"cost": 0}, Decimal(0)),
        ({"headers": {"x-cache": "HIT"}}, Decimal(0)),
    ],
)
def test_what_an_answer_tells_counts(
    catalog: Catalog, told: dict[str, Any], spent: Decimal
) -> None:
    """Its cost, or that it came from the gateway's cache."""
    budget = PricedBudget(1, catalog)
    budget.begin("a", {"model": "openai"}, read=10)

    budget.end("a", {"model_name": "openai", **told})

    assert budget.spent == spent
    assert budget.reserved == 0


def test_else_what_was_counted_counts(catalog: Catalog) -> None:
    """At the price of the model that answered."""
    budget = PricedBudget(1, catalog)
    budget.begin("a", {"model": "openai", "fallback_models": ["mistral"]}, read=10)

    usage = {"prompt_tokens": 20, "completion_tokens": 30}
    budget.end("a", {"model_name": "mistral", "token_usage": usage})

    assert budget.spent == expected(catalog, "mistral", 20, 30)
    assert [*budget.report()["models"]] == ["mistral"]


@pytest.mark.parametrize("told", [{}, {"model_name": "openai"}, {"model_name": "no-such-model"}])
def test_an_answer_that_tells_nothing_costs_what_was_reserved(
    catalog: Catalog, told: dict[str, Any]
) -> None:
    """A stream without counts is not free."""
    budget = PricedBudget(1, catalog)
    budget.begin("a", {"model": "openai"}, read=10)

    budget.end("a", told)

    assert budget.spent == expected(catalog, "openai", 10, 1000)


@pytest.mark.parametrize(
    "asked",
    [{"model": "no-such-model"}, {"model": "openai", "fallback_models": ["no-such-model"]}],
)
def test_an_unknown_price_stops_the_call(catalog: Catalog, asked: dict[str, Any]) -> None:
    """What nobody knows the price of may cost anything."""
    budget = PricedBudget(1, catalog)

    with pytest.raises(BudgetExceededError, match="Nobody knows what no-such-model costs"):
        budget.begin("a", asked, read=10)

    assert budget.reserved == 0


def test_an_unknown_price_may_be_allowed(catalog: Catalog) -> None:
    """Then it counts as free."""
    budget = PricedBudget(0, catalog, allow_unknown=True)

    budget.begin("a", {"model": "no-such-model"}, read=10)
    budget.end("a", {"model_name": "no-such-model", "token_usage": {"prompt_tokens": 5}})

    assert budget.spent == 0


def test_without_a_catalogue_nothing_is_sent(nowhere: Catalog) -> None:
    """Its own error says why, unless unknown prices are allowed."""
    with pytest.raises(APIConnectionError):
        PricedBudget(1, nowhere).begin("a", {"model": "openai"}, read=10)

    PricedBudget(1, nowhere, allow_unknown=True).begin("a", {"model": "auto"}, read=10)


def test_a_request_without_a_system_message_gets_a_long_one() -> None:
    """The gateway's own; a developer's message does not take its place."""
    assert inserted(["system", "human"]) == inserted(iter(["user", "system"])) == 0
    assert inserted(["developer", "user"]) == inserted([]) == INSERTED > 250
