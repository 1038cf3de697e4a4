"""Which call a piece of a tool call belongs to, however the provider counts and names them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from _pollinations.chat.pieces import Pieces
from _pollinations.chat.reply import ToolCall, ToolCallDelta
from _pollinations.http.json import dump, parse

_CALL_KEYS = frozenset({"index", "id", "type", "function"})
_FUNCTION_KEYS = frozenset({"name", "arguments"})
NO_NAMES: Mapping[str, str] = MappingProxyType({})
_PLAIN_TYPES = ("", "none", "function")
_MISSING_NAMES = ("null", "None")  # what some gateways write for the missing name of a later piece


class _OpenCall:
    """A call that may still grow."""

    __slots__ = ("arguments", "extra", "given_id", "id", "name", "named_in", "position")

    def __init__(self, position: int, given_id: str, own_id: str) -> None:
        self.position = position
        self.given_id = given_id
        self.id = own_id
        self.name = ""
        self.arguments = Pieces()
        self.extra: dict[str, Any] = {}
        self.named_in = 0


class ToolCalls:
    """Reads the tool calls of one answer.

    A piece without a name goes on with a known call: the one of its id, else the one last seen
    under its index, else the last one. A piece with a name begins a call, unless it repeats the
    name of the call that its id or index points to. Calls that share an id stay apart: the second
    gets an id of its own.

    Args:
        names: The caller's names of tools by those that the model knows, where they differ.
    """

    __slots__ = ("_by_id", "_by_index", "_calls", "_lists", "_names")

    def __init__(self, names: Mapping[str, str] = NO_NAMES) -> None:
        self._names = names
        self._calls: list[_OpenCall] = []
        self._by_index: dict[int, _OpenCall] = {}
        self._by_id: dict[str, _OpenCall] = {}
        self._lists = 0

    def __len__(self) -> int:
        return len(self._calls)

    def feed(self, entries: list[Any], *, whole: bool = False) -> tuple[ToolCallDelta, ...]:
        """Read the `tool_calls` of one event or message; null holes and non-objects are skipped.

        Args:
            entries: As they came.
            whole: They are those of a whole message: each entry with a name is a call.

        Returns:
            What is new of each call, once: frameworks do not add up pieces that come together.
        """
        self._lists += 1
        pieces = [
            self._feed(entry, place, whole=whole)
            for place, entry in enumerate(entries)
            if isinstance(entry, dict)
        ]
        return tuple(pieces) if len(pieces) < 2 else together(pieces)  # noqa: PLR2004 - nothing to put together

    def flush(self) -> tuple[ToolCallDelta, ...]:
        """Return the ends of arguments that waited for more; see `Pieces.flush`."""
        rests = ((call.position, call.arguments.flush()) for call in self._calls)
        return tuple(ToolCallDelta(position, None, None, rest) for position, rest in rests if rest)

    def result(self) -> tuple[ToolCall, ...]:
        """Return the calls with all that came of them."""
        return tuple(
            ToolCall(call.id, call.name, str(call.arguments), call.extra) for call in self._calls
        )

    def _feed(self, entry: dict[str, Any], place: int, *, whole: bool) -> ToolCallDelta:
        return self._feed_more(entry) or self._feed_any(entry, place, whole=whole)

    def _feed_more(self, entry: dict[str, Any]) -> ToolCallDelta | None:
        """Read the next characters of a known call's arguments, which is what most pieces are."""
        index, function = entry.get("index"), entry.get("function")
        if len(entry) != 2 or index.__class__ is not int or function.__class__ is not dict:  # noqa: PLR2004 - these two
            return None
        call, arguments = self._by_index.get(index), function.get("arguments")
        if call is None or len(function) != 1 or arguments.__class__ is not str:
            return None
        text = call.arguments
        if text.half or "\ud800" <= arguments[-1:] <= "\udbff":
            arguments = text.feed(arguments)
        else:
            text.pieces.append(arguments)
        return ToolCallDelta(call.position, None, None, arguments)

    def _feed_any(self, entry: dict[str, Any], place: int, *, whole: bool) -> ToolCallDelta:
        function = entry.get("function")
        if not isinstance(function, dict):
            function = {}
        name = function.get("name")
        name = name if isinstance(name, str) and name not in _MISSING_NAMES else ""
        name = self._names.get(name, name)
        arguments = _as_text(function.get("arguments"))
        given_id = entry.get("id")
        given_id = str(given_id) if given_id not in (None, "") else ""
        index = entry.get("index")
        if not isinstance(index, int):
            index = None
        call = None
        if not (whole and name):
            call = self._find(index, given_id, name, arguments, place)
        fresh = call is None
        if call is None:
            call = self._start(given_id)
        if index is not None:
            self._by_index[index] = call
        if given_id and not call.given_id:
            call.given_id = given_id
            self._by_id[given_id] = call
        if name:
            call.named_in = self._lists
        new_name = name if name and not call.name else None
        call.name = call.name or name
        arguments = call.arguments.feed(arguments)
        extra = self._extra(call, entry, function)
        return ToolCallDelta(
            call.position, call.id if fresh else None, new_name, arguments, extra or None
        )

    def _find(
        self, index: int | None, given_id: str, name: str, arguments: str, place: int
    ) -> _OpenCall | None:
        """The call that a piece goes on with, or None if it begins one."""
        by_id = self._by_id.get(given_id)
        by_index = None if index is None else self._by_index.get(index)
        if by_index and (given_id in ("", by_index.given_id) or not (by_id or by_index.given_id)):
            call: _OpenCall | None = by_index
        else:
            call = by_id
        if not name:
            if call or by_index or index is not None or not self._calls:
                return call or by_index
            return self._calls[place] if 0 < place < len(self._calls) else self._calls[-1]
        if call is None:
            return None
        if call.named_in == self._lists or (index is not None and call is not by_index):
            # Two names in one list, or under two indices, are two calls whatever their ids.
            return None
        return None if _starts_anew(call, name, arguments) else call

    def _start(self, given_id: str) -> _OpenCall:
        is_free = given_id and given_id not in self._by_id
        call = _OpenCall(len(self._calls), given_id, given_id if is_free else f"call_{uuid4().hex}")
        self._calls.append(call)
        if given_id:
            self._by_id[given_id] = call
        return call

    @staticmethod
    def _extra(
        call: _OpenCall, entry: dict[str, Any], function: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The keys that are not OpenAI's, added to the call's."""
        plain = str(entry.get("type")).lower() in _PLAIN_TYPES
        if plain and entry.keys() <= _CALL_KEYS and function.keys() <= _FUNCTION_KEYS:
            return None
        extra = {name: entry[name] for name in entry.keys() - _CALL_KEYS}
        if not plain:
            extra["type"] = entry["type"]
        inner = {name: function[name] for name in function.keys() - _FUNCTION_KEYS}
        if inner:
            extra["function"] = inner
        call.extra = _with_extra(call.extra, extra)
        return extra


def together(pieces: list[ToolCallDelta]) -> tuple[ToolCallDelta, ...]:
    """Make one piece for each call.

    Args:
        pieces: In the order in which they came.

    Returns:
        The calls in the order of their first pieces.
    """
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
        _with_extra(dict(first.extra or {}), dict(second.extra or {})) or None,
    )


def _with_extra(known: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both, with the keys inside `function` of both."""
    inner = {**known.get("function", {}), **more.get("function", {})}
    return {**known, **more, **({"function": inner} if inner else {})}


def _starts_anew(call: _OpenCall, name: str, arguments: str) -> bool:
    """Whether a piece with a name begins a second call rather than repeating the name of this."""
    if not call.name or name != call.name:
        return bool(call.name)
    return arguments.lstrip().startswith("{") and _is_json(str(call.arguments))


def _is_json(text: str) -> bool:
    if not text.rstrip().endswith("}"):
        return False
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _as_text(arguments: object) -> str:
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else dump(arguments).decode()
