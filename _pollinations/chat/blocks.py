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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from _pollinations.chat.media_blocks import MEDIA, media_part, wire_part
from _pollinations.chat.parts import CACHEABLE, marked, text_part
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.json import dump
from _pollinations.http.values import first, items, mapping
from _pollinations.http.values import text as text_of

Block = Mapping[str, Any]
Part = dict[str, Any]
Origin = Literal["user", "tool", "model"]

_CALLS = frozenset(
    {
        *("tool_use", "tool_call", "function_call", "custom_tool_call", "invalid_tool_call"),
        *("toolUse", "functionCall"),
    }
)
_RESULTS = frozenset(
    {
        *("tool_result", "function_call_output", "custom_tool_call_output", "function_response"),
        *("toolResult", "functionResponse"),
    }
)
_THOUGHTS = frozenset(
    {
        *("thinking", "redacted_thinking", "reasoning", "reasoning_content", "reasoningContent"),
        "thought",
    }
)
_CONTENTS = ("content", "output", "response")
_CACHE_POINTS = frozenset({"cachePoint", "cache_point"})
_INTERNAL = re.compile(
    r"\w{1,80}_(call|call_chunk|use|result|delta|approval_request|approval_response|list_tools)"
    r"|citation|compaction|container_upload|executable_code|executableCode|codeExecutionResult"
    r"|guardContent|item_reference|reference|tool_reference"
)
"""What a provider's own tools did, or notes for itself: nobody else takes it back."""

_WITHOUT_TYPE = (
    *("text", "image", "video", "audio", "document", "reasoningContent", "cachePoint"),
    *("toolUse", "toolResult", "functionCall", "functionResponse", "inlineData", "fileData"),
    *("function_call", "function_response", "inline_data", "file_data"),
)
"""Keys that name a block's kind where Bedrock and Google give it no type."""

_TEXT_KEYS = frozenset(
    {
        *("type", "text", "id", "index", "annotations", "citations", "cache_control", "extras"),
        *("_meta", "meta", "logprobs", "prompt_cache_breakpoint"),
    }
)
_LONG_DATA = re.compile(r"(data:[^,]{0,100},)?[A-Za-z0-9+/=_-]{1000,}")


@dataclass(slots=True)
class Content:
    """The content of a message, by where each block goes.

    Attributes:
        parts: What is sent as content, in order.
        calls: Tool calls, as they were spelled; see `history.read_call`.
        results: Results of tools that stand in a user's message, as they were spelled.
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
    found = Content()
    if isinstance(content, str):
        found.parts = [text_part(content)] if content else []
    elif isinstance(content, list):
        for place, block in enumerate(content):
            _add(block, f"{where}, block {place}", origin, found)
    elif content is not None:
        if origin != "tool":
            raise InvalidInputError(
                f"{where}: content is a string or a list of blocks, not {type(content).__name__}."
            )
        found.parts = [text_part(as_json(content))]
    return found


def as_json(value: object) -> str:
    """Write what a tool returned as JSON text; base64 that is too long to read is counted only.

    Example:
        >>> as_json({"type": "file", "name": "a.txt"})
        '{"type":"file","name":"a.txt"}'
    """
    try:
        return dump(_shortened(value)).decode()
    except (ValueError, RecursionError):
        return f"({type(value).__name__}, nested too deep)"


def _add(block: object, where: str, origin: Origin, found: Content) -> None:
    while (
        isinstance(block, dict)
        and block.get("type") == "non_standard"
        and mapping(block.get("value"))
    ):
        block = block["value"]
    if isinstance(block, str):
        block = text_part(block)
    kind = _kind(block)
    if origin == "tool":
        _add_of_tool(block, kind, where, found)
    elif isinstance(block, dict) and kind:
        add = _add_of_user if origin == "user" else _add_of_model
        add(block, kind, where, found)
    elif origin == "user":
        raise InvalidInputError(
            f"{where}: a content block is a dict with a type, not {block!r:.80}."
        )


def _add_of_user(block: Block, kind: str, where: str, found: Content) -> None:
    if kind in _RESULTS:
        found.results.append(block)
    elif kind in _CACHE_POINTS:
        parts = marked(found.parts, {"type": "ephemeral"})
        if parts is None:
            raise InvalidInputError(f"{where}: a cache point stands behind the text that it marks.")
        found.parts = parts
    elif kind in _TABLE:
        found.parts += _parts(block, kind, where)
    elif kind not in _CALLS and kind not in _THOUGHTS and not _INTERNAL.fullmatch(kind):
        found.parts.append(dict(block))


def _add_of_tool(block: object, kind: str, where: str, found: Content) -> None:
    if isinstance(block, dict) and kind in _RESULTS:
        content = result_of(block)["content"]
        if content is not None:
            found.parts += read(content, where, "tool").parts
            return
    try:
        if isinstance(block, dict) and kind in _TABLE:
            parts = _parts(block, kind, where)
            if not _is_row(block, kind, parts):
                found.parts += parts
                return
    except InvalidInputError:
        pass
    found.parts.append(text_part(as_json(block)))


def _add_of_model(block: Block, kind: str, where: str, found: Content) -> None:
    if kind in _CALLS:
        found.calls.append(block)
    elif kind in _THOUGHTS or block.get("thought") is True:
        found.thoughts += _thoughts(block, kind)
    elif kind == "audio":
        # Its id would expire, and no other provider knows it; the words stay true.
        words = text_of(mapping(block.get("extras")).get("transcript"))
        found.parts += [text_part(words)] if words else []
    elif kind in _TEXTS:
        try:
            found.parts += [part for part in _parts(block, kind, where) if part["type"] == "text"]
        except InvalidInputError:
            return


def _kind(block: object) -> str:
    if not isinstance(block, dict):
        return ""
    kind = block.get("type")
    return kind if isinstance(kind, str) else next((n for n in _WITHOUT_TYPE if n in block), "")


def _is_row(block: Block, kind: str, parts: list[Part]) -> bool:
    """Whether a tool's block is data with a type of its own, of which the parts lose something."""
    if kind in _PLAIN_TEXTS:
        return not isinstance(block.get("text"), str) or bool(block.keys() - _TEXT_KEYS)
    spelled_as_text = kind in _TEXTS or mapping(block.get("source")) or block.get("source_type")
    return not spelled_as_text and all(part["type"] == "text" for part in parts)


