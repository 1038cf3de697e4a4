"""A budget of pollen in calls: what each attempt reserves, costs and gives back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from colours import COLOURS, read, send

from _pollinations.account import balance
from _pollinations.chat.completions import body, complete, stream
from _pollinations.embeddings import embeddings
from _pollinations.http.admission import Admission
from _pollinations.http.call import Call, Stream
from _pollinations.http.client import Client
from _pollinations.http.errors import (
    BudgetExceededError,
    InterruptedStreamError,
    PollinationsError,
)
from _pollinations.limits.rate_limiter import RateLimiter
from _pollinations.media.images import image_call
from _pollinations.media.media import Media
from _pollinations.media.speech import speech, transcription
from _pollinations.media.videos import video_call
from _pollinations.models.budget import PollenBudget
from _pollinations.models.catalog import Catalog
from _pollinations.text import text
from pollinations_sandbox import Fault, Sandbox

MESSAGES = [{"role": "user", "content": "Tell me a long story about Ada."}]


@pytest.fixture
def known(sandbox: Sandbox, catalog: Catalog) -> Catalog:
    """A catalogue that was read already."""
    catalog.refresh()
    sandbox.requests.clear()
    return catalog


def reach(sandbox: Sandbox) -> dict[str, Any]:
    return {"api_key": sandbox.api_key, "base_url": sandbox.base_url}


def chat(**options: Any) -> Any:
    return body(MESSAGES, {"model": "openai", **options})


def most_of(known: Catalog, call: Call[Any] | Stream[Any]) -> Decimal:
    """What an attempt of a call reserves."""
    assert call.expected is not None
    reserved = known.expected_cost(call.expected())
    assert reserved is not None
    return reserved


@COLOURS
def test_a_stream_that_breaks_off_costs_what_it_reserved(
    sandbox: Sandbox, known: Catalog, colour: str
) -> None:
    """The gateway bills what was written, and a broken stream does not say how much that was."""
    call = stream(chat())
    budget = PollenBudget(1, known)
    sandbox.fail(Fault.cut(3))

    with pytest.raises(InterruptedStreamError):
        read(colour, call, 1000, **reach(sandbox), budget=budget)

    assert (budget.spent, budget.reserved) == (most_of(known, call), 0)


@COLOURS
def test_the_gateways_cache_is_free(sandbox: Sandbox, known: Catalog, colour: str) -> None:
    """The same question a second time costs nothing."""
    budget = PollenBudget(1, known)
    send(colour, complete(chat()), **reach(sandbox), budget=budget)
    once = budget.spent

    send(colour, complete(chat()), **reach(sandbox), budget=budget)

    assert budget.spent == once
    assert budget.report()["calls"] == 2


def sound() -> Media:
    with Sandbox() as sandbox:
        return Client(**reach(sandbox)).send(speech("Good morning", response_format="wav"))


CALLS: dict[str, Callable[[], Call[Any]]] = {
    "chat": lambda: complete(chat()),
    "text": lambda: text("Hi", model="openai"),
    "image": lambda: image_call("a cat", model="flux"),
    "image of the gateway's choice": lambda: image_call("a cat"),
    "video": lambda: video_call("waves", model="veo", duration=4),
    "video of the gateway's choice": lambda: video_call("waves"),
    "speech": lambda: speech("Good morning"),
    "transcription": lambda: transcription(sound()),
    "embeddings": lambda: embeddings(["one", "two"]),
}


@pytest.mark.parametrize("name", CALLS)
@COLOURS
def test_every_paid_endpoint_counts(
    sandbox: Sandbox, known: Catalog, colour: str, name: str
) -> None:
    """What it reserves is at least what it cost, and nothing stays reserved."""
    call, budget = CALLS[name](), PollenBudget(100, known)

    send(colour, call, **reach(sandbox), budget=budget)

    assert 0 < budget.spent <= most_of(known, call)
    assert (budget.reserved, budget.report()["calls"]) == (0, 1)


@pytest.mark.parametrize("name", CALLS)
@COLOURS
def test_a_call_that_would_pass_the_limit_is_not_sent(
    sandbox: Sandbox, known: Catalog, colour: str, name: str
) -> None:
    """At no endpoint."""
    call = CALLS[name]()
    budget = PollenBudget(most_of(known, call) * Decimal("0.99"), known)

    with pytest.raises(BudgetExceededError):
        send(colour, call, **reach(sandbox), budget=budget)

    assert sandbox.requests == []
    assert budget.left == budget.limit


@COLOURS
def test_free_calls_do_not_ask_for_prices(sandbox: Sandbox, nowhere: Catalog, colour: str) -> None:
    """A budget of nothing lets them through."""
    send(colour, balance(), **reach(sandbox), budget=PollenBudget(0, nowhere))


@COLOURS
def test_each_attempt_reserves(sandbox: Sandbox, known: Catalog, colour: str) -> None:
    """A failed attempt gives back what it reserved; the next reserves anew."""
    call = complete(chat())
    budget = PollenBudget(most_of(known, call), known)
    sandbox.fail(Fault.status(503, retry_after=0, times=2))

    send(colour, call, **reach(sandbox), budget=budget, max_retries=2)

    assert budget.report()["calls"] == 1


@COLOURS
def test_a_failed_attempt_gives_back(sandbox: Sandbox, known: Catalog, colour: str) -> None:
    """Whole or in pieces: no answer, no cost."""
    budget = PollenBudget(1, known)
    sandbox.fail(Fault.status(400, times=None))

    with pytest.raises(PollinationsError):
        send(colour, complete(chat()), **reach(sandbox), budget=budget)
    with pytest.raises(PollinationsError):
        read(colour, stream(chat()), 1, **reach(sandbox), budget=budget)

    assert (budget.spent, budget.reserved) == (0, 0)


@COLOURS
def test_each_gateway_has_its_own_prices(sandbox: Sandbox, colour: str) -> None:
    """They are read once, with the client's key; objects of two gateways may share a budget."""
    budget = PollenBudget(1, catalog=True)
    with Sandbox() as other:
        for gateway in (sandbox, other):
            for seed in (1, 2):
                send(colour, complete(chat(seed=seed)), **reach(gateway), budget=budget)
            assert [request.path for request in gateway.requests].count("/text/models") == 1

    assert budget.report()["calls"] == 4


