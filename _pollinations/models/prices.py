"""Prices and counts under one set of names, whatever the gateway called them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from _pollinations.http.values import exact

UNITS = {
    "prompt-text-tokens": "prompt",
    "prompt-cached-tokens": "cached",
    "prompt-cache-write-tokens": "cache_written",
    "prompt-audio-tokens": "prompt_audio",
    "prompt-audio-seconds": "prompt_audio_seconds",
    "prompt-image-tokens": "prompt_image",
    "prompt-video-tokens": "prompt_video",
    "completion-text-tokens": "completion",
    "completion-reasoning-tokens": "reasoning",
    "completion-audio-tokens": "completion_audio",
    "completion-audio-seconds": "completion_audio_seconds",
    "completion-image-tokens": "completion_image",
    "completion-video-tokens": "completion_video",
    "completion-video-seconds": "completion_video_seconds",
}
"""The names of `PerUnit` by the gateway's, which prices spell as `promptTextTokens`."""

_UNTIL_DECEMBER_2025 = {
    "input_token_price": "prompt",
    "cached_token_price": "cached",
    "audio_input_price": "prompt_audio",
    "output_token_price": "completion",
    "audio_output_price": "completion_audio",
    "image_price": "completion_image",
}
_CAPITAL = re.compile("[A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PerUnit:
    """A number for each unit in which the gateway counts; None where it says nothing."""

    prompt: Decimal | None = None
    cached: Decimal | None = None
    cache_written: Decimal | None = None
    prompt_audio: Decimal | None = None
    prompt_audio_seconds: Decimal | None = None
    prompt_image: Decimal | None = None
    prompt_video: Decimal | None = None
    completion: Decimal | None = None
    reasoning: Decimal | None = None
    completion_audio: Decimal | None = None
    completion_audio_seconds: Decimal | None = None
    completion_image: Decimal | None = None
    completion_video: Decimal | None = None
    completion_video_seconds: Decimal | None = None

    @property
    def known(self) -> dict[str, Decimal]:
        """The numbers that are known, by the unit's name; empty if there are none."""
        numbers = ((name, getattr(self, name)) for name in _NAMES)
        return {name: number for name, number in numbers if number is not None}


_NAMES = tuple(each.name for each in fields(PerUnit))


class Prices(PerUnit):
    """Pollen for one unit; None where the gateway names no price. 1 pollen is about 1 USD.

    The names are those of `Units`, so that a cost is a sum of products.

    Attributes:
        prompt: A token of text that is read.
        cached: A token read from the provider's prompt cache.
        cache_written: A token written to that cache.
        prompt_audio: An audio token that is read.
        prompt_audio_seconds: A second of audio that is read.
        prompt_image: An image token that is read.
        prompt_video: A video token that is read.
        completion: A token of text that is written.
        reasoning: A token of reasoning.
        completion_audio: An audio token that is written.
        completion_audio_seconds: A second of audio that is made.
        completion_image: A generated image, or a token of one, see `per_picture`.
        completion_video: A video token that is made.
        completion_video_seconds: A second of video that is made.
    """

    __slots__ = ()

    @property
    def per_picture(self) -> Decimal | None:
        """Pollen for one image; None for models that count the tokens of an image.

        A model that counts tokens also names a price for the words it reads.
        """
        return self.completion_image if self.prompt is None else None


class Units(PerUnit):
    """What was used, each unit counted once; None where nothing was counted.

    Attributes:
        prompt: Tokens of text that were read afresh.
        cached: Tokens read from the provider's prompt cache.
        cache_written: Tokens written to that cache.
        prompt_audio: Audio tokens read.
        prompt_audio_seconds: Seconds of audio read.
        prompt_image: Image tokens read.
        prompt_video: Video tokens read.
        completion: Tokens of text that were written, without reasoning and audio.
        reasoning: Tokens of reasoning.
        completion_audio: Audio tokens made.
        completion_audio_seconds: Seconds of audio made.
        completion_image: Pictures made, or tokens of them.
        completion_video: Video tokens made.
        completion_video_seconds: Seconds of video made.
    """

    __slots__ = ()


def read_prices(pricing: object) -> Prices:
    """Read a `pricing` object of any time.

    Args:
        pricing: Numbers or decimal texts by the gateway's names; what is unknown is passed over.

    Returns:
        The prices; none of them for a model whose costs the gateway does not list.

    Example:
        >>> read_prices({"currency": "pollen", "promptTextTokens": "0.00000015"}).prompt
        Decimal('1.5E-7')
    """
    values: Mapping[str, Any] = pricing if isinstance(pricing, Mapping) else {}
    found: dict[str, Decimal] = {}
    for name, value in values.items():
        spelled = _CAPITAL.sub(lambda capital: f"-{capital[0].lower()}", name)
        unit, price = UNITS.get(spelled, _UNTIL_DECEMBER_2025.get(name)), exact(value)
        if unit is not None and price is not None and price >= 0:
            found[unit] = price.normalize()
    return Prices(**found)
