"""Prices of all times under one set of names."""

from decimal import Decimal
from typing import Any

import pytest

from _pollinations.models.prices import Prices, read_prices

SEED = {
    "currency": "pollen",
    "input_token_price": 1.5e-7,
    "output_token_price": 6e-7,
    "cached_token_price": 4e-8,
    "image_price": 0.04,
    "audio_input_price": 1.1e-5,
    "audio_output_price": 2.2e-5,
}
NUMBERS = {
    "currency": "pollen",
    "promptTextTokens": 1.5e-7,
    "completionTextTokens": 6.000000000000001e-7,
    "promptCachedTokens": 4e-8,
    "completionImageTokens": 0.04,
    "promptAudioTokens": 1.1e-5,
    "completionAudioTokens": 2.2e-5,
}
TEXTS = {
    "currency": "pollen",
    "promptTextTokens": "0.00000015",
    "completionTextTokens": "0.0000006",
    "promptCachedTokens": "0.00000004",
    "completionImageTokens": "0.04",
    "promptAudioTokens": "0.000011",
    "completionAudioTokens": "0.000022",
}


@pytest.mark.parametrize("pricing", [SEED, NUMBERS, TEXTS])
def test_every_spelling_gives_the_same_prices(pricing: dict[str, Any]) -> None:
    """The first documents' names, the registry's numbers and today's decimal texts agree."""
    assert read_prices(pricing) == Prices(
        prompt=Decimal("0.15e-6"),
        completion=Decimal("0.6e-6"),
        cached=Decimal("0.04e-6"),
        completion_image=Decimal("0.04"),
        prompt_audio=Decimal("11e-6"),
        completion_audio=Decimal("22e-6"),
    )


def test_seconds_and_rare_tokens_have_names() -> None:
    """Video, sound, reasoning and cache writes are priced too."""
    pricing = {
        "promptCacheWriteTokens": "1",
        "promptAudioSeconds": "2",
        "promptImageTokens": "3",
        "promptVideoTokens": "4",
        "completionReasoningTokens": "5",
        "completionAudioSeconds": "6",
        "completionVideoTokens": "7",
        "completionVideoSeconds": "8",
    }

    assert read_prices(pricing).known == {
        "cache_written": 1,
        "prompt_audio_seconds": 2,
        "prompt_image": 3,
        "prompt_video": 4,
        "reasoning": 5,
        "completion_audio_seconds": 6,
        "completion_video": 7,
        "completion_video_seconds": 8,
    }


@pytest.mark.parametrize(
    "pricing", [None, {}, [], "free", {"currency": "pollen"}, {"promptTextTokens": -1, "new": 5}]
)
def test_what_is_no_price_is_unknown(pricing: Any) -> None:
    """A free model, a negative price and a name from the future leave nothing behind."""
    assert read_prices(pricing).known == {}


def test_a_picture_has_a_price_or_its_tokens_have_one() -> None:
    """A model that also charges for words counts the tokens of its pictures."""
    flat = read_prices({"completionImageTokens": "0.04"})
    counted = read_prices({"promptTextTokens": "0.0000003", "completionImageTokens": "0.00003"})

    assert (flat.per_picture, counted.per_picture) == (Decimal("0.04"), None)
