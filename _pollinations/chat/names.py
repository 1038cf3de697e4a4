"""Names of tools: as the caller has them, as providers take them, and back."""

import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

from _pollinations.chat.providers import NAME

_LENGTH = 64
_MARK = 8
_REFUSED = re.compile(r"[^a-zA-Z0-9_-]+")


def sanitised(name: str | None) -> str | None:
    """Make a name that providers accept, `[a-zA-Z0-9_-]{1,64}`; None if nothing is left.

    Example:
        >>> sanitised("Ada Lovelace")
        'Ada_Lovelace'
    """
    if not name or NAME.fullmatch(name):
        return name or None
    return _REFUSED.sub("_", name).strip("_")[:_LENGTH] or None


def wire_names(names: Iterable[str], taken: re.Pattern[str]) -> dict[str, str]:
    """Give each name that a provider refuses one that it takes.

    Two names never get the same one, and none gets the name of another tool. The outcome depends
    on the set of names alone.

    Args:
        names: All names of a call.
        taken: What a whole name must match.

    Returns:
        The new names by the old ones; only those that change.

    Example:
        >>> wire_names(["add", "bee.facts", "Page[int]"], re.compile("[a-zA-Z0-9_-]{1,64}"))
        {'Page[int]': 'Page_int', 'bee.facts': 'bee_facts'}
    """
    all_names = set(names)
    refused = sorted(name for name in all_names if not taken.fullmatch(name))
    used = all_names.difference(refused)
    result: dict[str, str] = {}
    for name in refused:
        start = _REFUSED.sub("_", name).strip("_") or "tool"
        start = start if taken.match(start) else f"_{start}"
        new, count = start, 0
        while len(new) > _LENGTH or new in used:
            mark = sha256(f"{name}{count or ''}".encode("utf-8", "replace")).hexdigest()[:_MARK]
            new, count = f"{start[: _LENGTH - _MARK - 1]}_{mark}", count + 1
        used.add(new)
        result[name] = new
    return result


def with_wire_names(
    body: Mapping[str, Any], taken: re.Pattern[str]
) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Rename the tools of a call wherever it names them.

    Args:
        body: Tools, `tool_choice` and messages by their wire names; it is not changed.
        taken: What a whole name must match.

    Returns:
        The body, itself if there was nothing to rename; and the caller's names by those that the
        model will call.
    """
    names: set[str] = set()

    def collect(name: str) -> str:
        names.add(name)
        return name

    _renamed(body, collect)
    new = wire_names(names, taken)
    if not new:
        return body, {}
    result = _renamed(body, lambda name: new.get(name, name))
    if "tool_choice" in body:
        result["tool_choice"] = _with_name(body["tool_choice"], lambda name: new.get(name, name))
    return result, {wire: name for name, wire in new.items()}


def _renamed(body: Mapping[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    """Rename tools, calls and results; `extra_body` may have put anything in their places."""
    result = {**body}
    if isinstance(body.get("tools"), list):
        # Built-in tools that are sent as functions have no parameters, and keep their names.
        result["tools"] = [_with_name(tool, rename, "parameters") for tool in body["tools"]]
    if isinstance(body.get("messages"), list):
        result["messages"] = [_message(message, rename) for message in body["messages"]]
    return result


def _message(message: Any, rename: Callable[[str], str]) -> Any:  # noqa: ANN401 - see `_renamed`
    if not isinstance(message, Mapping):
        return message
    result = {**message}
    if message.get("role") == "tool" and isinstance(message.get("name"), str):
        result["name"] = rename(message["name"])
    if isinstance(message.get("tool_calls"), list):
        result["tool_calls"] = [_with_name(call, rename) for call in message["tool_calls"]]
    return result


def _with_name(holder: Any, rename: Callable[[str], str], needed: str = "name") -> Any:  # noqa: ANN401 - see `_renamed`
    """A tool, a call or a choice with a new name; itself if it has none, or lacks that key."""
    function = holder.get("function") if isinstance(holder, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        return holder
    if needed not in function:
        return holder
    return {**holder, "function": {**function, "name": rename(function["name"])}}
