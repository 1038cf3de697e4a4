"""Prices of all times under one set of names."""

from decimal import Decimal
from typing import Any

import pytest

from _pollinations.models.prices import read_prices

# The name here, the registry's, and the first documents'.
NAMES = [
    ("prompt", "promptTextTokens", "input_token_price"),
    ("completion", "completionTextTokens", "output_token_price"),
    ("cached", "promptCachedTokens", "cached_token_price"),
    ("completion_image", "completionImageTokens", "image_price"),
    ("prompt_audio", "promptAudioTokens", "audio_input_price"),
    ("completion_audio", "completionAudioTokens", "audio_output_price"),
    ("cache_written", "promptCacheWriteTokens"),
    ("prompt_audio_seconds", "promptAudioSeconds"),
    ("prompt_image", "promptImageTokens"),
    ("prompt_video", "promptVideoTokens"),
    ("reasoning", "completionReasoningTokens"),
    ("completion_audio_seconds", "completionAudioSeconds"),
    ("completion_video", "completionVideoTokens"),
    ("completion_video_seconds", "completionVideoSeconds"),
]


@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0])
@pytest.mark.parametrize("price", [0.00000015, "0.00000015", 1.5000000000000002e-7])
def test_every_spelling_gives_the_same_price(names: tuple[str, ...], price: float | str) -> None:
    """The first documents' names, the registry's numbers and today's decimal texts agree."""
    ours, *spellings = names

    for spelling in spellings:
        prices = read_prices({"currency": "pollen", spelling: price})
        assert prices.known == {ours: Decimal("1.5e-7")}


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
