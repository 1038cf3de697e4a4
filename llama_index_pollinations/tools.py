"""LlamaIndex's tools on the wire, and the calls that a response holds."""

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import BaseTool, FunctionTool

from _pollinations.chat.json_answers import TruncatedJSONError, read_arguments
from _pollinations.chat.options import tool_list
from llama_index_pollinations.arguments import Arguments
from llama_index_pollinations.errors import StructuredOutputError

ToolLike = BaseTool | Callable[..., Any] | str | dict[str, Any]
UNREADABLE = "arguments that are not a JSON object"
"""The argument that no tool takes: the tool's error names it, and the model reads that."""


def to_wire_tools(tools: Sequence[ToolLike] | str, *, strict: bool) -> list[str | dict[str, Any]]:
    """Translate tools, under the caller's names for them.

    Args:
        tools: LlamaIndex's tools, functions, the gateway's built-in tools by name, or tools of the
            wire.
        strict: Whether the arguments must follow the schema exactly.

    Returns:
        What goes into a call's `tools`.

    Example:
        >>> to_wire_tools(["google_search"], strict=False)
        ['google_search']
    """
    return [_to_wire(tool, strict=strict) if callable(tool) else tool for tool in tool_list(tools)]


def calls_of(response: ChatResponse, *, must_read: bool = True) -> list[ToolSelection]:
    """Read the tool calls of a response, whole or of a stream that goes on.

    Args:
        response: The response. While a stream goes on, arguments are read as far as they came;
            those of a whole answer are read strictly, so that no tool runs with half of them.
        must_read: Whether unreadable arguments raise. If not, the call has arguments that no tool
            takes, so that it fails and the model learns why.

    Returns:
        The calls in order.

    Raises:
        StructuredOutputError: The arguments of a whole answer were cut off, or must be read and
            are not a JSON object.
    """
    reason = response.additional_kwargs.get("finish_reason")
    return [
        ToolSelection(
            tool_id=block.tool_call_id or block.tool_name,
            tool_name=block.tool_name,
            tool_kwargs=_arguments(block, reason, must_read=must_read),
        )
        for block in response.message.blocks
        if isinstance(block, ToolCallBlock)
    ]


def first_call_only(response: ChatResponse) -> ChatResponse:
    """Leave the calls behind the first one out, in both places that hold them."""
    message = response.message
    calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    if len(calls) > 1:
        message.blocks = [block for block in message.blocks if block not in calls[1:]]
        message.additional_kwargs["tool_calls"] = message.additional_kwargs["tool_calls"][:1]
    return response


def _to_wire(tool: BaseTool | Callable[..., Any], *, strict: bool) -> dict[str, Any]:
    tool = tool if isinstance(tool, BaseTool) else FunctionTool.from_defaults(tool)
    # LlamaIndex's own translation changes names and loses the top of a schema that is a reference.
    kind = tool.metadata.fn_schema
    schema = kind.model_json_schema() if kind else tool.metadata.get_parameters_dict()
    function: dict[str, Any] = {
        "name": tool.metadata.get_name(),
        "description": tool.metadata.description,
        "parameters": {n: v for n, v in schema.items() if n not in {"title", "description"}},
    }
    if strict:
        function["strict"] = True
    return {"type": "function", "function": function}


def _arguments(block: ToolCallBlock, reason: str | None, *, must_read: bool) -> dict[str, Any]:
    text = block.tool_kwargs
    if not isinstance(text, str):
        return text
    if not reason:
        partial = (text if isinstance(text, Arguments) else Arguments(text)).value
        return partial if isinstance(partial, dict) else {}
    try:
        return read_arguments(text)
    except ValueError as error:
        cut = reason == "length"
        if must_read or cut or isinstance(error, TruncatedJSONError):
            advice = " Allow more max_tokens." if cut else ""
            raise StructuredOutputError(
                f"{block.tool_name!r} cannot be called. {error}{advice}", text=text
            ) from None
        return {UNREADABLE: text, "reason": str(error)}
