"""LangChain's content blocks, of every generation, as wire parts."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from _pollinations.chat.parts import (
    audio_part,
    check_part,
    data_uri,
    file_part,
    image_part,
    text_part,
    video_part,
)
from _pollinations.http.errors import InvalidInputError

_TOLD_ELSEWHERE = frozenset(
    {
        "citation",
        "function_call",
        "invalid_tool_call",
        "reasoning",
        "redacted_thinking",
        "server_tool_call",
        "server_tool_call_chunk",
        "server_tool_result",
        "thinking",
        "tool_call",
        "tool_call_chunk",
        "tool_use",
    }
)
"""Blocks that the message's other fields say, or that no provider takes back."""

_PDF = "application/pdf"
_PDF_BEGINS = "JVBERi"  # %PDF- in base64
_TYPES_BY_ENDING = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "htm": "text/html",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
}

Block = Mapping[str, Any]


def to_parts(
    content: str | list[Any], where: str, *, without: AbstractSet[str] = frozenset()
) -> str | list[dict[str, Any]]:
    """Translate a message's content.

    Args:
        content: A string, or a list of strings and blocks: OpenAI's parts, Anthropic's blocks,
            LangChain's v0 (`source_type`) and v1 blocks, and parts of your own.
        where: The message, for errors.
        without: Types of blocks that are left out.

    Returns:
        A string, or the wire's parts; blocks of unknown types pass untouched.

    Raises:
        InvalidInputError: A block cannot be sent; it names the message and the block.

    Example:
        >>> to_parts([{"type": "image", "url": "https://example.com/cat.png"}], "message 0")
        [{'type': 'image_url', 'image_url': {'url': 'https://example.com/cat.png'}}]
    """
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise InvalidInputError(
            f"{where}: content is a string or a list of blocks, not {type(content).__name__}."
        )
    parts: list[dict[str, Any]] = []
    for place, block in enumerate(content):
        if isinstance(block, str):
            parts.append(text_part(block))
        else:
            parts += _parts_of(block, f"{where}, block {place}", without)
    return parts


def held(block: Block, name: str) -> Mapping[str, Any]:
    """Return what a block holds under a name, if it is an object; else an empty one."""
    inner = block.get(name)
    return inner if isinstance(inner, dict) else {}


def _parts_of(block: object, where: str, without: AbstractSet[str]) -> list[dict[str, Any]]:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        raise InvalidInputError(
            f"{where}: a content block is a dict with a type, not {block!r:.80}."
        )
    kind = block["type"]
    if kind in _TOLD_ELSEWHERE or kind in without:
        return []
    if kind == "tool_result":
        inner = to_parts(block.get("content") or "", where)
        return [text_part(inner)] if isinstance(inner, str) else inner
    translate = _TRANSLATIONS.get(kind)
    if translate is None:
        return [dict(block)]
    part = translate(block, where)
    # Checked again when all is put together, but only here it is known which block it was.
    check_part(part, where)
    mark = block.get("cache_control") or held(block, "extras").get("cache_control")
    if mark and part["type"] in ("text", "input_audio", "file"):
        part["cache_control"] = mark
    return [part]


def _text(block: Block, where: str) -> dict[str, Any]:
    if not isinstance(block.get("text"), str):
        raise InvalidInputError(f"{where}: the text of a text block is a string.")
    return text_part(block["text"])


def _refusal(block: Block, where: str) -> dict[str, Any]:
    del where
    return text_part(str(block.get("refusal", "")))


def _image_url(block: Block, where: str) -> dict[str, Any]:
    inner = block.get("image_url")
    if isinstance(inner, str):
        inner = {"url": inner}
    return {"type": "image_url", "image_url": _inner(inner, where, "image_url")}


def _video_url(block: Block, where: str) -> dict[str, Any]:
    inner = block.get("video_url")
    if isinstance(inner, str):
        inner = {"url": inner}
    return {"type": "video_url", "video_url": _inner(inner, where, "video_url")}


def _input_audio(block: Block, where: str) -> dict[str, Any]:
    inner = _inner(block.get("input_audio"), where, "input_audio")
    return audio_part(str(inner.get("data", "")), str(inner.get("format", "")), where=where)


def _inner(inner: object, where: str, name: str) -> dict[str, Any]:
    if not isinstance(inner, dict):
        raise InvalidInputError(f"{where}: {name} is an object, not {type(inner).__name__}.")
    return inner


