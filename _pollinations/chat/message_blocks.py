"""What the content of a message holds, whichever framework or provider spelled it.

Histories hold blocks of OpenAI (Chat Completions and Responses), Anthropic, Google, Amazon Bedrock
and LangChain (v0 and v1). One table says what each kind becomes: parts of the wire, a tool call, a
tool's result, a thought, or nothing. Where a block comes from decides what happens to the others:

- of a user: a kind that is not in the table travels as it is, and a block that no provider could
  read is refused, since somebody wrote it;
- of a tool: a tool may return anything, so that everything but text and media that can be sent
  reaches the model as its JSON text, in its place;
- of a model: text stays, and what no provider takes back is left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from _pollinations.chat.media_blocks import MEDIA, media_part
from _pollinations.chat.wire_parts import CACHEABLE, Block, Part, flattened, marked, text_part
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump
from _pollinations.http.values import first, items, mapping
from _pollinations.http.values import text as text_of

Origin = Literal["user", "tool", "model"]

_KINDS = {
    **dict.fromkeys(("tool_use", "tool_call", "function_call", "custom_tool_call"), "call"),
    **dict.fromkeys(("invalid_tool_call", "toolUse", "functionCall"), "call"),
    **dict.fromkeys(("tool_result", "function_call_output", "custom_tool_call_output"), "result"),
    **dict.fromkeys(("function_response", "toolResult", "functionResponse"), "result"),
    **dict.fromkeys(("thinking", "redacted_thinking", "reasoning", "thought"), "thought"),
    **dict.fromkeys(("reasoning_content", "reasoningContent"), "thought"),
    **dict.fromkeys(("cachePoint", "cache_point"), "cache point"),
    **dict.fromkeys(("text", "input_text", "output_text", "refusal"), "text"),
    **dict.fromkeys(MEDIA, "medium"),
    "search_result": "passage",
}
"""The kinds of blocks, and how they are read."""

_INTERNAL = re.compile(
    r"\w{1,80}_(call|call_chunk|use|result|delta|approval_request|approval_response|list_tools)"
    r"|citation|compaction|container_upload|executable_code|executableCode|codeExecutionResult"
    r"|guardContent|item_reference|reference|tool_reference"
)
"""What a provider's own tools did, or notes for itself: no other provider takes it back."""

_TEXT_KEYS = frozenset(
    {
        *("type", "text", "id", "index", "annotations", "citations", "cache_control", "extras"),
        *("_meta", "meta", "logprobs", "prompt_cache_breakpoint", "title", "source", "content"),
        *("source_type", "data", "mime_type", "context", "base64", "file", "filename", "metadata"),
    }
)
"""Keys of texts, documents and passages: a tool's block with others is data of its own."""
_LONG_DATA = re.compile(r"[A-Za-z0-9+/=_-]{1000,}")


@dataclass(slots=True)
class Content:
    """The content of a message, by where each block goes.

    Attributes:
        parts: What is sent as content, in order.
        calls: Tool calls, as they were spelled; see `history.read_call`.
        results: Results of tools, as they were spelled; see `result_of`.
        thoughts: The wire's thinking blocks, signed or not.
    """

    parts: list[Part] = field(default_factory=list)
    calls: list[Block] = field(default_factory=list)
    results: list[Block] = field(default_factory=list)
    thoughts: list[dict[str, Any]] = field(default_factory=list)


def read(content: object, where: str, origin: Origin) -> Content:
    """Read the content of a message.

    Args:
        content: A string, None, or a list of strings and blocks; it is not changed.
        where: The message, for errors.
        origin: Who made it.

    Returns:
        What it holds; texts that are empty are left out.

    Raises:
        InvalidInputError: A block cannot be sent; it names the message and the block.

    Example:
        >>> read([{"type": "output_text", "text": "Hi"}], "message 0", "model").parts
        [{'type': 'text', 'text': 'Hi'}]
    """
    result = Content()
    if isinstance(content, str):
        result.parts = [text_part(content)] if content else []
    elif isinstance(content, list):
        for place, block in enumerate(content):
            _add(block, f"{where}, block {place}", origin, result)
    elif content is not None:
        if origin != "tool":
            raise InvalidInputError(
                f"{where}: content is a string or a list of blocks, not {type(content).__name__}."
            )
        result.parts = [text_part(as_json(content))]
    return result


def as_json(value: object) -> str:
    """Write what a tool returned as JSON text; base64 that is too long to read is counted only.

    Example:
        >>> as_json({"type": "file", "name": "a.txt"})
        '{"type":"file","name":"a.txt"}'
    """
    try:
        text = dump(value, fallback=str).decode()
    except ValueError:
        return f"({type(value).__name__}, nested too deep)"
    return _LONG_DATA.sub(lambda found: f"({len(found[0])} characters of data)", text)


def result_of(block: Block) -> dict[str, Any]:
    """Name what a block of a tool's result holds: the call's id, the tool's name, the content."""
    inner = flattened(block, ("toolResult", "functionResponse", "function_response"))
    contents = (inner.get(name) for name in ("content", "output", "response"))
    return {
        "role": "tool",
        "tool_call_id": first(inner, ("tool_use_id", "toolUseId", "call_id", "tool_call_id", "id")),
        "name": text_of(inner.get("name")),
        "content": next((content for content in contents if content is not None), None),
    }


