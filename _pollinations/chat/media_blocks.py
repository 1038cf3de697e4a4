"""Blocks of images, videos, audio and documents of every provider, as parts of the wire."""

import re
from base64 import b64decode, b64encode
from mimetypes import guess_type
from pathlib import PurePath

from _pollinations.chat.wire_parts import Block, Part, flattened, text_part
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import first
from _pollinations.http.values import text as text_of

MEDIA = {
    **dict.fromkeys(("image", "image_url", "input_image"), "image"),
    **dict.fromkeys(("video", "video_url"), "video"),
    **dict.fromkeys(("audio", "input_audio", "audio_url"), "audio"),
    **dict.fromkeys(("file", "input_file", "document", "text-plain"), "file"),
    **dict.fromkeys(("media", "inline_data", "inlineData", "file_data", "fileData"), ""),
}
"""The medium of each kind of block; where it is empty, the media type decides."""

_CONTAINERS = (
    *("extras", "metadata", "image", "video", "audio", "document", "file", "image_url"),
    *("video_url", "audio_url", "input_audio", "inline_data", "inlineData", "file_data"),
    *("fileData", "source"),
)
"""Keys of a block whose object may hold its fields, from the outside to the inside."""

_SPELLINGS = {
    "data": ("base64", "data", "file_data", "bytes"),
    "url": (
        *("url", "file_url", "file_uri", "fileUri", "uri"),
        *("image", "video", "audio", "image_url", "video_url", "audio_url"),
    ),
    "file_id": ("file_id",),
    "mime_type": ("mime_type", "mimeType", "media_type"),
    "file_name": ("filename", "file_name", "name", "title"),
    "detail": ("detail",),
    "format": ("format",),
}
_URL = re.compile(r"(https?|gs|data):", re.IGNORECASE)
_TYPE_IN_DATA = re.compile(r"data:([^;,]+)")
_PDF = "application/pdf"
_PDF_BEGINS = "JVBERi"  # %PDF- in base64
_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPES_BY_ENDING = {
    ".docx": f"{_OFFICE}wordprocessingml.document",
    ".md": "text/markdown",
    ".pptx": f"{_OFFICE}presentationml.presentation",
    ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
}
"""Those that Python knows only where the system has a list of its own."""
_USUAL = {"image": "png", "video": "mp4"}
_IMAGES = {
    "/9j/": "image/jpeg",
    "iVBORw": "image/png",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}
"""How images begin in base64: Claude refuses one under the type of another, or `image/jpg`."""
_AUDIO_FORMATS = {
    **dict.fromkeys(("wav", "wave", "vnd.wave"), "wav"),
    **dict.fromkeys(("mp3", "mpeg", "mpga"), "mp3"),
    **dict.fromkeys(("pcm", "pcm16", "l16"), "pcm16"),
    "flac": "flac",
    "opus": "opus",
}


def media_part(block: Block, kind: str, where: str) -> list[Part]:
    """Read a medium, wherever its data stands in the block; a document of text becomes text.

    Args:
        block: A block of one of the kinds in `MEDIA`.
        kind: Its kind.
        where: The message and block, for errors.

    Raises:
        InvalidInputError: It holds no data and no URL, or nothing that the gateway takes.

    Example:
        >>> media_part({"source": {"type": "url", "url": "https://a.org/a.png"}}, "image", "")
        [{'type': 'image_url', 'image_url': {'url': 'https://a.org/a.png'}}]
    """
    fields = flattened({**block, "type": None}, _CONTAINERS)
    data, text = first(fields, _SPELLINGS["data"]), fields.get("text")
    is_text = "text" in (fields["type"], fields.get("source_type"))
    if is_text or (isinstance(text, str) and not data):
        text = str(text or data or "")
        return [text_part(text)] if text else []
    if fields.get("source_type") == "id":
        fields["file_id"] = fields.get("id")
    values = _named(fields)
    if not first(values, ("data", "url", "file_id")):
        raise InvalidInputError(f"{where}: a block of type {kind!r} needs url, base64 or file_id.")
    _check_url(values.get("url"), where)
    medium = MEDIA[kind] or values.get("mime_type", "").partition("/")[0]
    if "format" in values:
        written = values["format"]
        spelled = type_by_ending(f"x.{written}") if medium == "file" else None
        spelled = spelled or (written if "/" in written else f"{medium}/{written}")
        values.setdefault("mime_type", spelled)
    if medium == "audio":
        return [_audio(values, where)]
    return [_visual(values, medium, where) if medium in ("image", "video") else _document(values)]


