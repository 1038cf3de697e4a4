"""Which call a piece of a tool call belongs to, however the provider counts and names them."""

from typing import Any
from uuid import uuid4

from _pollinations.chat.reply import ToolCall, ToolCallDelta
from _pollinations.http.json import dump, parse

_CALL_KEYS = frozenset({"index", "id", "type", "function"})
_FUNCTION_KEYS = frozenset({"name", "arguments"})
_PLAIN_TYPES = (None, "", "function")  # a tuple: a type may be anything, even unhashable


class _Open:
    """A call that may still grow."""

    __slots__ = ("arguments", "extra", "given_id", "id", "name", "position")

    def __init__(self, position: int, given_id: str) -> None:
        self.position = position
        self.given_id = given_id
        self.id = given_id or f"call_{uuid4().hex}"
        self.name = ""
        self.arguments: list[str] = []
        self.extra: dict[str, Any] = {}


class ToolCalls:
    """The tool calls of one answer.

    A piece belongs to the call last seen under its index, unless it brings another id, or starts
    a call anew without an id. Without an index, its id or the last call decides.
    """

    __slots__ = ("_by_id", "_by_index", "_calls")

    def __init__(self) -> None:
        self._calls: list[_Open] = []
        self._by_index: dict[int, _Open] = {}
        self._by_id: dict[str, _Open] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def take(self, entries: list[Any]) -> tuple[ToolCallDelta, ...]:
        """Take the `tool_calls` of one event or message; null holes and non-objects are skipped.

        Returns:
            What is new of each call, once: frameworks do not add up pieces that come together.
        """
        taken = [
            self._take(entry, place)
            for place, entry in enumerate(entries)
            if isinstance(entry, dict)
        ]
        return tuple(taken) if len(taken) < 2 else _together(taken)  # noqa: PLR2004 - nothing to put together

    def whole(self) -> tuple[ToolCall, ...]:
        """Return the calls with all that came of them."""
        return tuple(
            ToolCall(call.id, call.name, "".join(call.arguments), call.extra)
            for call in self._calls
        )

    def _take(self, entry: dict[str, Any], place: int) -> ToolCallDelta:
        return self._take_more(entry) or self._take_any(entry, place)

    def _take_more(self, entry: dict[str, Any]) -> ToolCallDelta | None:
        """Take the next characters of a known call's arguments, which is what most pieces are."""
        index, function = entry.get("index"), entry.get("function")
        if len(entry) != 2 or index.__class__ is not int or function.__class__ is not dict:  # noqa: PLR2004 - these two
            return None
        call, arguments = self._by_index.get(index), function.get("arguments")
        if call is None or len(function) != 1 or arguments.__class__ is not str:
            return None
        call.arguments.append(arguments)
        return ToolCallDelta(call.position, None, None, arguments)

    def _take_any(self, entry: dict[str, Any], place: int) -> ToolCallDelta:
        function = entry.get("function")
        if not isinstance(function, dict):
            function = {}
        name = function.get("name")
        name = name if isinstance(name, str) else ""
        arguments = _as_text(function.get("arguments"))
        given_id = entry.get("id")
        given_id = str(given_id) if given_id not in (None, "") else ""
        index = entry.get("index")
        if not isinstance(index, int):
            index = None
        call = self._find(index, given_id, name, arguments, place)
        fresh = call is None
        if call is None:
            call = self._start(given_id)
        if index is not None:
            self._by_index[index] = call
        new_name = name if name and not call.name else None
        call.name = call.name or name
        if arguments:
            call.arguments.append(arguments)
        extra = None
        if not (entry.keys() <= _CALL_KEYS and function.keys() <= _FUNCTION_KEYS) or (
            entry.get("type") not in _PLAIN_TYPES
        ):
            extra = self._extra(call, entry, function)
        return ToolCallDelta(
            call.position, call.id if fresh else None, new_name, arguments, extra or None
        )

    def _find(
        self, index: int | None, given_id: str, name: str, arguments: str, place: int
    ) -> _Open | None:
        if index is None:
            return self._find_without_index(given_id, name, place)
        call = self._by_index.get(index)
        if call is None or (given_id and call.given_id and given_id != call.given_id):
            return self._by_id.get(given_id)
        if name and call.name and not (given_id and call.given_id):
            return None if _starts_anew(call, name, arguments) else call
        if given_id and not call.given_id:
            call.given_id = given_id
            self._by_id[given_id] = call
        return call

    def _find_without_index(self, given_id: str, name: str, place: int) -> _Open | None:
        if given_id or name or not self._calls:
            return self._by_id.get(given_id)
        return self._calls[place] if 0 < place < len(self._calls) else self._calls[-1]

    def _start(self, given_id: str) -> _Open:
        call = _Open(len(self._calls), given_id)
        self._calls.append(call)
        if given_id:
            self._by_id[given_id] = call
        return call

    @staticmethod
    def _extra(
        call: _Open, entry: dict[str, Any], function: dict[str, Any]
    ) -> dict[str, Any] | None:
        extra = {name: entry[name] for name in entry.keys() - _CALL_KEYS}
        if entry.get("type") not in _PLAIN_TYPES:
            extra["type"] = entry["type"]
        inner = {name: function[name] for name in function.keys() - _FUNCTION_KEYS}
        if inner:
            extra["function"] = inner
            call.extra["function"] = {**call.extra.get("function", {}), **inner}
        call.extra.update({name: value for name, value in extra.items() if name != "function"})
        return extra


def _together(pieces: list[ToolCallDelta]) -> tuple[ToolCallDelta, ...]:
    """One piece for each call."""
    made: dict[int, ToolCallDelta] = {}
    for piece in pieces:
        first = made.get(piece.index)
        made[piece.index] = piece if first is None else _sum(first, piece)
    return tuple(made.values())


def _sum(first: ToolCallDelta, second: ToolCallDelta) -> ToolCallDelta:
    return ToolCallDelta(
        first.index,
        first.id or second.id,
        first.name or second.name,
        first.arguments + second.arguments,
        {**(first.extra or {}), **(second.extra or {})} or None,
    )


def _starts_anew(call: _Open, name: str, arguments: str) -> bool:
    """Whether a named piece without id begins a second call rather than repeating the name."""
    if name != call.name:
        return True
    if not arguments.lstrip().startswith("{") or not call.arguments:
        return False
    try:
        parse("".join(call.arguments))
    except ValueError:
        return False
    return True


def _as_text(arguments: object) -> str:
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else dump(arguments).decode()
