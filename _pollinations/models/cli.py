"""The command `pollinations-models`: which models there are, what they can do, what they cost."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from _pollinations.http.client import Client
from _pollinations.http.errors import NotFoundError, PollinationsError
from _pollinations.http.json import dump
from _pollinations.models.catalog import Model, audio_models, image_models, merged, text_models
from _pollinations.models.requirements import Requirements
from _pollinations.models.selection import cheapest, fulfils

_LISTS = {"text": text_models, "image": image_models, "audio": audio_models}
_HEAD = ("MODEL", "PRICE IN POLLEN", "TOOLS", "REASONING", "VISION", "CONTEXT")
_MILLION = 1_000_000
_UNITS = (
    ("completion_video_seconds", "/ second of video"),
    ("completion_audio_seconds", "/ second of sound"),
    ("prompt_audio_seconds", "/ second heard"),
)
_MADE = ("completion", "completion_image", "completion_audio", "completion_video")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The words after the command's name; by default those of this process.

    Returns:
        0, or 1 after an error, which is told in one line.
    """
    options = _parser().parse_args(arguments)
    try:
        models = _chosen(_asked(options.kind), options)
    except PollinationsError as error:
        sys.stderr.write(f"pollinations-models: {'; '.join(str(error).splitlines())}\n")
        return 1
    lines = [dump([_plain(model) for model in models]).decode()] if options.json else _table(models)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _asked(kind: str | None) -> tuple[Model, ...]:
    """The lists of one kind or of all; a gateway without speech has no list of it."""
    lists = []
    with Client() as client:
        for name, call in _LISTS.items():
            if kind in {None, name}:
                try:
                    lists.append(client.send(call()))
                except NotFoundError:
                    if kind or name == "text":
                        raise
    return merged(*lists)


def _chosen(models: tuple[Model, ...], options: argparse.Namespace) -> list[Model]:
    require: Requirements = {
        "tools": options.tools,
        "reasoning": options.reasoning,
        "vision": options.vision,
        "outputs": {options.kind or "text"} if options.cheapest else frozenset(),
    }
    if options.cheapest:
        best = cheapest(models, **require)
        return [best] if best else []
    require |= {"specialized": None, "community": None}
    return [model for model in models if fulfils(model, **require)]


def _table(models: Sequence[Model]) -> Iterator[str]:
    rows = [_HEAD, *(_row(model) for model in models)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(model: Model) -> tuple[str, ...]:
    flags = ("yes" if has else "-" for has in (model.tools, model.reasoning, model.vision))
    return (model.name, _price(model), *flags, f"{model.context:,}" if model.context else "-")


def _price(model: Model) -> str:
    """The price as people compare it: per picture, per second, or per million tokens."""
    prices = model.prices
    if prices.per_picture is not None:
        return f"{_short(prices.per_picture)} / picture"
    for name, unit in _UNITS:
        price = prices.known.get(name)
        if price is not None:
            return f"{_short(price)} {unit}"
    made = [price for price in map(prices.known.get, _MADE) if price is not None]
    if prices.prompt is None and not made:
        return "?"
    ends = (prices.prompt, made[0] if made else None)
    read, written = ("-" if price is None else _short(price * _MILLION) for price in ends)
    return f"{read} in, {written} out / M tokens"


def _short(price: Decimal) -> str:
    return f"{price.normalize():f}"


def _plain(model: Model) -> dict[str, Any]:
    """What the table shows and more, for programs; prices are decimal texts."""
    return {
        "name": model.name,
        "aliases": list(model.aliases),
        "kind": model.kind,
        "description": model.description,
        "inputs": None if model.inputs is None else list(model.inputs),
        "outputs": None if model.outputs is None else list(model.outputs),
        "tools": model.tools,
        "reasoning": model.reasoning,
        "vision": model.vision,
        "context": model.context,
        "prices": {name: _short(price) for name, price in model.prices.known.items()},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pollinations-models",
        description="The models of gen.pollinations.ai, or of POLLINATIONS_BASE_URL. No key is "
        "needed; POLLINATIONS_API_KEY shows what that key may use.",
    )
    flag = argparse.BooleanOptionalAction
    parser.add_argument("--tools", action=flag, help="only models that call functions")
    parser.add_argument("--reasoning", action=flag, help="only models that think first")
    parser.add_argument("--vision", action=flag, help="only models that read pictures")
    parser.add_argument("--kind", choices=tuple(_LISTS), help="only one kind of models")
    parser.add_argument("--cheapest", action="store_true", help="only the cheapest of them")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
