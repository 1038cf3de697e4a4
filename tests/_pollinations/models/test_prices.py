"""Prices of all times under one set of names."""

from decimal import Decimal
from typing import Any

import pytest

from _pollinations.models.prices import Prices, read_prices

# The name here, the first documents', the registry's, and the price.
NAMES = [
    ("prompt", "input_token_price", "promptTextTokens", "0.00000015"),
    ("completion", "output_token_price", "completionTextTokens", "0.0000006"),
    ("cached", "cached_token_price", "promptCachedTokens", "0.00000004"),
    ("completion_image", "image_price", "completionImageTokens", "0.04"),
    ("prompt_audio", "audio_input_price", "promptAudioTokens", "0.000011"),
    ("completion_audio", "audio_output_price", "completionAudioTokens", "0.000022"),
]


def test_every_spelling_gives_the_same_prices() -> None:
    """The first documents' names, the registry's numbers and today's decimal texts agree."""
    made = Prices(**{ours: Decimal(price) for ours, _, _, price in NAMES})

    for spelled in (float, str):
        for names in ([row[1] for row in NAMES], [row[2] for row in NAMES]):
            prices = {name: spelled(row[3]) for name, row in zip(names, NAMES, strict=True)}
            assert read_prices({"currency": "pollen", **prices}) == made
    assert read_prices({"promptTextTokens": 6.000000000000001e-7}).prompt == Decimal("6e-7")


def test_seconds_and_rare_tokens_have_names() -> None:
    """Video, sound, reasoning and cache writes are priced too."""
    rest = {
        "promptCacheWriteTokens": "cache_written",
        "promptAudioSeconds": "prompt_audio_seconds",
        "promptImageTokens": "prompt_image",
        "promptVideoTokens": "prompt_video",
        "completionReasoningTokens": "reasoning",
        "completionAudioSeconds": "completion_audio_seconds",
        "completionVideoTokens": "completion_video",
        "completionVideoSeconds": "completion_video_seconds",
    }

    assert read_prices(dict.fromkeys(rest, "5")).known == dict.fromkeys(rest.values(), 5)


@pytest.mark.parametrize(
    "pricing", [None, {}, [], "free", {"currency": "pollen"}, {"promptTextTokens": -1, "new": 5}]
)
def test_what_is_no_price_is_unknown(pricing: Any) -> None:
    """A free model, a negative price and a name from the future leave nothing behind."""
    assert read_prices(pricing).known == {}


def test_an_image_has_a_price_or_its_tokens_have_one() -> None:
    """A model that also charges for words counts the tokens of its pictures."""
    flat = read_prices({"completionImageTokens": "0.04"})
    counted = read_prices({"promptTextTokens": "0.0000003", "completionImageTokens": "0.00003"})

    assert (flat.per_picture, counted.per_picture) == (Decimal("0.04"), None)
