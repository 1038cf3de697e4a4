"""What an answer cost, and what a call may cost at most: counts multiplied by prices."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from _pollinations.chat.reply import Usage
from _pollinations.http.call import Expected
from _pollinations.http.headers import Headers, is_cached
from _pollinations.http.values import exact
from _pollinations.models.model import Model
from _pollinations.models.prices import UNITS, Units

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
_PARTS_OF_PROMPT = ("cached", "cache_written", "prompt_audio", "prompt_image")
_PARTS_OF_COMPLETION = ("reasoning", "completion_audio")
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
    for unit, count in units.known.items():
        if count > 0:
            price = prices.get(unit, prices.get(_ELSE.get(unit, "")))
            if price is None:
                return None
            total += count * price
    return total.normalize()


def expected_cost(expected: Expected, model: Model | None) -> Decimal | None:
    """Compute what a call may cost at most, before it is sent.

    Args:
        expected: What it may use.
        model: The requested model, from the catalogue; None if it is not in it.

    Returns:
        Pollen; None if a price is unknown.

    Example:
        >>> from _pollinations.models.prices import Prices
        >>> veo = Model(name="veo", prices=Prices(completion_video_seconds=Decimal("0.15")))
        >>> expected_cost(Expected("veo", {"video_seconds": 8}), veo)
        Decimal('1.20')
    """
    if model is None:
        return None
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


def cost_of_answer(answer: object, model: Model | None) -> Decimal | None:
    """Compute what an answer cost; one from the gateway's cache is free.

    The price that the gateway itself reports (`cost_usd`) comes first. Else the cost is computed:
    from the gateway's own counts, which come as headers with whole answers, or the provider's.

    Args:
        answer: A reply, the last piece of a stream, media or embeddings.
        model: The model that answered, from the catalogue; None if it is not in it.

    Returns:
        Pollen; None if the usage or a price is unknown.
    """
    answer = getattr(answer, "reply", answer)
    headers: Headers = getattr(answer, "headers", None) or {}
    if is_cached(headers):
        return Decimal(0)
    usage = getattr(answer, "usage", None)
    price: Decimal | None = getattr(usage, "cost", None)
    if price is not None or model is None:
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
    read, written = _counted(usage, _PARTS_OF_PROMPT), _counted(usage, _PARTS_OF_COMPLETION)
    return Units(
        prompt=_rest(usage.prompt, read),
        completion=_rest(usage.completion, written),
        **read,
        **written,
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


def _counted(usage: Usage, names: Iterable[str]) -> dict[str, Decimal]:
    return {name: Decimal(count) for name in names if (count := getattr(usage, name))}


def _rest(total: int, parts: Mapping[str, Decimal]) -> Decimal:
    """The total without its parts; some providers count the parts beside the total."""
    rest = total - sum(parts.values(), Decimal(0))
    return rest if rest >= 0 else Decimal(total)