def _add(block: object, where: str, origin: Origin, result: Content) -> None:
    while isinstance(block, dict) and block.get("type") == "non_standard":
        block = block.get("value")
    if isinstance(block, str):
        block = text_part(block)
    named = block if isinstance(block, dict) else {}
    kind = text_of(named.get("type")) or _key_of_kind(named)
    if origin == "tool":
        result.parts += _parts_of_tool(block, kind, where)
    elif not kind:
        if origin == "user":
            raise InvalidInputError(
                f"{where}: a content block is a dict with a type, not {block!r:.80}."
            )
    else:
        _add_named(named, kind, where, origin, result)


def _key_of_kind(block: Block) -> str:
    """The key that names the kind of a block without a type, as of Bedrock and Google."""
    names = (n for n, value in block.items() if n in _KINDS and isinstance(value, dict))
    return "text" if "text" in block else next(names, "")


def _add_named(block: Block, kind: str, where: str, origin: Origin, result: Content) -> None:
    reading = "thought" if block.get("thought") is True else _KINDS.get(kind)
    if reading == "call":
        result.calls.append(block)
    elif reading == "result":
        result.results.append(block)
    elif reading == "thought":
        result.thoughts.append(_thought(block, kind))
    elif origin == "model":
        result.parts += _parts_of_model(block, kind, where)
    elif reading == "cache point":
        parts = marked(result.parts, {"type": "ephemeral"})
        if parts is None:
            raise InvalidInputError(f"{where}: a cache point stands behind the text that it marks.")
        result.parts = parts
    elif reading:
        result.parts += _parts(block, kind, where)
    elif not _INTERNAL.fullmatch(kind):
        result.parts.append(dict(block))


def _parts_of_model(block: Block, kind: str, where: str) -> list[Part]:
    """The text of a block; no provider takes a model's media back."""
    if kind == "audio":
        # Its id would expire, and no other provider knows it; the words stay true.
        return _text({"text": text_of(mapping(block.get("extras")).get("transcript"))}, kind, where)
    try:
        return [part for part in _parts(block, kind, where) if part["type"] == "text"]
    except (InvalidInputError, KeyError):
        return []


def _parts_of_tool(block: Any, kind: str, where: str) -> list[Part]:  # noqa: ANN401 - any value
    """The parts of a block, or its JSON text if it is data with a type of its own."""
    try:
        parts = _parts(block, kind, where)
        is_medium = any(part["type"] != "text" for part in parts)
        is_text = block.keys() <= _TEXT_KEYS and (parts or block.get("text") == "")
        if is_medium or is_text:
            return parts
    except (InvalidInputError, KeyError):
        pass
    return [text_part(as_json(block))]


def _parts(block: Block, kind: str, where: str) -> list[Part]:
    parts = _READERS[_KINDS[kind]](block, kind, where)
    mark = block.get("cache_control") or mapping(block.get("extras")).get("cache_control")
    if mark and parts and parts[-1]["type"] in CACHEABLE:
        parts[-1] = {**parts[-1], "cache_control": mark}
    if parts and block.get("prompt_cache_breakpoint"):
        parts[-1] = {**parts[-1], "prompt_cache_breakpoint": block["prompt_cache_breakpoint"]}
    return parts


def _text(block: Block, kind: str, where: str) -> list[Part]:
    text = block.get("refusal" if kind == "refusal" else "text")
    if text is not None and not isinstance(text, str):
        raise InvalidInputError(f"{where}: the text of a text block is a string.")
    return [text_part(text)] if text else []


def _passage(block: Block, kind: str, where: str) -> list[Part]:
    """A passage with its title and source before it."""
    names = [name for name in (text_of(block.get("title")), text_of(block.get("source"))) if name]
    if not isinstance(block.get("content"), list) or not names:
        raise InvalidInputError(f"{where}: a {kind} needs a title or a source, and content.")
    parts = read(block["content"], where, "user").parts
    head = f"{names[0]} ({names[1]}):" if names[1:] else f"{names[0]}:"
    if parts and parts[0]["type"] == "text":
        return [{**parts[0], "text": f"{head}\n{parts[0]['text']}"}, *parts[1:]]
    return [text_part(head), *parts] if parts else []


def _thought(block: Block, kind: str) -> dict[str, Any]:
    """A block of reasoning as the wire's thinking block."""
    if kind == "redacted_thinking":
        return {"type": kind, "data": text_of(block.get("data")) or ""}
    inner = flattened(block, ("extras", "reasoning_content", "reasoningContent", "reasoningText"))
    pieces = [mapping(piece) for name in ("summary", "content") for piece in items(inner.get(name))]
    words = text_of(first(inner, ("thinking", "reasoning", "text")))
    words = words or "".join(text_of(piece.get("text")) or "" for piece in pieces)
    signature, details = text_of(inner.get("signature")), items(inner.get("reasoning_details"))
    thinking = {"type": "thinking", "thinking": words}
    thinking |= {"signature": signature} if signature else {}
    return {**thinking, "reasoning_details": details} if details else thinking


_READERS: dict[str, Callable[[Block, str, str], list[Part]]] = {
    "text": _text,
    "medium": media_part,
    "passage": _passage,
}
