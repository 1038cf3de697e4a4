"""The arguments of a tool call while they are written."""

from typing import Any, Self

from pydantic_core import from_json

_Reading = list[tuple[int, Any]]


class Arguments(str):
    """The JSON text of a call's arguments so far.

    It is a string like any other. Agents parse the arguments after each of thousands of pieces, so
    texts that grew from one another share what was parsed, and parse anew only when a text is
    longer by an eighth: on average each character is parsed nine times, however many pieces come.

    Example:
        >>> first = Arguments('{"a": 1, "b": "x')
        >>> first.value, first.grown("yz and more").value
        ({'a': 1, 'b': 'x'}, {'a': 1, 'b': 'xyz and more'})
    """

    __slots__ = ("_reading",)

    _reading: _Reading

    def __new__(cls, text: str = "", reading: _Reading | None = None) -> Self:
        """Begin a text, or go on with one."""
        text_so_far = super().__new__(cls, text)
        text_so_far._reading = reading or [(0, None)]
        return text_so_far

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Be copied and pickled as the plain text."""
        return str, (str(self),)

    def grown(self, piece: str) -> "Arguments":
        """Make the text that has a piece more."""
        return Arguments(self + piece, self._reading)

    @property
    def value(self) -> Any:
        """The value so far, None if there is none yet; the last eighth of the text may be missing.

        It is shared with the values of other texts: copy it before you change it.
        """
        (length, value) = self._reading[0]
        if length <= len(self) <= length + length // 8:
            return value
        try:
            value = from_json(self, allow_partial="trailing-strings")
        except ValueError:
            value = value if length < len(self) else None
        if length < len(self):
            self._reading[0] = (len(self), value)
        return value
