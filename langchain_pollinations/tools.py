"""Tools as the wire spells them, made once per tool."""

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from _pollinations.chat.options import BUILTIN_TOOLS
from _pollinations.http.errors import InvalidInputError

ToolLike = str | dict[str, Any] | type | Callable[..., Any] | BaseTool

# An agent binds its tools again at each step, and making a function's schema takes milliseconds.
_made: WeakKeyDictionary[Any, dict[bool | None, dict[str, Any]]] = WeakKeyDictionary()


def to_wire_tools(tools: Sequence[ToolLike], *, strict: bool | None) -> list[dict[str, Any]]:
    """Translate tools.

    Args:
        tools: Functions, tools, pydantic classes, TypedDicts, JSON schemas, or the gateway's
            built-in tools by name or as `{"type": name}`.
        strict: Whether the arguments must follow the schema; None does not say.

    Returns:
        Wire tools; do not change them, they are shared.

    Raises:
        InvalidInputError: Something is no tool.

    Example:
        >>> to_wire_tools(["google_search"], strict=None)
        [{'type': 'google_search'}]
    """
    return [_to_wire(tool, strict, place) for place, tool in enumerate(tools)]


def _to_wire(tool: ToolLike, strict: bool | None, place: int) -> dict[str, Any]:
    if isinstance(tool, str):
        if tool not in BUILTIN_TOOLS:
            raise InvalidInputError(
                f"tools[{place}]: {tool!r} is no built-in tool; there are: "
                f"{', '.join(sorted(BUILTIN_TOOLS))}."
            )
        return {"type": tool}
    if isinstance(tool, dict):
        if isinstance(tool.get("type"), str) and tool["type"] in BUILTIN_TOOLS:
            return tool
        return _converted(tool, strict, place)
    try:
        known = _made.setdefault(tool, {})
    except TypeError:  # tools need be neither hashable nor weakly referable
        return _converted(tool, strict, place)
    if strict not in known:
        known[strict] = _converted(tool, strict, place)
    return known[strict]


def _converted(tool: ToolLike, strict: bool | None, place: int) -> dict[str, Any]:
    try:
        return convert_to_openai_tool(tool, strict=strict)  # type: ignore[arg-type] # str is dealt with before
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"tools[{place}] is no tool: {error}") from error
