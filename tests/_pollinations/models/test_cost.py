"""What an answer cost, computed by hand beside it."""

from decimal import Decimal
from typing import Any

import pytest

from _pollinations.chat.completions import body, complete
from _pollinations.chat.reply import Reply, Usage
from _pollinations.models.catalog import Model, models
from _pollinations.models.cost import Units, cost, cost_of_answer, units_of, units_of_headers
from _pollinations.models.prices import Prices, read_prices

M = Decimal("1e-6")
OPENAI = read_prices(
    {"promptTextTokens": 1.5e-7, "promptCachedTokens": 4e-8, "completionTextTokens": 6e-7}
)
MISTRAL = Prices(prompt=M, completion=3 * M)
AUDIO = Prices(prompt=M, completion=2 * M, prompt_audio=11 * M, completion_audio=22 * M)
THINKER = Prices(prompt=M, completion=2 * M, reasoning=5 * M)
CLAUDE = Prices(prompt=3 * M, cached=Decimal("0.3") * M, cache_written=4 * M, completion=15 * M)
GEMINI = Prices(prompt=M, prompt_image=2 * M, completion=3 * M)
VEO = Prices(completion_video_seconds=Decimal("0.08"), completion_audio_seconds=Decimal("0.02"))
NANOBANANA = Prices(prompt=M, prompt_image=M, completion_image=30 * M)


def model(prices: Prices) -> Model:
    return Model(name="it", prices=prices)


@pytest.mark.parametrize(
    ("usage", "prices", "pollen"),
    [
        # Tokens: 1000 x 0.15 + 300 x 0.6 per million.
        (Usage(1000, 300, 1300), OPENAI, "0.00033"),
        # Cached: 400 x 0.15 + 600 x 0.04 + 300 x 0.6.
        (Usage(1000, 300, 1300, cached=600), OPENAI, "0.000264"),
        # Cached without a price of its own: 1000 x 1 + 300 x 3.
        (Usage(1000, 300, 1300, cached=600), MISTRAL, "0.0019"),
        # Written to the cache: 100 x 3 + 200 x 0.3 + 700 x 4 + 10 x 15.
        (Usage(1000, 10, 1010, cached=200, cache_written=700), CLAUDE, "0.00331"),
        # Reasoning within the completion: 100 x 1 + 50 x 2 + 250 x 5.
        (Usage(100, 300, 400, reasoning=250), THINKER, "0.00145"),
        # Reasoning without a price of its own: 100 x 1 + 300 x 3.
        (Usage(100, 300, 400, reasoning=250), MISTRAL, "0.001"),
        # Reasoning counted beside the completion: 100 x 1 + 20 x 3 + 250 x 3.
        (Usage(100, 20, 370, reasoning=250), MISTRAL, "0.00091"),
        # Audio: 40 x 1 + 60 x 11 + 10 x 2 + 90 x 22.
        (Usage(100, 100, 200, prompt_audio=60, completion_audio=90), AUDIO, "0.0027"),
        # Audio that has no price: 100 x 1 + 100 x 3.
        (Usage(100, 100, 200, prompt_audio=60, completion_audio=90), MISTRAL, "0.0004"),
        # Pictures that are read: 100 x 1 + 900 x 2 + 10 x 3.
        (Usage(1000, 10, 1010, prompt_image=900), GEMINI, "0.00193"),
        # A picture at a flat price, and two.
        (Units(completion_image=Decimal(1)), Prices(completion_image=Decimal("0.04")), "0.04"),
        (Units(completion_image=Decimal(2)), Prices(completion_image=Decimal("0.04")), "0.08"),
        # A picture by its tokens: 20 x 1 + 258 x 1 + 1290 x 30.
        (
            Units(prompt=Decimal(20), prompt_image=Decimal(258), completion_image=Decimal(1290)),
            NANOBANANA,
            "0.038978",
        ),
        # Video: 6 s x 0.08 + 6 s of sound x 0.02.
        (
            Units(completion_video_seconds=Decimal(6), completion_audio_seconds=Decimal(6)),
            VEO,
            "0.6",
        ),
        (
            Units(completion_video=Decimal(100_000)),
            Prices(completion_video=Decimal("1.8") * M),
            "0.18",
        ),
        # Transcription: 12.5 s x 0.00004.
        (
            Units(prompt_audio_seconds=Decimal("12.5")),
            Prices(prompt_audio_seconds=Decimal("0.00004")),
            "0.0005",
        ),
        (Usage(0, 0, 0), OPENAI, "0"),
    ],
)
def test_costs_are_as_computed_by_hand(usage: Usage | Units, prices: Prices, pollen: str) -> None:
    """Every kind of price, with the gateway's rule of which token counts as what."""
    assert cost(usage, model(prices)) == Decimal(pollen)