def _parts(block: Block, kind: str, where: str) -> list[Part]:
    parts = _TABLE[kind](block, kind, where)
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


def _medium(block: Block, kind: str, where: str) -> list[Part]:
    if mapping(block.get("source")).get("type") == "content":  # Anthropic's documents in pieces
        return read(block["source"].get("content"), where, "user").parts
    return media_part(block, kind, where)


def _cited(block: Block, kind: str, where: str) -> list[Part]:
    """A passage with its title and source before it."""
    title, source = text_of(block.get("title")), text_of(block.get("source"))
    if not isinstance(block.get("content"), list) or not (title or source):
        raise InvalidInputError(f"{where}: a {kind} needs a title or a source, and content.")
    parts = read(block["content"], where, "user").parts
    head = f"{title} ({source}):" if title and source else f"{title or source}:"
    if not parts:
        return []
    if parts[0]["type"] == "text":
        return [{**parts[0], "text": f"{head}\n{parts[0]['text']}"}, *parts[1:]]
    return [text_part(head), *parts]


def _thoughts(block: Block, kind: str) -> list[dict[str, Any]]:
    """A block of reasoning as the wire's thinking block."""
    if kind == "redacted_thinking":
        return [{"type": kind, "data": block["data"]}] if text_of(block.get("data")) else []
    inner = {**block, **mapping(block.get("extras")), **mapping(block.get("reasoning_content"))}
    inner |= mapping(mapping(block.get("reasoningContent")).get("reasoningText"))
    pieces = [piece for name in ("summary", "content") for piece in items(inner.get(name))]
    words = text_of(first(inner, ("thinking", "reasoning", "text"))) or "".join(
        text_of(piece.get("text")) or "" for piece in pieces if isinstance(piece, dict)
    )
    signature = text_of(inner.get("signature"))
    made = {"type": "thinking", "thinking": words}
    return [{**made, "signature": signature} if signature else made]


def result_of(block: Block) -> dict[str, Any]:
    """Name what a block of a tool's result holds: the call's id, the tool's name, the content."""
    inner = {**block}
    for name in ("toolResult", "functionResponse", "function_response"):
        inner |= mapping(block.get(name))
    ids = ("tool_use_id", "toolUseId", "call_id", "tool_call_id", "id")
    return {
        "role": "tool",
        "tool_call_id": first(inner, ids),
        "name": text_of(inner.get("name")),
        "content": next((inner[name] for name in _CONTENTS if inner.get(name) is not None), None),
    }


def _shortened(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(inner) for inner in value]
    if isinstance(value, str):
        return f"({len(value)} characters of data)" if _LONG_DATA.fullmatch(value) else value
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    return value if isinstance(value, int | float | None) else str(value)


def _unreadable(block: Block, kind: str, where: str) -> list[Part]:
    raise InvalidInputError(
        f"{where}: the value of a {kind} block is an object, not {block!r:.80}."
    )


_PLAIN_TEXTS = frozenset({"text", "input_text", "output_text"})
_TEXTS = _PLAIN_TEXTS | {"refusal", "text-plain", "search_result"}
_TABLE: dict[str, Callable[[Block, str, str], list[Part]]] = {
    **dict.fromkeys((*_PLAIN_TEXTS, "refusal"), _text),
    **dict.fromkeys(MEDIA, _medium),
    **dict.fromkeys(("image_url", "video_url"), wire_part),
    "search_result": _cited,
    "non_standard": _unreadable,
}
