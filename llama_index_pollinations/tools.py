"""LlamaIndex's tools on the wire, and the calls that a response holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import BaseTool

from _pollinations.chat.schemas import strict_schema
from _pollinations.http.json import parse_object
from llama_index_pollinations.arguments import Arguments
from llama_index_pollinations.errors import StructuredOutputError

ToolLike = BaseTool | str | dict[str, Any]


def to_wire_tools(tools: Sequence[ToolLike], *, strict: bool) -> list[str | dict[str, Any]]:
    """Translate tools.

    Args:
        tools: LlamaIndex's tools, the gateway's built-in tools by name, or tools of the wire.
        strict: Whether the arguments must follow the schema to the letter, where it can be said.

    Returns:
        What goes into a call's `tools`.

    Example:
        >>> to_wire_tools(["google_search"], strict=False)
        ['google_search']
    """
    return [_to_wire(tool, strict=strict) if isinstance(tool, BaseTool) else tool for tool in tools]


def to_wire_choice(
    choice: str | Mapping[str, Any] | None, tools: Sequence[ToolLike], *, required: bool
) -> str | dict[str, Any] | None:
    """Translate a tool choice as far as it knows LlamaIndex's names.

    Args:
        choice: A tool's name, `auto`, `none`, `required`, `any`, an object, or None.
        tools: The tools of the call.
        required: What None means: that some tool must be called, or nothing.

    Returns:
        What goes into a call's `tool_choice`.
    """
    if not tools:
        return None
    if choice is None:
        return "required" if required else None
    if not isinstance(choice, str):
        return dict(choice)
    for tool in tools:
        if isinstance(tool, BaseTool) and tool.metadata.name == choice:
            name = tool.metadata.to_openai_tool(skip_length_check=True)["function"]["name"]
            return {"type": "function", "function": {"name": name}}
    return choice


def calls_of(response: ChatResponse) -> list[ToolSelection]:
    """Read the tool calls of a response, whole or of a stream that goes on.

    Args:
        response: The response. While a stream goes on, arguments are read as far as they came;
            those of a whole answer are read strictly, so that no tool runs with half of them.

    Returns:
        The calls in order.

    Raises:
        StructuredOutputError: The arguments of a whole answer are no JSON object.
    """
    reason = response.additional_kwargs.get("finish_reason")
    return [
        ToolSelection(
            tool_id=block.tool_call_id or block.tool_name,
            tool_name=block.tool_name,
            tool_kwargs=_arguments(block, reason),
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


def _to_wire(tool: BaseTool, *, strict: bool) -> dict[str, Any]:
    made = tool.metadata.to_openai_tool(skip_length_check=True)
    if strict:
        schema = strict_schema(made["function"]["parameters"])
        if schema is not None:
            made["function"].update(parameters=schema, strict=True)
    return made


def _arguments(block: ToolCallBlock, reason: str | None) -> dict[str, Any]:
    text = block.tool_kwargs
    if not isinstance(text, str):
        return text
    if not reason:
        partial = (text if isinstance(text, Arguments) else Arguments(text)).value
        return partial if isinstance(partial, dict) else {}
    try:
        return parse_object(text)
    except ValueError as error:
        cut = " The answer was cut off; allow more max_tokens." if reason == "length" else ""
        raise StructuredOutputError(
            f"{block.tool_name!r} cannot be called. {error}{cut}", text=text
        ) from None
