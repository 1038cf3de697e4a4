"""LlamaIndex's content blocks as the dicts that `_pollinations.chat.message_blocks` reads."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from io import IOBase
from mimetypes import guess_type
from pathlib import Path
from typing import Any, cast

from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from _pollinations.http.errors import InvalidInputError

Block = dict[str, Any]
Medium = ImageBlock | VideoBlock | AudioBlock | DocumentBlock
MODEL_ROLES = frozenset({"assistant", "chatbot", "model"})
"""LlamaIndex's names for the role of the model."""

_UNTITLED = "input_document"
_OF_MODELS = (TextBlock, CitableBlock, ThinkingBlock, ToolCallBlock)
"""What is sent again of a model's turn; no provider takes its media and citations back."""


def to_blocks(blocks: Sequence[ContentBlock], role: str, where: str) -> str | list[Block]:
    r"""Translate a message's blocks.

    Args:
        blocks: LlamaIndex's blocks; they are not changed.
        role: The message's role. Media that cannot be read are refused, but become a block without
            data in a tool's message.
        where: The message, for errors.

    Returns:
        A string if there is only text, joined as `ChatMessage.content` joins it; else one dict for
        each block.

    Raises:
        InvalidInputError: A block cannot be read; it names the message and the block.

    Example:
        >>> to_blocks([TextBlock(text="a"), TextBlock(text="b")], "user", "message 0")
        'a\nb'
    """
    others = [block for block in blocks if not isinstance(block, ThinkingBlock | ToolCallBlock)]
    texts = [block.text for block in others if isinstance(block, TextBlock)]
    if len(texts) < len(others):
        return [_block(block, role, f"{where}, block {n}") for n, block in enumerate(blocks)]
    text = "\n".join(texts)
    past = [_block(block, role, where) for block in blocks if not isinstance(block, TextBlock)]
    return [*past, {"type": "text", "text": text}] if past else text


def _block(block: ContentBlock, role: str, where: str) -> Block:
    if role in MODEL_ROLES and not isinstance(block, _OF_MODELS):
        return {"type": block.block_type}
    translate = _TRANSLATIONS.get(type(block))
    if translate is None:
        raise InvalidInputError(f"{where}: the gateway takes no {type(block).__name__}.")
    try:
        return translate(block)
    except (OSError, ValueError) as error:
        reason = str(error)
        if isinstance(error, OSError) and error.strerror:
            reason = f"{error.strerror}: {error.filename}"
        if role == "tool":
            return {"type": block.block_type, "error": reason}
        raise InvalidInputError(
            f"{where}: the {type(block).__name__} cannot be read: {reason}"
        ) from error


def _text(block: TextBlock) -> Block:
    return {"type": "text", "text": block.text}


def _medium(block: Medium) -> Block:
    kind, data_name, type_name = _MEDIA[type(block)]
    media_type = getattr(block, type_name)
    wire: Block = {"type": kind, "detail": getattr(block, "detail", None)}
    path = Path(block.path) if block.path else None
    if isinstance(block, DocumentBlock):
        wire["name"] = block.title if block.title != _UNTITLED else path.name if path else None
        media_type = media_type or guess_type(str(path or wire["name"]))[0]
    if block.url:
        wire["url"] = str(block.url)
    else:
        wire["base64"] = data = _base64(getattr(block, data_name), path)
        if media_type is None and not isinstance(block, DocumentBlock):
            guessed = type(block)(**{data_name: data.encode()})
            media_type = getattr(guessed, type_name)
            if media_type is None:
                raise ValueError("its media type is unknown; set it on the block")
    wire["format" if kind == "audio" else "mime_type"] = media_type
    return wire


def _cited(block: CitableBlock | CitationBlock) -> Block:
    inner: Sequence[Any] = (
        block.content if isinstance(block, CitableBlock) else [block.cited_content]
    )
    content = [_TRANSLATIONS[type(nested)](nested) for nested in inner]
    cited = {"title": block.title, "source": block.source, "content": content}
    return {"type": "search_result", **cited}


def _thinking(block: ThinkingBlock) -> Block:
    kind = "redacted_thinking" if "data" in block.additional_information else "thinking"
    return {**block.additional_information, "type": kind, "thinking": block.content}


def _call(block: ToolCallBlock) -> Block:
    called = {"id": block.tool_call_id, "name": block.tool_name, "args": block.tool_kwargs}
    return {"type": "tool_call", **called}


def _cache_point(block: CachePoint) -> Block:
    del block
    return {"type": "cache_point"}


def _base64(data: bytes | IOBase | None, path: Path | None) -> str:
    """Blocks keep bytes as base64 already: decoding and encoding 8 MB again takes 100 ms."""
    if isinstance(data, bytes) and data:
        return data.decode("ascii")
    raw = b""
    if isinstance(data, IOBase):
        data.seek(0)
        raw = cast("Any", data).read()
    elif path is not None:
        raw = path.read_bytes()
    if not raw:
        raise ValueError("it holds no data, path or url, or they are empty")
    return b64encode(raw).decode()


_MEDIA = {
    ImageBlock: ("image", "image", "image_mimetype"),
    VideoBlock: ("video", "video", "video_mimetype"),
    AudioBlock: ("audio", "audio", "format"),
    DocumentBlock: ("file", "data", "document_mimetype"),
}
"""The kinds of media, and the fields that hold their data and its media type."""
_TRANSLATIONS: dict[type[Any], Callable[[Any], Block]] = {
    TextBlock: _text,
    **dict.fromkeys(_MEDIA, _medium),
    CitableBlock: _cited,
    CitationBlock: _cited,
    ThinkingBlock: _thinking,
    ToolCallBlock: _call,
    CachePoint: _cache_point,
}