def _image(block: Block, where: str) -> dict[str, Any]:
    source = _source(block, where)
    detail = block.get("detail") or held(block, "extras").get("detail")
    if source.url is None:
        raise InvalidInputError(
            f"{where}: the gateway takes an image by url or base64, not by file_id."
        )
    return image_part(source.url, detail=detail, mime_type=source.mime_type_of_url)


def _video(block: Block, where: str) -> dict[str, Any]:
    source = _source(block, where)
    if source.url is None:
        raise InvalidInputError(
            f"{where}: the gateway takes a video by url or base64, not by file_id."
        )
    return video_part(source.url, mime_type=source.mime_type_of_url)


def _audio(block: Block, where: str) -> dict[str, Any]:
    source = _source(block, where)
    if source.data is None:
        raise InvalidInputError(
            f"{where}: the gateway takes audio as base64 only; download it and pass base64=..."
        )
    kind = source.mime_type or str(block.get("format") or "audio/wav")
    return audio_part(source.data, kind, where=where)


def _file(block: Block, where: str) -> dict[str, Any]:
    inner = block.get("file")
    if isinstance(inner, dict):
        known = {**inner}
        name = known.pop("filename", None)
        if name and "file_name" not in known:
            known["file_name"] = name
        return {"type": "file", "file": known}
    extras = held(block, "extras")
    source = _source(block, where)
    name = next(
        (
            holder[key]
            for holder in (block, extras, held(block, "metadata"))
            for key in ("filename", "file_name", "file_file_name", "name", "title")
            if holder.get(key)
        ),
        None,
    )
    mime_type = extras.get("file_mime_type") or source.mime_type
    if source.text is not None:
        return text_part(source.text)
    if source.data is not None:
        if mime_type == _PDF and not source.data.startswith(_PDF_BEGINS):
            # Langchain-core says that of every file in OpenAI's form.
            mime_type = _TYPES_BY_ENDING.get(str(name).rpartition(".")[2].lower(), _PDF)
        return file_part(
            data=data_uri(source.data, mime_type or _PDF),
            name=name,
            mime_type=mime_type,
        )
    return file_part(url=source.url, file_id=source.file_id, name=name, mime_type=mime_type)


def _non_standard(block: Block, where: str) -> dict[str, Any]:
    return dict(_inner(block.get("value"), where, "value"))


class _Source:
    """Where a block's data is, whoever spelled it."""

    __slots__ = ("data", "file_id", "mime_type", "text", "url")

    def __init__(self) -> None:
        self.url: str | None = None
        self.data: str | None = None
        self.file_id: str | None = None
        self.mime_type: str | None = None
        self.text: str | None = None

    @property
    def mime_type_of_url(self) -> str | None:
        """The media type, where the URL does not say it already."""
        return None if self.data is not None else self.mime_type


def _source(block: Block, where: str) -> _Source:
    """Read v1 (`base64`), v0 (`source_type`, `data`) and Anthropic's (`source`) spellings."""
    source = _Source()
    inner = block.get("source")
    spelled: Block = inner if isinstance(inner, dict) else block
    mime_type = spelled.get("mime_type") or spelled.get("media_type")
    source.mime_type = mime_type if isinstance(mime_type, str) else None
    data = spelled.get("base64") or spelled.get("data")
    kind = spelled.get("source_type") or spelled.get("type")
    if kind == "text" or isinstance(spelled.get("text"), str):
        source.text = str(spelled.get("text") or data or "")
    elif isinstance(data, str):
        source.data = data
        source.url = data_uri(data, source.mime_type or _standard_type(block["type"]))
    elif isinstance(spelled.get("url"), str):
        source.url = spelled["url"]
        if source.url.startswith("data:"):
            source.data = source.url
            source.mime_type = source.mime_type or source.url[5:].partition(";")[0]
    elif spelled.get("file_id") or (kind == "id" and spelled.get("id")):
        source.file_id = str(spelled.get("file_id") or spelled["id"])
    else:
        raise InvalidInputError(
            f"{where}: a block of type {block['type']!r} needs url, base64 or file_id."
        )
    return source


def _standard_type(kind: str) -> str:
    return {"image": "image/png", "video": "video/mp4", "audio": "audio/wav"}.get(kind, _PDF)


_TRANSLATIONS: dict[str, Callable[[Block, str], dict[str, Any]]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image_url,
    "video_url": _video_url,
    "input_audio": _input_audio,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "file": _file,
    "document": _file,
    "text-plain": _file,
    "non_standard": _non_standard,
}
