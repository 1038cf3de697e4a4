r"""A JSON value while it is being written: each character is read once, however often one looks.

`pydantic_core.from_json(text, allow_partial=...)` reads such a text too, but from its beginning
each time; looking after each of 8,000 pieces then takes seconds.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from _pollinations.http.json import parse

Container = dict[str, Any] | list[Any]

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[-+.\w]*")
_CHARACTERS = re.compile(
    r'(?:[^"\\\x00-\x1f]+|\\["\\/bfnrt]'
    r"|\\u(?:[0-9a-cefA-CEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}"
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*"
)
_LONGEST_ESCAPE = len(r"\ud83d\ude00")
_MISSING: Final = object()


class PartialJSON:
    r"""Reads one JSON value, piece by piece.

    What is no JSON ends the reading; what came before it stays, and what follows the value is
    not looked at.

    Example:
        >>> partial = PartialJSON()
        >>> partial.feed('{"a": [1, 2], "b": "he')
        >>> partial.value
        {'a': [1, 2], 'b': 'he'}
        >>> partial.feed('llo\\n"')
        >>> partial.value
        {'a': [1, 2], 'b': 'hello\n'}
    """

    __slots__ = (
        "_done",
        "_in_key",
        "_in_string",
        "_keys",
        "_open",
        "_rest",
        "_root",
        "_step",
        "_string",
    )

    def __init__(self) -> None:
        self._open: list[Container] = []
        """The containers that are not closed yet, the outermost first."""
        self._keys: list[str] = []
        """The last key in each of them; nothing of meaning for a list."""
        self._root: Any = _MISSING
        self._string: list[str] = []
        """The pieces of the last string."""
        self._in_string = False
        self._in_key = False
        self._done = False
        self._rest = ""
        """A number, a word or an escape that may go on."""
        self._step: Callable[[PartialJSON, str, int], int] = PartialJSON._value

    def feed(self, text: str) -> None:
        """Take the next characters.

        Args:
            text: They may be cut anywhere.
        """
        text, self._rest = self._rest + text, ""
        place, end = 0, len(text)
        while place < end and not self._done:
            if self._in_string:
                place = self._characters(text, place)
                continue
            place = _matched(_SPACE, text, place)
            if place < end:
                place = self._step(self, text, place)

    @property
    def value(self) -> Any:  # noqa: ANN401 - JSON text can hold any JSON value
        """What came so far; None if that is nothing.

        Strings may be half there; keys without a value, and numbers that cannot stand as they
        are, are left out. What is whole already is shared with the values of earlier and later
        looks: who changes it, copies it first.
        """
        made = self._unfinished()
        for container, key in zip(reversed(self._open), reversed(self._keys), strict=True):
            grown = container.copy()
            if made is not _MISSING:
                _put(grown, key, made)
            made = grown
        return None if made is _MISSING else made

    def _unfinished(self) -> Any:  # noqa: ANN401 - as above
        """The innermost value, so far."""
        if self._in_key:
            return _MISSING
        if self._in_string:
            # Joined, so that the next look has one piece more to join and not all of them.
            self._string = ["".join(self._string)]
            return self._string[0]
        return _scalar(self._rest) if self._rest else self._root

    # Each step is at a character that is no space, and returns the place of the next.

    def _value(self, text: str, place: int) -> int:
        first = text[place]
        if first == '"':
            return self._quote(place)
        if first == "{":
            return self._begin({}, place, PartialJSON._first_key)
        if first == "[":
            return self._begin([], place, PartialJSON._first_item)
        end = _matched(_SCALAR, text, place)
        if end == len(text):
            self._rest = text[place:]
            return end
        value = _scalar(text[place:end])
        if value is _MISSING:
            return self._end(text)
        self._take(value)
        return end

    def _first_item(self, text: str, place: int) -> int:
        return self._close(place) if text[place] == "]" else self._value(text, place)

    def _first_key(self, text: str, place: int) -> int:
        return self._close(place) if text[place] == "}" else self._key(text, place)

    def _key(self, text: str, place: int) -> int:
        if text[place] != '"':
            return self._end(text)
        self._in_key = True
        return self._quote(place)

    def _colon(self, text: str, place: int) -> int:
        if text[place] != ":":
            return self._end(text)
        self._in_key = False
        self._step = PartialJSON._value
        return place + 1

    def _next(self, text: str, place: int) -> int:
        is_object = isinstance(self._open[-1], dict)
        if text[place] == ",":
            self._step = PartialJSON._key if is_object else PartialJSON._value
            return place + 1
        if text[place] == ("}" if is_object else "]"):
            return self._close(place)
        return self._end(text)

    def _characters(self, text: str, place: int) -> int:
        """The next step within a string, which has spaces of its own."""
        end = _matched(_CHARACTERS, text, place)
        piece = text[place:end]
        self._string.append(parse(f'"{piece}"') if "\\" in piece else piece)
        if end == len(text):
            return end
        if text[end] == '"':
            self._in_string = False
            self._take("".join(self._string))
            return end + 1
        if text[end] == "\\" and len(text) - end < _LONGEST_ESCAPE:
            self._rest = text[end:]
            return len(text)
        return self._end(text)

    def _begin(
        self, container: Container, place: int, step: "Callable[[PartialJSON, str, int], int]"
    ) -> int:
        self._open.append(container)
        self._keys.append("")
        self._step = step
        return place + 1

    def _close(self, place: int) -> int:
        self._keys.pop()
        self._take(self._open.pop())
        return place + 1

    def _quote(self, place: int) -> int:
        self._string, self._in_string = [], True
        return place + 1

    def _take(self, value: Any) -> None:  # noqa: ANN401 - as above
        """Put a whole value, or a whole key, where it belongs."""
        if self._in_key:
            self._keys[-1] = value
            self._step = PartialJSON._colon
        elif self._open:
            _put(self._open[-1], self._keys[-1], value)
            self._step = PartialJSON._next
        else:
            self._root, self._done = value, True

    def _end(self, text: str) -> int:
        """Read no further: this is no JSON."""
        self._done = True
        return len(text)


def _matched(pattern: re.Pattern[str], text: str, place: int) -> int:
    """Where a pattern, which matches nothing too, stops to match."""
    return pattern.match(text, place).end()  # type: ignore[union-attr] # each matches nothing too


def _put(container: Container, key: str, value: Any) -> None:  # noqa: ANN401 - as above
    if isinstance(container, dict):
        container[key] = value
    else:
        container.append(value)


def _scalar(token: str) -> Any:  # noqa: ANN401 - as above
    """A number, true, false or null."""
    try:
        return parse(token)
    except ValueError:
        return _MISSING
