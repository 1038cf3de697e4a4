"""The arguments of a tool call while they are written: read when somebody asks, and only once."""

from threading import Lock
from typing import Any, Self

from _pollinations.chat.partial_json import PartialJSON


class Arguments(str):
    """The JSON text of a call's arguments so far.

    It is a string like any other, which texts that grew from one another read together: agents
    look at the arguments after each of thousands of pieces.

    Example:
        >>> first = Arguments('{"a": 1, "b": "x')
        >>> first.grown('yz"').value, first.value
        ({'a': 1, 'b': 'xyz'}, {'a': 1, 'b': 'x'})
    """

    __slots__ = ("_reading",)

    _reading: "_Reading"

    def __new__(cls, text: str = "", reading: "_Reading | None" = None) -> Self:
        """Begin a text, or go on with one."""
        made = super().__new__(cls, text)
        made._reading = reading or _Reading()
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Be copied and pickled as the plain text."""
        return str, (str(self),)

    def grown(self, piece: str) -> "Arguments":
        """Make the text that has a piece more."""
        return Arguments(self + piece, self._reading)

    @property
    def value(self) -> Any:
        """What the text holds so far; see `PartialJSON.value`."""
        return self._reading.of(self)


class _Reading:
    """How far a growing text was read."""

    __slots__ = ("_json", "_length", "_lock")

    def __init__(self) -> None:
        self._lock = Lock()
        self._json = PartialJSON()
        self._length = 0

    def of(self, text: str) -> Any:
        with self._lock:
            if len(text) < self._length:
                # Somebody looks back; that is rare, and does not disturb who looks ahead.
                past = PartialJSON()
                past.feed(text)
                return past.value
            self._json.feed(text[self._length :])
            self._length = len(text)
            return self._json.value
