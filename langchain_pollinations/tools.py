"""Tools in the form that is sent; each is converted once."""

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from _pollinations.chat.options import builtin_tool, tool_list, unknown_tool

ToolLike = str | dict[str, Any] | type | Callable[..., Any] | BaseTool

# An agent binds its tools again at each step, and making a function's schema takes milliseconds.
_converted_tools: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def to_wire_tools(tools: Sequence[ToolLike] | str, *, strict: bool | None) -> list[dict[str, Any]]:
    """Translate tools, under the caller's names for them.

    Args:
        tools: Functions, tools, pydantic classes, TypedDicts, JSON schemas, or the gateway's
            built-in tools by name or as `{"type": name}`; such a name may stand alone.
        strict: Whether the arguments must follow the schema; None leaves it out.

    Returns:
        Wire tools; do not change them, they are shared.

    Raises:
        InvalidInputError: Something is not a tool.

    Example:
        >>> to_wire_tools("url_context", strict=None)
        [{'type': 'url_context'}]
    """
    return [_to_wire(tool, strict, place) for place, tool in enumerate(tool_list(tools))]


def _to_wire(tool: ToolLike, strict: bool | None, place: int) -> dict[str, Any]:
    wire = builtin_tool(tool) or _known(tool, place)
    if strict is None or wire["type"] != "function" or "parameters" not in wire["function"]:
        return wire
    return {**wire, "function": {**wire["function"], "strict": strict}}


def _known(tool: ToolLike, place: int) -> dict[str, Any]:
    if isinstance(tool, dict):
        return _converted(tool, place)
    try:
        if tool not in _converted_tools:
            _converted_tools[tool] = _converted(tool, place)
        return _converted_tools[tool]
    except TypeError:  # tools need be neither hashable nor weakly referable
        return _converted(tool, place)


def _converted(tool: ToolLike, place: int) -> dict[str, Any]:
    try:
        return convert_to_openai_tool(tool)  # type: ignore[arg-type] # str is dealt with before
    except (TypeError, ValueError, AttributeError) as error:
        raise unknown_tool(tool, place) from error
