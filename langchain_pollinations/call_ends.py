"""The last pieces of tool calls, with which the sum of a stream's chunks holds no truncated call.

LangChain reads the arguments of added chunks as those of a stream that goes on: it makes a call
with the path `/home` of `{"path": "/home`, also when the answer ended there.
"""

from collections.abc import Sequence

from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.utils.json import parse_partial_json

from _pollinations.chat.reply import ToolCall
from _pollinations.http.json import parse_object

_BREAKS = ("]", "}", '"]', '"}', '""]', '""}')
"""Ends of which one makes any beginning of an object unreadable, in or out of a string."""


def ends_of_calls(calls: Sequence[ToolCall]) -> list[ToolCallChunk]:
    """Make the last pieces of calls whose arguments LangChain would read wrongly.

    Args:
        calls: The calls of a whole answer.

    Returns:
        One piece for each such call; with it, arguments that broke off make an
        `invalid_tool_call`, as in an answer that does not stream.

    Example:
        >>> ends_of_calls([ToolCall("c1", "delete", '{"path": "/home')])[0]["args"]
        '"]'
    """
    ends = ((place, _end(call.arguments)) for place, call in enumerate(calls))
    return [tool_call_chunk(args=end, index=place) for place, end in ends if end]


def _end(arguments: str) -> str:
    if not arguments.strip():
        return "{}" if arguments else ""
    try:
        parse_object(arguments)
    except ValueError:
        if not _is_read(arguments):
            return ""
        return next((end for end in _BREAKS if not _is_read(arguments + end)), "")
    return ""


def _is_read(arguments: str) -> bool:
    """Whether LangChain parses it as a call."""
    try:
        return isinstance(parse_partial_json(arguments), dict)
    except (ValueError, RecursionError):
        return False