@pytest.mark.parametrize(
    ("usage", "prices"),
    [
        (Usage(1000, 300, 1300), Prices()),
        (Usage(0, 0, 0), Prices()),
        (Usage(1000, 300, 1300), Prices(prompt=M)),
        (Units(completion_image=Decimal(1)), MISTRAL),
        (Units(completion_video_seconds=Decimal(1)), MISTRAL),
    ],
)
def test_a_cost_without_a_price_is_unknown(usage: Usage | Units, prices: Prices) -> None:
    """No price, no cost: a free model and an unknown one look the same."""
    assert cost(usage, model(prices)) is None


def test_each_token_is_counted_once() -> None:
    """Sums come with their parts in them, and are taken apart."""
    usage = Usage(100, 50, 150, cached=30, prompt_audio=20, reasoning=10, completion_audio=15)

    assert units_of(usage) == Units(
        prompt=Decimal(50),
        cached=Decimal(30),
        prompt_audio=Decimal(20),
        completion=Decimal(25),
        reasoning=Decimal(10),
        completion_audio=Decimal(15),
    )


def test_the_gateways_counts_are_read_from_headers() -> None:
    """All names of `x-usage-*`, and None where there are none."""
    counted = units_of_headers(
        {"x-usage-prompt-text-tokens": "7", "x-usage-completion-image-tokens": "1", "date": "x"}
    )

    assert counted == Units(prompt=Decimal(7), completion_image=Decimal(1))
    assert units_of_headers({"x-cache": "HIT", "x-usage-prompt-text-tokens": "?"}) is None


USAGE = Usage(1000, 300, 1300)
REPORTED = Usage(1000, 300, 1300, cost=Decimal("0.5"))
HIT, COUNTED = {"x-cache": "HIT"}, {"x-usage-prompt-text-tokens": "10", "x-cache": "MISS"}


@pytest.mark.parametrize(
    ("reply", "prices", "pollen"),
    [
        *((Reply(usage=usage, headers=HIT), Prices(), "0") for usage in (USAGE, REPORTED)),
        (Reply(usage=REPORTED, headers=COUNTED), MISTRAL, "0.5"),
        (Reply(usage=USAGE, headers=COUNTED), MISTRAL, "0.00001"),
        (Reply(usage=USAGE), MISTRAL, "0.0019"),
        (Reply(), MISTRAL, None),
    ],
)
def test_a_reply_is_priced_by_the_best_that_is_known(
    reply: Reply, prices: Prices, pollen: str | None
) -> None:
    """The gateway's cache is free; then its price, its counts, and the provider's usage."""
    found = cost_of_answer(reply, model(prices))

    assert found == (None if pollen is None else Decimal(pollen))


def test_both_counts_of_one_answer_agree(ask_once: Any) -> None:
    """The sandbox's headers and its usage give the same price, and a repetition is free."""
    call = complete(body([{"role": "user", "content": "Hello"}], {"model": "gemini"}))
    listed = ask_once.send(models("text"))
    gemini = next(model for model in listed if model.answers_to("gemini"))
    reply = ask_once.send(call)

    price = cost_of_answer(reply, gemini)
    assert price is not None
    assert price > 0
    assert price == cost(reply.usage, gemini)
    assert cost_of_answer(ask_once.send(call), gemini) == 0
    assert cost(Units(completion_image=Decimal(1)), ask_once.send(models("image"))[0]) == Decimal(
        "0.004"
    )
