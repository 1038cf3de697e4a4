"""The cost of an answer: counts multiplied by the catalogue's prices."""

from dataclasses import dataclass, fields
from decimal import Decimal

from _pollinations.chat.reply import Reply, Usage
from _pollinations.http.call import Expected
from _pollinations.http.headers import Headers
from _pollinations.http.values import exact
from _pollinations.models.catalog import Model
from _pollinations.models.prices import UNITS

_HEADER = "x-usage-"
_ELSE = {
    "cached": "prompt",
    "cache_written": "prompt",
    "prompt_audio": "prompt",
    "prompt_image": "prompt",
    "prompt_video": "prompt",
    "reasoning": "completion",
    "completion_audio": "completion",
}
_IMAGE_TOKENS = Decimal(1_290)
_ONE = Decimal(1)
# The units of `Expected`: the prices that apply, of which the first known one counts, and how many
# of the priced unit make one.
_EXPECTED: dict[str, tuple[tuple[str, Decimal], ...]] = {
    "prompt": (("prompt", _ONE),),
    "completion": (("completion", _ONE),),
    "images": (("completion_image", _ONE),),
    "video_seconds": (("completion_video_seconds", _ONE), ("completion_video", Decimal(300))),
    "characters": (("completion_audio", _ONE), ("completion_audio_seconds", Decimal("0.1"))),
    "audio_seconds": (("prompt_audio_seconds", _ONE), ("prompt_audio", Decimal(32))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What was used, each unit counted once: the names are those of `Prices`.

    Attributes:
        prompt: Tokens of text that were read afresh, without the next five.
        cached: Tokens read from the provider's prompt cache.
        cache_written: Tokens written to that cache.
        prompt_audio: Audio tokens read.
        prompt_image: Image tokens read.
        prompt_video: Video tokens read.
        prompt_audio_seconds: Seconds of audio read.
        completion: Tokens of text that were written, without reasoning and audio.
        reasoning: Tokens of reasoning.
        completion_audio: Audio tokens made.
        completion_audio_seconds: Seconds of audio made.
        completion_image: Pictures made, or tokens of them.
        completion_video: Video tokens made.
        completion_video_seconds: Seconds of video made.
    """

    prompt: Decimal = Decimal(0)
    cached: Decimal = Decimal(0)
    cache_written: Decimal = Decimal(0)
    prompt_audio: Decimal = Decimal(0)
    prompt_image: Decimal = Decimal(0)
    prompt_video: Decimal = Decimal(0)
    prompt_audio_seconds: Decimal = Decimal(0)
    completion: Decimal = Decimal(0)
    reasoning: Decimal = Decimal(0)
    completion_audio: Decimal = Decimal(0)
    completion_audio_seconds: Decimal = Decimal(0)
    completion_image: Decimal = Decimal(0)
    completion_video: Decimal = Decimal(0)
    completion_video_seconds: Decimal = Decimal(0)


def cost(usage: Usage | Units, model: Model) -> Decimal | None:
    """Compute what an answer cost.

    What has no price of its own is priced as the text beside it: cached, audio, image and video
    tokens that were read as prompt text, reasoning and audio that were written as completion text.
    Prices of single features, such as a web search, are not in it.

    Args:
        usage: Token counts of a chat, or units of any kind.
        model: The model that answered, from the catalogue.

    Returns:
        Pollen; None if something was used whose price is unknown.

    Example:
        >>> from _pollinations.models.prices import Prices
        >>> prices = Prices(prompt=Decimal("0.15e-6"), completion=Decimal("0.6e-6"))
        >>> cost(Usage(1000, 300, 1300), Model(name="openai", prices=prices))
        Decimal('0.00033')
    """
    units = units_of(usage) if isinstance(usage, Usage) else usage
    prices = model.prices.known
    if not prices:
        return None
    total = Decimal(0)
    for unit in fields(Units):
        count: Decimal = getattr(units, unit.name)
        if count > 0:
            price = prices.get(unit.name, prices.get(_ELSE.get(unit.name, "")))
            if price is None:
                return None
            total += count * price
    return total.normalize()


def cost_of_reply(reply: Reply, model: Model) -> Decimal | None:
    """Say what a whole answer cost; one from the gateway's cache is free.

    The price that the gateway itself reports (`cost_usd`) comes first. Else the cost is computed:
    from the gateway's own counts, which come as headers with whole answers, or the provider's.

    Args:
        reply: The answer.
        model: The model that answered, from the catalogue.

    Returns:
        Pollen; None if the usage or a price is unknown.
    """
    return cost_of_answer(reply, model)


def expected_cost(expected: Expected, model: Model) -> Decimal | None:
    """Compute what a call may cost at most, before it is sent.

    Args:
        expected: What it may use.
        model: The requested model, from the catalogue.

    Returns:
        Pollen; None if a price is unknown.

    Example:
        >>> from _pollinations.models.prices import Prices
        >>> veo = Model(name="veo", prices=Prices(completion_video_seconds=Decimal("0.15")))
        >>> expected_cost(Expected("veo", {"video_seconds": 8}), veo)
        Decimal('1.20')
    """
    prices = model.prices.known
    total = Decimal(0)
    for unit, count in expected.units.items():
        ways = _EXPECTED[unit]
        if unit == "images" and model.prices.per_picture is None:
            ways = (("completion_image", _IMAGE_TOKENS),)
        price = next((prices[name] * factor for name, factor in ways if name in prices), None)
        if price is None:
            return None
        if unit == "video_seconds":  # some models price the audio track too
            price += prices.get("completion_audio_seconds", Decimal(0))
        total += Decimal(str(count)) * price
    return total


def cost_of_answer(answer: object, model: Model) -> Decimal | None:
    """Compute what any answer cost: a reply, the last piece of a stream, media, embeddings.

    Returns:
        Pollen; None if the usage or a price is unknown.
    """
    answer = getattr(answer, "reply", answer)
    headers: Headers = getattr(answer, "headers", None) or {}
    if headers.get("x-cache", "").upper() == "HIT":
        return Decimal(0)
    usage = getattr(answer, "usage", None)
    price: Decimal | None = getattr(usage, "cost", None)
    if price is not None:
        return price
    counted = units_of_headers(headers) or usage
    return None if counted is None else cost(counted, model)


def units_of(usage: Usage) -> Units:
    """Count each token of a chat once: providers count parts in their sums.

    Args:
        usage: As reported: prompt with everything read, completion with everything written.

    Returns:
        The same tokens, each under one name.

    Example:
        >>> units_of(Usage(100, 50, 150, cached=60, reasoning=20)).prompt
        Decimal('40')
    """
    cached, written = usage.cached or 0, usage.cache_written or 0
    audio, image = usage.prompt_audio or 0, usage.prompt_image or 0
    reasoning, speech = usage.reasoning or 0, usage.completion_audio or 0
    return Units(
        prompt=_rest(usage.prompt, cached + written + audio + image),
        cached=Decimal(cached),
        cache_written=Decimal(written),
        prompt_audio=Decimal(audio),
        prompt_image=Decimal(image),
        completion=_rest(usage.completion, reasoning + speech),
        reasoning=Decimal(reasoning),
        completion_audio=Decimal(speech),
    )


def units_of_headers(headers: Headers) -> Units | None:
    """Read the gateway's own counts.

    Args:
        headers: Names in lower case.

    Returns:
        The counts, or None if there are none: streams and cached answers carry none.

    Example:
        >>> units_of_headers({"x-usage-completion-video-seconds": "5"}).completion_video_seconds
        Decimal('5')
    """
    counts = {unit: exact(headers.get(_HEADER + name)) for name, unit in UNITS.items()}
    found = {unit: count for unit, count in counts.items() if count is not None}
    return Units(**found) if found else None


def _rest(total: int, parts: int) -> Decimal:
    """The total without its parts; some providers count the parts beside the total."""
    return Decimal(total - parts if parts <= total else total)
