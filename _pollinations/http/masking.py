"""Takes secrets out of errors: out of texts, and out of the frames that errors went through."""

from collections.abc import Iterator, Mapping
from os.path import commonprefix
from typing import Any

_PREFIX = 8
"""How many characters of a secret are too many to show."""


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was caused by, each once."""
    known: set[int] = set()
    while error is not None and id(error) not in known:
        known.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def forget_frames(error: BaseException) -> None:
    """Drop the frames that an error and its causes went through; they hold what was sent."""
    for link in chain(error):
        link.__traceback__ = None


def masked(secret: str, value: Any) -> Any:  # noqa: ANN401 - of any type, and the same
    """Mask a secret in a text, a tuple or a mapping, at any depth; other values stay as they are.

    Example:
        >>> masked("sk_hush", ("key sk_hush", 3))
        ('key ***', 3)
    """
    match value:
        case str():
            # The beginning of a secret too: whoever shortens a text may cut the secret in two.
            first, *others = value.split(secret[:_PREFIX])
            rest = secret[_PREFIX:]
            ends = (part[len(commonprefix([part, rest])) :] for part in others)  # noqa: RUF071 - of texts, not of paths
            return "***".join([first, *ends])
        case tuple():
            return tuple(masked(secret, part) for part in value)
        case Mapping():
            return {masked(secret, name): masked(secret, part) for name, part in value.items()}
        case _:
            return value


def begins_in(secret: str, text: str) -> bool:
    """Whether a text shows a secret, or more than the first letters of it."""
    return secret[:_PREFIX] in text
