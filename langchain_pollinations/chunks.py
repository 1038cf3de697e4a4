"""Chunks created without validation, since their fields come from this package.

The constructors of langchain-core take several times as long, once for every event of every stream.
The chunks equal theirs; a test proves it for each supported version.
"""

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk

PROVIDER = "pollinations"

_MESSAGE = dict(AIMessageChunk(content="").__dict__)
_GENERATION = dict(ChatGenerationChunk(message=AIMessageChunk(content="")).__dict__)
_set = object.__setattr__


def text_chunk(text: str, calls: list[ToolCallChunk] | None = None) -> AIMessageChunk:
    """Make a message chunk of text, or of pieces of tool calls.

    Args:
        text: The next characters; may be empty for what is not text.
        calls: Pieces of tool calls. The constructor would parse each as JSON on its own;
            here only the sum of the chunks is parsed.

    Returns:
        What `AIMessageChunk(content=text, response_metadata={"model_provider": ...})` returns.
    """
    fields = {
        **_MESSAGE,
        "content": text,
        "additional_kwargs": {},
        "response_metadata": {"model_provider": PROVIDER},
        "tool_calls": [],
        "invalid_tool_calls": [],
        "tool_call_chunks": calls or [],
    }
    known = {"content", "response_metadata"}
    if calls:
        known.add("tool_call_chunks")
    message = AIMessageChunk.__new__(AIMessageChunk)
    _set(message, "__dict__", fields)
    _set(message, "__pydantic_fields_set__", known)
    _set(message, "__pydantic_extra__", {})
    _set(message, "__pydantic_private__", None)
    return message


def generation(message: AIMessageChunk) -> ChatGenerationChunk:
    """Wrap a message chunk, as `ChatGenerationChunk(message=message)` does."""
    content = message.content
    text = content if isinstance(content, str) else message.text
    fields = {**_GENERATION, "message": message, "text": text}
    chunk = ChatGenerationChunk.__new__(ChatGenerationChunk)
    _set(chunk, "__dict__", fields)
    _set(chunk, "__pydantic_fields_set__", {"message", "text"})
    _set(chunk, "__pydantic_extra__", None)
    _set(chunk, "__pydantic_private__", None)
    return chunk