def type_by_ending(name: str) -> str | None:
    """The media type of a file, by the ending of its name."""
    return _TYPES_BY_ENDING.get(PurePath(name).suffix.lower()) or guess_type(name)[0]


def _audio(values: dict[str, str], where: str) -> Part:
    if "data" not in values:
        raise InvalidInputError(
            f"{where}: the gateway takes audio as base64 only; download it and pass base64=..."
        )
    kind = values.get("mime_type", "audio/wav")
    name = kind.lower().partition(";")[0].strip().removeprefix("audio/").removeprefix("x-")
    known = _AUDIO_FORMATS.get(name.lstrip("."))
    if known is None:
        raise InvalidInputError(
            f"{where}: the gateway takes wav, mp3, flac, opus and pcm16 audio, not {kind!r}. "
            "Convert it first."
        )
    data = values["data"].rpartition(",")[2]  # without "data:...;base64,"
    return {"type": "input_audio", "input_audio": {"data": data, "format": known}}


def _visual(values: dict[str, str], medium: str, where: str) -> Part:
    if "data" in values:
        data, mime_type = values["data"], values.pop("mime_type", f"{medium}/{_USUAL[medium]}")
        start = data.find(",") + 1  # behind "data:...;base64,"
        for beginning, kind in _IMAGES.items():
            mime_type = kind if data.startswith(beginning, start) else mime_type
        is_uri = data.startswith(f"data:{mime_type}")
        values["url"] = data if is_uri else f"data:{mime_type};base64,{data[start:]}"
    if "url" not in values:
        raise InvalidInputError(f"{where}: a {medium} is sent by url or base64, not by file_id.")
    names = ("url", "detail", "mime_type") if medium == "image" else ("url", "mime_type")
    kind = f"{medium}_url"
    return {"type": kind, kind: {name: values[name] for name in names if name in values}}


def _document(values: dict[str, str]) -> Part:
    file = {"file_url": values.get("url"), "file_id": values.get("file_id")}
    mime_type = values.get("mime_type")
    if "data" in values:
        mime_type = mime_type or _PDF
        if mime_type == _PDF and not values["data"].startswith(("data:", _PDF_BEGINS)):
            # Langchain-core says that of every file in OpenAI's form.
            mime_type = type_by_ending(values.get("file_name", "")) or _PDF
        text = _text_of_file(values["data"], mime_type)
        if text is not None:
            name = values.get("file_name")
            return text_part(f"{name}:\n{text}" if name else text)
        is_uri = values["data"].startswith("data:")
        data = values["data"] if is_uri else f"data:{mime_type};base64,{values['data']}"
        file = {"file_data": data}
    file |= {"file_name": values.get("file_name"), "mime_type": mime_type}
    return {"type": "file", "file": {name: value for name, value in file.items() if value}}


def _text_of_file(data: str, mime_type: str) -> str | None:
    """The text of a file of text: as files, models read PDF alone."""
    if not mime_type.startswith(("text/", "application/json", "application/xml")):
        return None
    try:
        return b64decode(data[data.find(",") + 1 :], validate=True).decode()
    except ValueError:
        return None


def _named(fields: Block) -> dict[str, str]:
    """What the fields say, by the first name of `_SPELLINGS`; only what is there."""
    values = {name: first(fields, spellings) for name, spellings in _SPELLINGS.items()}
    if isinstance(values["data"], bytes):
        values["data"] = b64encode(values["data"]).decode()
    values = {name: value for name, value in values.items() if text_of(value)}
    if values.get("url", "").startswith("data:"):
        values["data"] = values.pop("url")
    in_data = _TYPE_IN_DATA.match(values.get("data", ""))
    if in_data:
        values.setdefault("mime_type", in_data[1])
    return values


def _check_url(url: object, where: str) -> None:
    """Refuse a path, and what only a program on this machine can open.

    Messages may come from anybody, so that no file is read for them.
    """
    if isinstance(url, str) and url and not _URL.match(url):
        raise InvalidInputError(
            f"{where}: {url!r:.80} is not a link that the gateway can open, and files are not read "
            "from a message: use gateway.file(path), in LlamaIndex the block's path=, or base64=..."
        )
