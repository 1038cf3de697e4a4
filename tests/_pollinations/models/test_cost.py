"""What an answer cost, computed by hand beside it."""

from decimal import Decimal

import pytest

from _pollinations.chat.reply import Reply, Usage
from _pollinations.models.cost import cost, cost_of_answer, units_of_headers
from _pollinations.models.model import Model
from _pollinations.models.prices import Prices, Units


def per_million(**prices: float) -> Prices:
    return Prices(**{name: Decimal(str(price)) / 1_000_000 for name, price in prices.items()})


def units(**counts: float) -> Units:
    return Units(**{name: Decimal(str(count)) for name, count in counts.items()})


OPENAI = per_million(prompt=0.15, cached=0.04, completion=0.6)
MISTRAL = per_million(prompt=1, completion=3)
AUDIO = per_million(prompt=1, completion=2, prompt_audio=11, completion_audio=22)
THINKER = per_million(prompt=1, completion=2, reasoning=5)
CLAUDE = per_million(prompt=3, cached=0.3, cache_written=4, completion=15)
GEMINI = per_million(prompt=1, prompt_image=2, completion=3)
NANOBANANA = per_million(prompt=1, prompt_image=1, completion_image=30)
SEEDANCE = per_million(completion_video=1.8)
WHISPER = per_million(prompt_audio_seconds=40)
FLUX = Prices(completion_image=Decimal("0.04"))
VEO = Prices(completion_video_seconds=Decimal("0.08"), completion_audio_seconds=Decimal("0.02"))


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
        # Two pictures at a flat price; of what was not used no price is needed.
        (units(prompt=0, completion_image=2), FLUX, "0.08"),
        # A picture by its tokens: 20 x 1 + 258 x 1 + 1290 x 30.
        (units(prompt=20, prompt_image=258, completion_image=1290), NANOBANANA, "0.038978"),
        # Video: 6 s x 0.08 + 6 s of sound x 0.02.
        (units(completion_video_seconds=6, completion_audio_seconds=6), VEO, "0.6"),
        (units(completion_video=100_000), SEEDANCE, "0.18"),
        # Transcription: 12.5 s x 0.00004.
        (units(prompt_audio_seconds=12.5), WHISPER, "0.0005"),
        (Usage(0, 0, 0), OPENAI, "0"),
        # A free model and an unknown one look the same.
        (Usage(1000, 300, 1300), Prices(), None),
        (Usage(0, 0, 0), Prices(), None),
        (Usage(1000, 300, 1300), per_million(prompt=1), None),
        (units(completion_image=1), MISTRAL, None),
        (units(completion_video_seconds=1), MISTRAL, None),
    ],
)
def test_costs_are_as_computed_by_hand(
    usage: Usage | Units, prices: Prices, pollen: str | None
) -> None:
    """Every kind of price, with the gateway's rule of which token counts as what."""
    computed = cost(usage, Model(name="it", prices=prices))

    assert computed == (None if pollen is None else Decimal(pollen))


def test_the_gateways_counts_are_read_from_headers() -> None:
    """All names of `x-usage-*`, and None where there are none."""
    counted = {"x-usage-prompt-text-tokens": "7", "x-usage-completion-image-tokens": "1", "a": "x"}

    assert units_of_headers(counted) == units(prompt=7, completion_image=1)
    assert units_of_headers({"x-cache": "HIT", "x-usage-prompt-text-tokens": "?"}) is None


USAGE = Usage(1000, 300, 1300)
REPORTED = Usage(1000, 300, 1300, cost=Decimal("0.5"))
HIT, COUNTED = {"x-cache": "HIT"}, {"x-usage-prompt-text-tokens": "10", "x-cache": "MISS"}


@pytest.mark.parametrize(
    ("reply", "prices", "pollen"),
    [
        (Reply(usage=USAGE, headers=HIT), Prices(), 0),
        (Reply(usage=REPORTED, headers=HIT), Prices(), 0),
        (Reply(usage=REPORTED, headers=COUNTED), MISTRAL, 0.5),
        (Reply(usage=USAGE, headers=COUNTED), MISTRAL, 0.00001),
        (Reply(usage=USAGE), MISTRAL, 0.0019),
        (Reply(), MISTRAL, None),
    ],
)
def test_a_reply_is_priced_by_the_best_that_is_known(
    reply: Reply, prices: Prices, pollen: float | None
) -> None:
    """The gateway's cache is free; then its price, its counts, and the provider's usage."""
    computed = cost_of_answer(reply, Model(name="it", prices=prices))

    assert computed == (None if pollen is None else Decimal(str(pollen)))
