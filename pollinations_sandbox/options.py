"""Options that a call does not take: an error with the nearest one that it does."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from pydantic_core import ArgsKwargs


def check_names(call: str, given: Iterable[str], known: Collection[str]) -> None:
    """Refuse the names of options that are not known.

    Raises:
        TypeError: With the nearest known one, or all of them if none is near.
    """
    for name in given:
        if name not in known:
            nearest = get_close_matches(name, known, 1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"it takes {', '.join(known)}."
            raise TypeError(f"{call} takes no {name!r}; {hint}")


def only_fields(cls: type[Any], arguments: ArgsKwargs | object) -> object:
    """Check the names of a dataclass's keyword arguments, which pydantic alone would ignore."""
    if isinstance(arguments, ArgsKwargs):
        known = [field.name for field in fields(cls)]
        check_names(cls.__name__, arguments.kwargs or {}, known)
    return arguments
