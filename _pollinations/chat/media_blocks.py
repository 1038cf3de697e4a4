"""Blocks of pictures, videos, sounds and documents, whoever spelled them, as parts of the wire."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from _pollinations.chat.parts import (
    audio_part,
    data_uri,
    file_part,
    image_part,
    text_part,
    video_part,
)
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import first, mapping
from _pollinations.http.values import text as text_of

Block = Mapping[str, Any]
Part = dict[str, Any]

MEDIA = {
    **dict.fromkeys(("image", "input_image"), "image"),
    **dict.fromkeys(("audio", "input_audio", "audio_url"), "audio"),
    **dict.fromkeys(("file", "input_file", "document", "text-plain"), "file"),
    **dict.fromkeys(("media", "inline_data", "inlineData", "file_data", "fileData"), ""),
    "video": "video",
}
"""What the kinds of blocks hold; where it is empty the media type tells it."""

_HOLDERS = (
    *("extras", "metadata", "image", "video", "audio", "document", "image_url", "audio_url"),
    *("input_audio", "inline_data", "inlineData", "file_data", "fileData", "source"),
)
"""Keys under which a block's data may stand, from the outside to the inside."""

_LINKS = frozenset({"image", "video", "audio", "image_url", "audio_url"})
_LINK = re.compile(r"(https?|gs|data):", re.IGNORECASE)
_PDF = "application/pdf"
_PDF_BEGINS = "JVBERi"  # %PDF- in base64
_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES_BY_ENDING = {
    "csv": "text/csv",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "htm": "text/html",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": _PDF,
    "pptx": f"{_OFFICE}presentationml.presentation",
    "txt": "text/plain",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "xml": "application/xml",
}
_USUAL_TYPES = {"image": "image/png", "video": "video/mp4", "audio": "audio/wav"}


@dataclass(slots=True)
class _Medium:
    """What a block holds: data as base64 or a data URI, a link, or the id of a file."""

    kind: str
    data: str | None
    url: str | None
    file_id: str | None
    mime_type: str | None
    name: str | None
    detail: str | None


def wire_part(block: Block, kind: str, where: str) -> list[Part]:
    """Check a part that is spelled as the wire spells it; other keys of it stay.

    Args:
        block: A block of the kind `image_url`, `video_url` or `file`.
        kind: Its kind.
        where: The message and block, for errors.

    Raises:
        InvalidInputError: It holds nothing that can be sent.
    """
    inner = block.get(kind)
    if isinstance(inner, str):
        inner = {"url": inner}
    if not isinstance(inner, dict):
        raise InvalidInputError(f"{where}: {kind} is an object, not {type(inner).__name__}.")
    if kind == "file":
        named = {"file_name": inner["filename"]} if inner.get("filename") else {}
        inner = {**named, **{name: value for name, value in inner.items() if name != "filename"}}
        if not first(inner, ("file_data", "file_url", "file_id")):
            raise InvalidInputError(f"{where}: file needs file_data, file_url or file_id.")
    elif not text_of(inner.get("url")):
        raise InvalidInputError(f'{where}: {kind} needs {{"url": "https://... or data:..."}}.')
    for link in (inner.get("url"), inner.get("file_url")):
        _check_link(link, where)
    return [{"type": kind, kind: inner}]


def media_part(block: Block, kind: str, where: str) -> list[Part]:
    """Read a medium, wherever its data stands in the block; a document of text becomes text.

    Args:
        block: A block of one of the kinds in `MEDIA`.
        kind: Its kind.
        where: The message and block, for errors.

    Raises:
        InvalidInputError: It holds no data and no link, or nothing that the gateway takes.

    Example:
        >>> media_part({"source": {"type": "url", "url": "https://a.org/a.png"}}, "image", "")
        [{'type': 'image_url', 'image_url': {'url': 'https://a.org/a.png'}}]
    """
    if kind == "file" and mapping(block.get("file")):
        return wire_part(block, kind, where)
    fields = _fields(block)
    data = first(fields, ("base64", "data", "file_data", "bytes"))
    if fields["type"] == "text" or (isinstance(fields.get("text"), str) and not data):
        text = str(fields.get("text") or data or "")
        return [text_part(text)] if text else []
    medium = _medium(fields, data, kind)
    if not (medium.data or medium.url or medium.file_id):
        raise InvalidInputError(f"{where}: a block of type {kind!r} needs url, base64 or file_id.")
    _check_link(medium.url, where)
    return [_part(medium, where)]


