"""Selects models by what the catalogue lists; pure functions that send nothing."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Unpack

from _pollinations.http.call import Expected
from _pollinations.models.cost import expected_cost
from _pollinations.models.model import Model
from _pollinations.models.requirements import Requirements, checked

TEXT_ORDER = ("gemini", "openai", "gemini-large")
SEARCH_ORDER = ("gemini-search", "perplexity-fast", "perplexity-reasoning")
IMAGE_ORDER = ("flux", "zimage", "klein")
ORDERS = {"text": TEXT_ORDER, "search": SEARCH_ORDER, "image": IMAGE_ORDER}
"""The models that are preferred for a task, best first."""

TYPICAL = (1000, 300)
_CHOICES = 3
_VIDEO_SECONDS = 5
_TEXT = frozenset({"text"})
_DEFAULTS = {"specialized": False, "community": False}
_FLAGS = {
    **{name: name for name in ("tools", "reasoning", "vision", "audio", "web_search")},
    "paid_only": "paid_only",
    "specialized": "is_specialized",
    "community": "community",
}
"""Requirements that a flag of the model answers, and the flag."""
_TASKS: "Mapping[str, Requirements]" = {
    "text": {},
    "search": {"web_search": True},
    "image": {"outputs": frozenset({"image"})},
}


def available(models: Iterable[Model], order: Sequence[str]) -> tuple[Model, ...]:
    """Pick the models of an order that exist.

    Args:
        models: What a list holds.
        order: Short names, aliases or `publisher/model` ids, best first.

    Returns:
        The models that answer to these names, each once, in this order.

    Example:
        >>> there = [Model(name="openai"), Model(name="google/gemini-3", aliases=("gemini",))]
        >>> [model.name for model in available(there, TEXT_ORDER)]
        ['google/gemini-3', 'openai']
    """
    listed = tuple(models)[::-1]  # of several models with one name, the first one counts
    known = {alias: model for model in listed for alias in model.aliases}
    known |= {model.name: model for model in listed}
    return tuple({known[name].name: known[name] for name in order if name in known}.values())


def first_available(models: Iterable[Model], order: Sequence[str] = TEXT_ORDER) -> Model | None:
    """Pick the best model of an order that exists.

    Args:
        models: What a list holds.
        order: Names, best first; by default gemini, openai, gemini-large.

    Returns:
        The model, or None if no one of them exists.
    """
    return next(iter(available(models, order)), None)


def cheapest(models: Iterable[Model], **require: Unpack[Requirements]) -> Model | None:
    """Pick the cheapest model that meets all requirements.

    A model without prices is not free, its costs are unknown: it is never picked.

    Args:
        models: What a list holds.
        **require: See `Requirements`.

    Returns:
        The model, the first of several at the same price, or None.

    Raises:
        InvalidInputError: A requirement is unknown, or of a wrong type.

    Example:
        >>> from langchain_pollinations.gateway import Client, cheapest, models
        >>> there = Client().send(models("text"))  # doctest: +SKIP
        >>> cheapest(there, tools=True, inputs={"image"}).name  # doctest: +SKIP
        'openai-fast'
    """
    return next(iter(by_price(models, **require)), None)


def by_price(models: Iterable[Model], **require: Unpack[Requirements]) -> list[Model]:
    """Sort the models that meet all requirements, the cheapest first; see `cheapest`.

    Raises:
        InvalidInputError: A requirement is unknown, or of a wrong type.
    """
    require = checked(require)
    typical = require.get("typical", TYPICAL)
    priced = [
        (price, model)
        for model in models
        if fulfils(model, **require) and (price := typical_cost(model, typical)) is not None
    ]
    return [model for _, model in sorted(priced, key=itemgetter(0))]


def few_cheapest(models: Iterable[Model], **require: Unpack[Requirements]) -> list[Model]:
    """Pick the three cheapest models that meet all requirements, where no preferred one exists.

    Raises:
        InvalidInputError: A requirement is unknown, or of a wrong type.
    """
    return by_price(models, **require)[:_CHOICES]


def fulfils(model: Model, **require: Unpack[Requirements]) -> bool:
    """Whether a model meets the requirements, whatever it costs.

    Example:
        >>> fulfils(Model(name="openai", kind="text", tools=True), tools=True, reasoning=True)
        False
    """
    wanted = {**_DEFAULTS, **require}
    flags = ((getattr(model, has), wanted.get(name)) for name, has in _FLAGS.items())
    outputs, context = {*require.get("outputs", _TEXT)}, require.get("min_context")
    return (
        all(want is None or bool(has) is want for has, want in flags)
        and {*require.get("inputs", ())} <= set(model.inputs or ())
        and outputs <= set(model.outputs or (model.kind,))
        # A transcriber outputs text, but reads no prompt.
        and (not outputs or "text" in (model.inputs or _TEXT))
        and (context is None or (model.context or 0) >= context)
    )


def typical_cost(model: Model, typical: tuple[int, int] = TYPICAL) -> Decimal | None:
    """Estimate what a request of a usual size costs, to compare models of one kind.

    An image that is paid by tokens counts 1,290 of them, a video lasts 5 seconds.

    Args:
        model: With its prices.
        typical: Tokens that the request reads and writes.

    Returns:
        Pollen, or None if a price is missing.

    Example:
        >>> from _pollinations.models.prices import Prices
        >>> prices = Prices(prompt=Decimal("0.001"), completion=Decimal("0.002"))
        >>> typical_cost(Model(name="it", prices=prices), (1000, 300))
        Decimal('1.600')
    """
    prices, (read, written) = model.prices, typical
    units: dict[str, float]
    if prices.per_picture is not None:
        units = {"images": 1}
    elif prices.completion_video_seconds is not None:
        units = {"video_seconds": _VIDEO_SECONDS}
    elif prices.completion_image is not None:
        units = {"prompt": read, "images": 1}
    else:
        units = {"prompt": read, "completion": written}
    return expected_cost(Expected(model.name, units), model)


def names_for(models: Iterable[Model], require: Requirements) -> tuple[str, ...]:
    """Name the models to ask for text, best first, when the caller names none.

    Args:
        models: Everything that exists for a key.
        require: What they must be able to do.

    Returns:
        Of gemini, openai and gemini-large (or of the searching models, if `web_search` is
        required) those that exist and meet the requirements; if none does, the three cheapest
        that do.
    """
    there, require = tuple(models), checked(require)
    order = SEARCH_ORDER if require.get("web_search") else TEXT_ORDER
    preferred = [model for model in available(there, order) if fulfils(model, **require)]
    return tuple(model.name for model in preferred or few_cheapest(there, **require))


def choose(models: Iterable[Model], task: str) -> tuple[str, ...]:
    """Name the models to ask for a task, best first.

    Args:
        models: Everything that exists for a key.
        task: `text`, `search` or `image`.

    Returns:
        What exists of `ORDERS`; if that is nothing, the three cheapest that can do the task.
    """
    there = tuple(models)
    selected = available(there, ORDERS[task]) or few_cheapest(there, **_TASKS[task])
    return tuple(model.name for model in selected)
