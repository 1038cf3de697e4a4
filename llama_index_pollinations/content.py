"""LlamaIndex's content blocks as wire parts, and the wire's pictures and sounds as blocks."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
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
from pydantic import ValidationError

from _pollinations.chat.parts import (
    audio_part,
    data_uri,
    file_part,
    image_part,
    text_part,
    video_part,
)
from _pollinations.http.errors import InvalidInputError

Part = dict[str, Any]
_UNTITLED = "input_document"
_CACHEABLE = frozenset({"text", "input_audio", "file"})


def to_parts(blocks: Sequence[ContentBlock], where: str, *, own: bool = False) -> str | list[Part]:
    """Translate a message's blocks.

    Args:
        blocks: LlamaIndex's blocks; thoughts and tool calls are told elsewhere and skipped here.
        where: The message, for errors.
        own: Whether the model itself said this: pictures, sounds and citations of its own are not
            told again, since no provider takes them back.

    Returns:
        A string if there is only text, joined as `ChatMessage.content` joins it; else parts.

    Raises:
        InvalidInputError: A block cannot be sent; it names the message and the block.

    Example:
        >>> to_parts([TextBlock(text="Hi"), CachePoint(cache_control={"type": "x"})], "message 0")
        [{'type': 'text', 'text': 'Hi', 'cache_control': {'type': 'ephemeral'}}]
    """
    parts: list[Part] = []
    for place, block in enumerate(blocks):
        here = f"{where}, block {place}"
        if isinstance(block, CachePoint):
            _mark(parts, here)
        elif not own or isinstance(block, TextBlock | CitableBlock):
            parts += _parts_of(block, here)
    if all(part.keys() == {"type", "text"} for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def to_image(part: Mapping[str, Any]) -> ImageBlock | None:
    """Make the block of an `image_url` part; None if it holds no URL."""
    inner = part.get("image_url")
    url = inner.get("url") if isinstance(inner, dict) else inner
    if not isinstance(url, str) or not url:
        return None
    if not url.startswith("data:"):
        try:
            return ImageBlock(url=url)
        except ValidationError:
            return None
    kind, _, data = url.removeprefix("data:").partition(",")
    return ImageBlock(image=data.encode(), image_mimetype=kind.partition(";")[0] or None)


def _mark(parts: list[Part], where: str) -> None:
    """The gateway keeps a cache mark on text, sound and files: on the last of them so far."""
    for place in range(len(parts) - 1, -1, -1):
        if parts[place]["type"] in _CACHEABLE:
            parts[place] = {**parts[place], "cache_control": {"type": "ephemeral"}}
            return
    raise InvalidInputError(f"{where}: a CachePoint stands behind the text that it marks.")


def _parts_of(block: ContentBlock, where: str) -> list[Part]:
    if isinstance(block, TextBlock):
        return [text_part(block.text)] if block.text else []
    if isinstance(block, CitableBlock | CitationBlock):
        return _cited(block, where)
    if isinstance(block, ThinkingBlock | ToolCallBlock):
        return []
    translate = _TRANSLATIONS.get(type(block).__name__)
    if translate is None:
        raise InvalidInputError(f"{where}: the gateway takes no {type(block).__name__}.")
    try:
        return [translate(block, where)]
    except InvalidInputError:
        raise
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{where}: the {type(block).__name__} cannot be read: {error}"
        ) from error


def _cited(block: CitableBlock | CitationBlock, where: str) -> list[Part]:
    inner: Sequence[Any] = (
        block.content if isinstance(block, CitableBlock) else [block.cited_content]
    )
    content = [part for nested in inner for part in _parts_of(nested, where)]
    if not content:
        return []
    head = f"{block.title} ({block.source}):"
    if content[0].get("type") == "text":
        return [text_part(f"{head}\n{content[0]['text']}"), *content[1:]]
    return [text_part(head), *content]


def _image(block: ImageBlock, where: str) -> Part:
    if block.url is not None:
        url = str(block.url)
        kind = None if url.startswith("data:") else block.image_mimetype
        return image_part(url, detail=block.detail, mime_type=kind)
    data = _base64(block.image, block.path, where)
    kind = block.image_mimetype or _guessed(ImageBlock(image=data.encode()).image_mimetype, where)
    return image_part(data_uri(data, kind), detail=block.detail)


def _video(block: VideoBlock, where: str) -> Part:
    if block.url is not None:
        url = str(block.url)
        return video_part(url, mime_type=None if url.startswith("data:") else block.video_mimetype)
    data = _base64(block.video, block.path, where)
    kind = block.video_mimetype or _guessed(VideoBlock(video=data.encode()).video_mimetype, where)
    return video_part(data_uri(data, kind))


def _audio(block: AudioBlock, where: str) -> Part:
    if block.url is not None:
        url = str(block.url)
        if not url.startswith("data:"):
            raise InvalidInputError(
                f"{where}: the gateway takes audio as data only; download it and pass audio=..."
            )
        return audio_part(url, block.format or url[5:].partition(";")[0], where=where)
    data = _base64(block.audio, block.path, where)
    kind = block.format or AudioBlock(audio=data.encode()).format or ""
    return audio_part(data, kind, where=where)


def _document(block: DocumentBlock, where: str) -> Part:
    path = Path(block.path) if block.path else None
    name = block.title if block.title != _UNTITLED else path.name if path else None
    kind = block.document_mimetype or guess_type(str(path or name))[0]
    if block.url:
        if block.url.startswith("data:"):
            return file_part(data=block.url, name=name)
        return file_part(url=block.url, name=name, mime_type=kind)
    data = _base64(block.data, path, where)
    return file_part(data=data_uri(data, kind or "application/pdf"), name=name, mime_type=kind)


def _base64(held: bytes | IOBase | None, path: Path | None, where: str) -> str:
    """Blocks keep bytes as base64 already: decoding and encoding 8 MB again takes 100 ms."""
    if isinstance(held, bytes) and held:
        return held.decode("ascii")
    raw = b""
    if isinstance(held, IOBase):
        held.seek(0)
        raw = cast("Any", held).read()
    elif path is not None:
        raw = path.read_bytes()
    if not raw:
        raise InvalidInputError(f"{where}: it holds no data, path or url, or they are empty.")
    return b64encode(raw).decode()


def _guessed(kind: str | None, where: str) -> str:
    if kind is None:
        raise InvalidInputError(f"{where}: its media type cannot be told; set it on the block.")
    return kind


_TRANSLATIONS: dict[str, Callable[[Any, str], Part]] = {
    "ImageBlock": _image,
    "VideoBlock": _video,
    "AudioBlock": _audio,
    "DocumentBlock": _document,
}
