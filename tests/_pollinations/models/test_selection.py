"""Which model is taken, from lists of different times."""

from decimal import Decimal
from typing import Any

import pytest

from _pollinations.http.client import Client
from _pollinations.http.errors import InvalidInputError
from _pollinations.models.model import Model, models
from _pollinations.models.prices import Prices
from _pollinations.models.requirements import Requirements
from _pollinations.models.selection import (
    available,
    by_price,
    cheapest,
    choose,
    first_available,
    names_for,
    typical_cost,
)
from pollinations_sandbox import Sandbox

M = Decimal("1e-6")


def priced(name: str, prompt: str, completion: str, **facts: object) -> Model:
    prices = Prices(prompt=Decimal(prompt) * M, completion=Decimal(completion) * M)
    return Model(name=name, kind="text", prices=prices, **facts)  # type: ignore[arg-type]


CHEAP = priced("cheap", "0.1", "0.2")
TOOLED = priced("tooled", "0.2", "0.4", tools=True, context=100_000)
SEEING = priced("seeing", "0.3", "0.6", tools=True, inputs=("text", "image"), vision=True)
THINKING = priced("thinking", "0.5", "5", tools=True, reasoning=True, context=200_000)
FREE = Model(name="free", kind="text", tools=True)
SPECIAL = priced("special", "0.01", "0.01", is_specialized=True)
COMMUNITY = priced("community", "0.02", "0.02", community=True)
WHISPER = Model(
    name="whisper",
    inputs=("audio",),
    outputs=("text",),
    prices=Prices(prompt=M / 1000, completion=M / 1000),
)
ALL = (FREE, THINKING, SEEING, TOOLED, CHEAP, priced("as cheap", "0.1", "0.2"))
ALL = (*ALL, SPECIAL, COMMUNITY, WHISPER)


@pytest.mark.parametrize(
    ("require", "name"),
    [
        ({}, "cheap"),
        ({"tools": True}, "tooled"),
        ({"tools": False}, "cheap"),
        ({"tools": True, "vision": True}, "seeing"),
        ({"inputs": {"image"}}, "seeing"),
        ({"inputs": {"image", "video"}}, None),
        ({"reasoning": True}, "thinking"),
        ({"reasoning": False, "tools": True}, "tooled"),
        ({"min_context": 100_000}, "tooled"),
        ({"min_context": 100_001}, "thinking"),
        ({"specialized": None}, "special"),
        ({"specialized": True}, "special"),
        ({"community": None}, "community"),
        ({"web_search": True}, None),
    ],
)
def test_the_cheapest_meets_all_requirements(require: Requirements, name: str | None) -> None:
    """True must have, False must not, None does not matter, and what is not listed is False.

    A model without prices is unknown, not free; of several at a price the first one is taken.
    """
    models = by_price(ALL, **require)

    assert cheapest(ALL, **require) is (models[0] if models else None)
    assert (models[0].name if models else None) == name
    assert FREE not in models


def test_the_typical_request_weighs_the_prices() -> None:
    """Who reads much and writes little takes another model than who writes much."""
    reader, writer = priced("reader", "1", "10"), priced("writer", "2", "1")

    assert cheapest([reader, writer], typical=(1000, 10)) is reader
    assert cheapest([reader, writer], typical=(10, 1000)) is writer


@pytest.mark.parametrize(
    ("require", "reason"),
    [
        ({"visoin": True}, "did you mean 'vision'"),
        ({"vision": "perhaps"}, "vision: Input should be a valid boolean"),
        ({"inputs": "image"}, "inputs: Input should be a valid"),
    ],
)
def test_a_requirement_that_no_model_can_meet_is_refused(require: Any, reason: str) -> None:
    """A typing error in its name or value; what a value can only mean is understood."""
    with pytest.raises(InvalidInputError, match=reason):
        cheapest(ALL, **require)
    with pytest.raises(InvalidInputError, match=reason):
        names_for(ALL, require)


def test_requirements_from_json_are_understood() -> None:
    """Which has no sets; and some write yes."""
    assert cheapest(ALL, inputs=["image"], vision="yes") is SEEING  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        (Prices(prompt=M, completion=2 * M), 0.0016),
        (Prices(completion_image=Decimal("0.04")), 0.04),
        (Prices(prompt=M, completion_image=30 * M), 0.0397),
        (Prices(completion_video_seconds=Decimal("0.15")), 0.75),
        (Prices(prompt=M), None),
        (Prices(completion=M), None),
        (Prices(), None),
    ],
)
def test_a_typical_request_costs(prices: Prices, cost: float | None) -> None:
    """Tokens, a picture, the 1,290 tokens of one, five seconds of video; else it is unknown."""
    assert typical_cost(Model(name="it", prices=prices)) == (cost and Decimal(str(cost)))


GEMINI = Model(name="google/gemini-3.7-flash", aliases=("gemini",))
LARGE = Model(name="gemini-large")
OPENAI = Model(name="openai", aliases=("openai/gpt-5.4-nano",))
SEARCH = Model(name="gemini-search")


def test_the_order_is_gemini_openai_gemini_large() -> None:
    """Aliases and canonical ids are understood alike, and what does not exist is skipped."""
    assert first_available([SEARCH, LARGE, OPENAI, GEMINI]) is GEMINI
    assert first_available([SEARCH, LARGE, OPENAI]) is OPENAI
    assert first_available([SEARCH, LARGE]) is LARGE
    assert first_available([SEARCH]) is None
    assert first_available([LARGE, OPENAI], ["openai/gpt-5.4-nano"]) is OPENAI


def test_an_order_names_each_model_once() -> None:
    """Two names of one model are one choice; a name goes before another model's alias."""
    impostor = Model(name="other", aliases=("openai", "gemini"))

    assert available([impostor, OPENAI], ["openai/gpt-5.4-nano", "openai"]) == (OPENAI,)
    assert available([impostor, OPENAI], ["openai"]) == (OPENAI,)
    assert available([impostor, OPENAI], ["gemini"]) == (impostor,)
    assert available([OPENAI, Model(name="openai", tools=True)], ["openai"]) == (OPENAI,)
    assert available([OPENAI], []) == ()


def test_without_the_usual_models_the_cheapest_are_chosen() -> None:
    """A key that may use none of the order still gets a model and fallbacks."""
    assert choose(ALL, "text") == ("cheap", "as cheap", "tooled")
    assert choose(ALL, "image") == ()
    assert choose([GEMINI, *ALL], "text") == (GEMINI.name,)


@pytest.mark.parametrize("catalog", ["seed", "2026-01", "2026-10"])
def test_the_gateways_lists_are_chosen_from(catalog: str) -> None:
    """In three spellings of the lists the same models win."""
    with Sandbox(api="2026-10" if catalog == "2026-10" else "2026-01", prices=catalog) as sandbox:  # type: ignore[arg-type]
        client = Client(base_url=sandbox.base_url)
        texts, images = client.send(models("text")), client.send(models("image"))

    assert by_price(texts, tools=True)[0].answers_to("nova-fast")
    assert by_price(texts, inputs={"image"})[0].answers_to("openai-fast")
    usual = available(texts, ("gemini", "openai", "gemini-large"))
    assert choose(texts, "text") == tuple(model.name for model in usual)
    assert choose(texts, "search")[0] == available(texts, ["gemini-search"])[0].name
    assert choose(images, "image")[0] == available(images, ["flux"])[0].name
    assert cheapest(images) is None
