"""Names of tools: as the caller has them, as providers take them, and back."""

import re
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Any

from _pollinations.chat.providers import NAME
from _pollinations.http.values import mapping

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


def wire_name(name: str, allowed: re.Pattern[str], used: Collection[str] = ()) -> str:
    """Make a name that a provider takes of one that it may refuse.

    Args:
        name: The caller's.
        allowed: What a whole name must match.
        used: The names of other tools.

    Returns:
        The name itself if it is free and matches; else the nearest one, the same each time.

    Example:
        >>> pattern = re.compile("[a-zA-Z0-9_-]{1,64}")
        >>> wire_name("Page[int]", pattern), wire_name("a.b", pattern, {"a_b"})
        ('Page_int', 'a_b_2e7336dc')
    """
    if allowed.fullmatch(name) and name not in used:
        return name
    start = _REFUSED.sub("_", name).strip("_") or "tool"
    new = start = start if allowed.match(start) else f"_{start}"
    count = 0
    while len(new) > _LENGTH or new in used:
        mark = sha256(f"{name}{count or ''}".encode("utf-8", "replace")).hexdigest()[:_MARK]
        new, count = f"{start[: _LENGTH - _MARK - 1]}_{mark}", count + 1
    return new


def with_wire_names(
    body: Mapping[str, Any], allowed: re.Pattern[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Rename the tools of a call wherever it names them; two names never become one.

    Args:
        body: Tools, `tool_choice` and messages by their wire names; it is not changed.
        allowed: What a whole name must match.

    Returns:
        The body; and the caller's names by those that the model will call, where they differ.
    """
    new: dict[str, str] = {}

    def rename(name: str) -> str:
        if name not in new:
            new[name] = wire_name(name, allowed, new.values())
        return new[name]

    # `extra_body` may have put anything in their places.
    result = {**body}
    if isinstance(body.get("tools"), list):
        # Built-in tools that are sent as functions have no parameters, and keep their names.
        result["tools"] = [_with_name(tool, rename, "parameters") for tool in body["tools"]]
    if isinstance(body.get("messages"), list):
        result["messages"] = [_message(message, rename) for message in body["messages"]]
    if "tool_choice" in body:
        result["tool_choice"] = _with_name(body["tool_choice"], lambda name: new.get(name, name))
    return result, {wire: name for name, wire in new.items() if wire != name}


def _message(message: Any, rename: Callable[[str], str]) -> Any:  # noqa: ANN401 - see above
    if not isinstance(message, Mapping):
        return message
    result = {**message}
    if message.get("role") == "tool" and isinstance(message.get("name"), str):
        result["name"] = rename(message["name"])
    if isinstance(message.get("tool_calls"), list):
        result["tool_calls"] = [_with_name(call, rename) for call in message["tool_calls"]]
    return result


def _with_name(holder: Any, rename: Callable[[str], str], needed: str = "name") -> Any:  # noqa: ANN401 - see above
    """A tool, a call or a choice with a new name; itself if it has none, or lacks that key."""
    function = mapping(holder.get("function")) if isinstance(holder, Mapping) else {}
    if needed not in function or not isinstance(function.get("name"), str):
        return holder
    return {**holder, "function": {**function, "name": rename(function["name"])}}
