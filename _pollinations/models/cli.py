"""The command `pollinations-models`: which models there are, what they can do, what they cost."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from decimal import Context, Decimal
from typing import Any

from _pollinations.http.client import Client
from _pollinations.http.errors import NotFoundError, PollinationsError
from _pollinations.http.json import dump
from _pollinations.models.known_models import known_model
from _pollinations.models.model import KINDS, Model, merged, models
from _pollinations.models.requirements import Requirements
from _pollinations.models.selection import cheapest, fulfils

_HEAD = ("MODEL", "KIND", "PRICE IN POLLEN", "TOOLS", "THINK", "SEES", "PAID", "CONTEXT")
_MILLION = 1_000_000
_SECONDS = {
    "completion_video_seconds": "/s of video",
    "completion_audio_seconds": "/s of sound",
    "prompt_audio_seconds": "/s heard",
}
_OUTPUTS = ("completion", "completion_image", "completion_audio", "completion_video")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The words after the command's name; by default those of this process.

    Returns:
        0, or 1 after an error, which is printed in one line.
    """
    options = _parser().parse_args(arguments)
    try:
        listed = _listed()
    except PollinationsError as error:
        sys.stderr.write(f"pollinations-models: {'; '.join(str(error).splitlines())}\n")
        return 1
    found = _found(listed, options)
    shown = [model for model in found if options.community or not model.community]
    hidden = len(found) - len(shown)
    if options.cheapest:
        best = cheapest(shown, outputs={options.kind or "text"}, community=None)
        shown = [best] if best else []
    lines: Iterable[str] = _table(shown)
    if options.json:
        lines = [dump([_plain(model) for model in shown]).decode()]
    elif options.find and not found:
        lines = [f"No such model has {options.find!r} in its name or description."]
    try:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
    except BrokenPipeError:  # as after `| head`; nothing more can be printed at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if hidden:
        sys.stderr.write(f"{hidden} community models are left out; --community shows them.\n")
    return 0


def _listed() -> tuple[Model, ...]:
    """Every list that the gateway has; older ones have fewer."""
    lists = []
    with Client() as client:
        for kind in KINDS:
            try:
                lists.append(client.send(models(kind)))
            except NotFoundError:
                if kind == "text":
                    raise
    return merged(*lists)


def _found(listed: tuple[Model, ...], options: argparse.Namespace) -> list[Model]:
    """The models that match the options, those of users too."""
    require: Requirements = {
        "tools": options.tools,
        "reasoning": options.reasoning,
        "vision": options.vision,
        "paid_only": options.paid_only,
        "community": None,
        "specialized": None,
        "outputs": frozenset(),
    }
    return [
        model
        for model in listed
        if options.kind in {None, model.kind}
        and options.find.lower() in f"{model.name} {model.aliases} {model.description}".lower()
        and fulfils(model, **require)
    ]


def _table(shown: Sequence[Model]) -> Iterator[str]:
    rows = [_HEAD, *(_row(model) for model in shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield " ".join(cell.ljust(width) for cell, width in cells).rstrip()


def _row(model: Model) -> tuple[str, ...]:
    flags = (model.tools, model.reasoning, model.vision, model.paid_only)
    context = f"{model.context // 1000:,}k" if model.context else "-"
    texts = (_short_name(model), model.kind or "-", _price(model))
    return (*texts, *("yes" if has else "-" for has in flags), context)


def _short_name(model: Model) -> str:
    """The name that the documentation uses, else the first without a publisher, else its own."""
    known = known_model(model.name)
    if known and model.answers_to(known.name):
        return known.name
    names = (model.name, *model.aliases)
    return next((name for name in names if "/" not in name), model.name)


def _price(model: Model) -> str:
    """The price as people compare it: per picture, per second, or per million tokens."""
    prices = model.prices.known
    if model.prices.per_picture is not None:
        return f"{_short(model.prices.per_picture, 3)}/image"
    for name, unit in _SECONDS.items():
        if name in prices:
            return f"{_short(prices[name], 3)}{unit}"
    outputs = [name for name in _OUTPUTS if name in prices]
    ends = (("prompt", "in"), *((name, "out") for name in outputs[:1]))
    parts = [f"{_short(prices[name] * _MILLION, 3)} {end}" for name, end in ends if name in prices]
    return f"{', '.join(parts)}/M" if parts else "?"


def _short(price: Decimal, digits: int = 9) -> str:
    """Round a price: lists hold some such as 2.0000000000000002e-7."""
    return f"{Context(prec=digits).plus(price).normalize():f}"


def _plain(model: Model) -> dict[str, Any]:
    """What the list says about a model, for programs; prices are decimal texts."""
    plain = {each.name: getattr(model, each.name) for each in fields(model) if each.name != "raw"}
    plain["created"] = model.created and model.created.isoformat()
    plain["prices"] = {name: _short(price) for name, price in model.prices.known.items()}
    return plain


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pollinations-models",
        description="The models of gen.pollinations.ai, or of POLLINATIONS_BASE_URL. No key is "
        "needed; POLLINATIONS_API_KEY shows what that key may use. Prices of text are for a "
        "million tokens (M); PAID models need paid pollen, not the free daily grant.",
    )
    flag = argparse.BooleanOptionalAction
    parser.add_argument(
        "find", metavar="TEXT", nargs="?", default=argparse.SUPPRESS, help="as --find TEXT"
    )
    parser.add_argument("--find", metavar="TEXT", default="", help="in the name or description")
    parser.add_argument("--community", action="store_true", help="community models too")
    parser.add_argument("--kind", choices=KINDS, help="only one kind of models")
    parser.add_argument("--tools", action=flag, help="only models that call functions")
    parser.add_argument("--reasoning", action=flag, help="only models that think first")
    parser.add_argument("--vision", action=flag, help="only models that read images")
    parser.add_argument("--paid-only", action=flag, help="only models that need paid pollen")
    parser.add_argument("--cheapest", action="store_true", help="only the cheapest of them")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
