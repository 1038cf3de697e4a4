"""Names of tools: as the caller has them, as providers take them, and back."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

_LENGTH = 64
_MARK = 8
_REFUSED = re.compile(r"[^a-zA-Z0-9_-]+")
_RESULT_ROLES = frozenset({"tool", "function"})


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
    given = set(names)
    refused = sorted(name for name in given if not taken.fullmatch(name))
    used = given.difference(refused)
    made: dict[str, str] = {}
    for name in refused:
        start = _REFUSED.sub("_", name).strip("_") or "tool"
        start = start if taken.match(start) else f"_{start}"
        new, count = start, 0
        while len(new) > _LENGTH or new in used:
            mark = sha256(f"{name}{count or ''}".encode("utf-8", "replace")).hexdigest()[:_MARK]
            new, count = f"{start[: _LENGTH - _MARK - 1]}_{mark}", count + 1
        used.add(new)
        made[name] = new
    return made


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
    tools, messages = _objects(body.get("tools")), _objects(body.get("messages"))
    calls = [call for message in messages for call in _objects(message.get("tool_calls"))]
    # Built-in tools that are sent as functions have no parameters, and keep their names.
    named = [tool["function"] for tool in tools if _names_one(tool, "parameters")]
    named += [call["function"] for call in calls if _names_one(call)]
    named += [message for message in messages if _is_result(message)]
    new = wire_names((holder["name"] for holder in named), taken) if named else {}
    if not new:
        return body, {}
    made = dict(body)
    if messages:
        made["messages"] = [_message(message, new) for message in body["messages"]]
    if tools:
        made["tools"] = [_renamed(tool, new, "parameters") for tool in body["tools"]]
    if "tool_choice" in body:
        made["tool_choice"] = _renamed(body["tool_choice"], new)
    return made, {wire: name for name, wire in new.items()}


def _objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; `extra_body` may have put anything in its place."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _names_one(holder: object, key: str = "name") -> bool:
    """Whether a tool, a call or a choice has the name of a function in it, and that key."""
    function = holder.get("function") if isinstance(holder, Mapping) else None
    return (
        isinstance(function, Mapping) and isinstance(function.get("name"), str) and key in function
    )


def _is_result(message: Mapping[str, Any]) -> bool:
    return message.get("role") in _RESULT_ROLES and isinstance(message.get("name"), str)


def _message(message: Any, new: Mapping[str, str]) -> Any:  # noqa: ANN401 - see `_objects`
    if not isinstance(message, Mapping):
        return message
    if _is_result(message) and message["name"] in new:
        return {**message, "name": new[message["name"]]}
    if _objects(message.get("tool_calls")):
        return {**message, "tool_calls": [_renamed(call, new) for call in message["tool_calls"]]}
    return message


def _renamed(holder: Any, new: Mapping[str, str], key: str = "name") -> Any:  # noqa: ANN401 - see `_objects`
    """A tool, a call or a choice under its new name; itself if it has none."""
    if not _names_one(holder, key) or holder["function"]["name"] not in new:
        return holder
    function = holder["function"]
    return {**holder, "function": {**function, "name": new[function["name"]]}}
