"""Names that are unknown, and the name that was probably meant."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from _pollinations.http.errors import InvalidInputError

_HINTS = {
    "is_chat_model": "every model here is a chat model, so leave it out.",
    "n": "one request has one answer; ask several times with seed='random'.",
}


def renamed(
    given: Mapping[str, Any], known: Iterable[str], also: Mapping[str, str], *, owner: str
) -> dict[str, Any]:
    """Check the arguments of a constructor: None means not set, other usual names are taken.

    Args:
        given: The arguments.
        known: Names that exist.
        also: Names that people write, and the names that they stand for.
        owner: What the names belong to, for the error.

    Returns:
        The arguments by their own names.

    Raises:
        InvalidInputError: A name is unknown, or one is set under two names.

    Example:
        >>> renamed({"api_base": "https://a"}, ["base_url"], {"api_base": "base_url"}, owner="A")
        {'base_url': 'https://a'}
    """
    names = frozenset(known)
    others = {name: own for name, own in also.items() if name not in names and own in names}
    refuse_unknown(given, {*names, *others}, owner=owner)
    made: dict[str, Any] = {}
    for name, value in given.items():
        own = others.get(name, name)
        if own != name and given.get(own) is not None:
            raise InvalidInputError(f"{owner}: {name} is another name of {own}; set one of them.")
        if value is not None:
            made[own] = value
    return made


def refuse_unknown(given: Iterable[str], known: Iterable[str], *, owner: str) -> None:
    """Raise for the first name that is not known, with a suggestion.

    Args:
        given: Names that were used.
        known: Names that exist, aliases included.
        owner: What the names belong to, for the error.

    Raises:
        InvalidInputError: A name is unknown.

    Example:
        >>> refuse_unknown(["temprature"], ["temperature"], owner="ChatPollinations")
        Traceback (most recent call last):
        _pollinations.http.errors.InvalidInputError: ChatPollinations has no 'temprature'; \
did you mean 'temperature'? Further fields of the API go into extra_body={...}.
    """
    names = list(known)
    for name in given:
        if name not in names:
            if name in _HINTS:
                raise InvalidInputError(f"{owner} has no {name!r}: {_HINTS[name]}")
            close = get_close_matches(name, names, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            raise InvalidInputError(
                f"{owner} has no {name!r}{hint} "
                "Further fields of the API go into extra_body={...}."
            )
