"""Which call a piece of a tool call belongs to, however the provider counts and names them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from _pollinations.chat.reply import ToolCall, ToolCallDelta
from _pollinations.chat.text_pieces import Pieces
from _pollinations.http.json import dump, parse

_PLAIN_KEYS = frozenset({"index", "id", "function"})
_CALL_KEYS = _PLAIN_KEYS | {"type"}
_FUNCTION_KEYS = frozenset({"name", "arguments"})
NO_NAMES: Mapping[str, str] = MappingProxyType({})
_MISSING_NAMES = ("null", "None")  # what some gateways write for the missing name of a later piece


@dataclass(slots=True, eq=False)
class _OpenCall:
    """A call that may still grow; `named_in` counts the list in which its name came last."""

    position: int
    given_id: str
    id: str
    name: str = ""
    arguments: Pieces = field(default_factory=Pieces)
    extra: dict[str, Any] = field(default_factory=dict)
    named_in: int = 0


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

    def feed(self, entries: list[Any], *, whole: bool = False) -> tuple[ToolCallDelta, ...]:
        """Read the `tool_calls` of one event or message; null holes and non-objects are skipped.

        Args:
            entries: As they came.
            whole: They are those of a whole message: each entry with a name is a call.

        Returns:
            What is new of each call, once: frameworks do not add up pieces that come together.
        """
        self._lists += 1
        new: dict[int, ToolCallDelta] = {}
        for entry in entries:
            if isinstance(entry, dict):
                self._feed(entry, new, whole=whole)
        return tuple(new.values())

    def flush(self) -> tuple[ToolCallDelta, ...]:
        """Return the ends of arguments that waited for more; see `Pieces.flush`."""
        rests = ((call.position, call.arguments.flush()) for call in self._calls)
        return tuple(ToolCallDelta(position, None, None, rest) for position, rest in rests if rest)

    def result(self) -> tuple[ToolCall, ...]:
        """Return the calls with all that came of them."""
        return tuple(
            ToolCall(call.id, call.name, str(call.arguments), call.extra) for call in self._calls
        )

    def _feed(self, entry: dict[str, Any], new: dict[int, ToolCallDelta], *, whole: bool) -> None:
        function = entry.get("function")
        if function.__class__ is not dict:
            function = {}
        index, given_id, name, arguments = self._parts(entry, function)
        known = None if whole and name else self._find(index, given_id, name, arguments)
        call = known or self._start(given_id)
        delta = new.get(call.position)
        if delta is None:
            delta = new[call.position] = ToolCallDelta(call.position, None, None, "")
        if known is None:
            delta.id = call.id
        if index is not None:
            self._by_index[index] = call
        if name:
            call.named_in = self._lists
            if not call.name:
                call.name = delta.name = name
        delta.arguments += call.arguments.feed(arguments)
        extra = _extra(entry, function)
        if extra:
            call.extra = _with_extra(call.extra, extra)
            delta.extra = _with_extra(delta.extra or {}, extra)

    def _parts(
        self, entry: dict[str, Any], function: dict[str, Any]
    ) -> tuple[int | None, str, str, str]:
        """The index, the id, the tool's name for the caller and the arguments of an entry."""
        name, given_id, index = function.get("name"), entry.get("id"), entry.get("index")
        if name.__class__ is not str or name in _MISSING_NAMES:
            name = ""
        elif name in self._names:
            name = self._names[name]
        given_id = "" if given_id is None else str(given_id)
        index = index if index.__class__ is int else None
        arguments = function.get("arguments", "")
        if arguments.__class__ is not str:
            arguments = "" if arguments is None else dump(arguments).decode()
        return index, given_id, name, arguments

    def _find(
        self, index: int | None, given_id: str, name: str, arguments: str
    ) -> _OpenCall | None:
        """The call that a piece goes on with, or None if it begins one."""
        by_id = self._by_id.get(given_id) if given_id else None
        by_index = None if index is None else self._by_index.get(index)
        call = by_id
        if by_index and given_id in ("", by_index.given_id):
            call = by_index
        if not name:
            last = self._calls[-1] if self._calls and index is None else None
            return call or by_index or last
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


def _extra(entry: Mapping[str, Any], function: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that are not OpenAI's."""
    # Comparing keys is quicker than the difference, which is empty for most pieces.
    if entry.keys() <= _PLAIN_KEYS and function.keys() <= _FUNCTION_KEYS:
        return {}
    extra = {name: entry[name] for name in entry.keys() - _CALL_KEYS}
    inner = {name: function[name] for name in function.keys() - _FUNCTION_KEYS}
    return {**extra, "function": inner} if inner else extra


def _with_extra(known: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Both, with the keys inside `function` of both."""
    inner = {**known.get("function", {}), **more.get("function", {})}
    return {**known, **more, **({"function": inner} if inner else {})}


def _starts_anew(call: _OpenCall, name: str, arguments: str) -> bool:
    """Whether a piece with a name begins a second call rather than repeating the name of this."""
    if not call.name or name != call.name:
        return bool(call.name)
    if not arguments.lstrip().startswith("{"):
        return False
    try:
        parse(str(call.arguments))
    except ValueError:
        return False
    return True