def _part(medium: _Medium, where: str) -> Part:
    kind, data, url, mime_type = medium.kind, medium.data, medium.url, medium.mime_type
    if kind == "file":
        return _document(medium)
    if kind == "audio":
        if data is None:
            raise InvalidInputError(
                f"{where}: the gateway takes audio as base64 only; download it and pass base64=..."
            )
        return audio_part(data, mime_type or "audio/wav", where=where)
    if data is not None:
        url, mime_type = data_uri(data, mime_type or _USUAL_TYPES[kind]), None
    if url is None:
        raise InvalidInputError(f"{where}: a {kind} is sent by url or base64, not by file_id.")
    if kind == "video":
        return video_part(url, mime_type=mime_type)
    return image_part(url, detail=medium.detail, mime_type=mime_type)


def _document(medium: _Medium) -> Part:
    data, name, mime_type = medium.data, medium.name, medium.mime_type
    if data is None:
        return file_part(url=medium.url, file_id=medium.file_id, name=name, mime_type=mime_type)
    if mime_type == _PDF and not data.startswith(("data:", _PDF_BEGINS)):
        # Langchain-core says that of every file in OpenAI's form.
        mime_type = TYPES_BY_ENDING.get(str(name).rpartition(".")[2].lower(), _PDF)
    return file_part(data=data_uri(data, mime_type or _PDF), name=name, mime_type=mime_type)


def _fields(block: Block) -> dict[str, Any]:
    """The fields of a block, and of the objects in it that hold its data."""
    fields = {**block, "type": None}
    for name in _HOLDERS:
        inner = fields.get(name)
        if isinstance(inner, dict):
            del fields[name]
            fields.update(inner)
        elif isinstance(inner, str) and name in _LINKS:
            fields.setdefault("url", inner)
    if fields.get("source_type") == "text":
        fields["type"] = "text"
    return fields


def _medium(fields: Block, data: object, kind: str) -> _Medium:
    data = b64encode(data).decode() if isinstance(data, bytes) else text_of(data)
    url = text_of(first(fields, ("url", "file_url", "file_uri", "fileUri", "uri")))
    if url and url.startswith("data:"):
        url, data = None, url
    names = ("file_mime_type", "mime_type", "mimeType", "media_type")
    mime_type = text_of(first(fields, names))
    if mime_type is None and data and data.startswith("data:"):
        mime_type = data[5:].partition(",")[0].partition(";")[0] or None
    medium = MEDIA[kind] or str(mime_type).partition("/")[0]
    medium = medium if medium in _USUAL_TYPES else "file"
    written = text_of(fields.get("format"))
    if mime_type is None and written:
        spelled = TYPES_BY_ENDING.get(written) if medium == "file" else f"{medium}/{written}"
        mime_type = written if medium == "audio" or "/" in written else spelled
    file_id = fields.get("id") if fields.get("source_type") == "id" else fields.get("file_id")
    return _Medium(
        kind=medium,
        data=data,
        url=url,
        file_id=text_of(file_id),
        mime_type=mime_type,
        name=text_of(first(fields, ("filename", "file_name", "file_file_name", "name", "title"))),
        detail=text_of(fields.get("detail")),
    )


def _check_link(url: object, where: str) -> None:
    """Refuse a path, and what only a program on this machine can open.

    Messages may come from anybody, so that no file is read for them.
    """
    if isinstance(url, str) and url and not _LINK.match(url):
        raise InvalidInputError(
            f"{where}: {url!r:.80} is no link that the gateway can open, and files are never read "
            'from a message. Send the data of a file: "data:image/png;base64,..." or base64=...'
        )
