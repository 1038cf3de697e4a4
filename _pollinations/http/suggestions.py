"""Unknown names, and the names that were probably meant."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from _pollinations.http.errors import InvalidInputError, PollinationsError

_QUOTED = re.compile(r'"([^"\s]{1,100})"')
_LONGEST_NAME = 200
LIST_MODELS = "The command pollinations-models lists the models."

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


def names_unknown_model(error: PollinationsError) -> bool:
    """Whether the gateway's words or code say that it does not know the model.

    Example:
        >>> names_unknown_model(PollinationsError('Invalid service or alias: "opnai".'))
        True
    """
    return (
        "model" in error.field_errors
        or error.code == "model_not_found"
        or "Invalid service or alias" in error.message
    )


def suggest_models(
    error: PollinationsError, model: str | None = None, names: Iterable[str] = ()
) -> None:
    """Say in an error about an unknown model which names are near, and what lists them all.

    Args:
        error: Any error; others are left as they are.
        model: The name that was asked for; None takes it from the error's message.
        names: Names of models; those that the gateway lists in the error count too.

    Example:
        >>> error = PollinationsError('Invalid service or alias: "opnai".')
        >>> suggest_models(error, names=["openai", "mistral"])
        >>> error.hint
        "Did you mean 'openai'? The command pollinations-models lists the models."
    """
    if not names_unknown_model(error):
        return
    quoted = _QUOTED.search(error.message)
    model = model or (quoted[1] if quoted else "")
    offered = _QUOTED.findall(" ".join(error.field_errors.get("model", ())))
    error.hint = did_you_mean(model, [*offered, *names]) + LIST_MODELS


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a question with the names that are near to a wrong one; empty if there are none.

    Example:
        >>> did_you_mean("fluxx", ["flux", "kontext"])
        "Did you mean 'flux'? "
    """
    near = get_close_matches(name[:_LONGEST_NAME], dict.fromkeys(names), n=3)
    return f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