@COLOURS
def test_prices_are_read_outside_of_the_limits(sandbox: Sandbox, colour: str) -> None:
    """The lists wait for no turn of the limiter."""
    limiter = RateLimiter(requests_per_second=1, timeout=0)

    send(colour, complete(chat()), **reach(sandbox), budget=PollenBudget(1), rate_limiter=limiter)


@COLOURS
def test_a_budget_without_a_limit_counts(sandbox: Sandbox, colour: str) -> None:
    """It refuses nothing, also no model without a price."""
    budget = PollenBudget(float("inf"))

    send(colour, complete(chat()), **reach(sandbox), budget=budget)
    unreachable = Client("sk_none", "http://127.0.0.1:9", budget=budget)
    with Admission(unreachable, complete(chat(model="no-such-model"))):
        pass

    assert budget.spent > 0
    assert budget.report()["left"] == float("inf")
    assert repr(budget) == f"PollenBudget(limit=Infinity, spent={budget.spent:f})"


def test_two_budgets_both_hold(known: Catalog) -> None:
    """What the second one refuses, the first one gives back."""
    wide, narrow = PollenBudget(1, known), PollenBudget(0, known)
    client = Client("sk_none", "http://127.0.0.1:9", budget=wide)

    with pytest.raises(BudgetExceededError):
        client.within([narrow]).send(complete(chat()))

    assert wide.left == wide.limit
