"""Names that nobody knows, and the name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

from _pollinations.http.errors import InvalidInputError


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
            close = get_close_matches(name, names, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            raise InvalidInputError(
                f"{owner} has no {name!r}{hint} "
                "Further fields of the API go into extra_body={...}."
            )
