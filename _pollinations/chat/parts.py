"""Content parts and messages as the wire spells them."""

import re
from collections.abc import Mapping
from typing import Any, Required, TypedDict

from _pollinations.http.errors import InvalidInputError

AUDIO_FORMATS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/vnd.wave": "wav",
    "audio/mp3": "mp3",
    "audio/mpeg": "mp3",
    "audio/mpga": "mp3",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
    "audio/opus": "opus",
    "audio/pcm": "pcm16",
    "audio/pcm16": "pcm16",
    "audio/l16": "pcm16",
}
"""The gateway's audio formats by media type."""

_BARE_FORMATS = {
    "wav": "wav",
    "x-wav": "wav",
    "mp3": "mp3",
    "mpeg": "mp3",
    "mpga": "mp3",
    "flac": "flac",
    "opus": "opus",
    "pcm": "pcm16",
    "pcm16": "pcm16",
}
CACHEABLE = frozenset({"text", "input_audio", "file"})
"""Types of parts that may carry `cache_control`."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]+")
_NAME_LENGTH = 64


class CacheControl(TypedDict, total=False):
    """Marks the end of what a provider may cache; `type` is ephemeral."""

    type: str


class ImageUrl(TypedDict, total=False):
    """`url` is https or a data URI; `detail` is auto, low or high."""

    url: Required[str]
    detail: str
    mime_type: str


class VideoUrl(TypedDict, total=False):
    """`url` is https, YouTube, gs:// or a data URI."""

    url: Required[str]
    mime_type: str


class InputAudio(TypedDict):
    """`data` is base64; `format` is wav, mp3, flac, opus or pcm16."""

    data: str
    format: str


class File(TypedDict, total=False):
    """One of `file_data` (a data URI), `file_url` or `file_id`."""

    file_data: str
    file_id: str
    file_name: str
    file_url: str
    mime_type: str


class Part(TypedDict, total=False):
    """One content part; `type` says which other key is there."""

    type: Required[str]
    text: str
    image_url: ImageUrl
    video_url: VideoUrl
    input_audio: InputAudio
    file: File
    cache_control: CacheControl
    prompt_cache_breakpoint: dict[str, Any]


class Message(TypedDict, total=False):
    """One message, before it is prepared; see `messages.prepare`.

    `content` may hold blocks of any provider, see `blocks.read`. `thinking` and `signed_by` never
    travel: signed blocks of the model, and the name of the model that signed them.
    """

    role: Required[str]
    content: object
    name: str
    tool_call_id: str
    tool_calls: list[Any]
    function_call: dict[str, Any]
    cache_control: CacheControl
    reasoning_content: str
    audio: dict[str, Any]
    thinking: list[dict[str, Any]]
    signed_by: str


def data_uri(data: str, mime_type: str) -> str:
    """Put base64 text and its media type together; text that is a data URI stays as it is."""
    return data if data.startswith("data:") else f"data:{mime_type};base64,{data}"


def text_part(text: str) -> dict[str, Any]:
    """A text part."""
    return {"type": "text", "text": text}


def marked(parts: list[dict[str, Any]], mark: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Put a cache mark on the last part that may carry one, unless that has one of its own.

    Returns:
        New parts, or None if no part may carry it.
    """
    for place in range(len(parts) - 1, -1, -1):
        if parts[place].get("type") in CACHEABLE:
            return [*parts[:place], {"cache_control": mark, **parts[place]}, *parts[place + 1 :]]
    return None


def image_part(
    url: str, *, detail: str | None = None, mime_type: str | None = None
) -> dict[str, Any]:
    """A picture by https URL or data URI."""
    return {"type": "image_url", "image_url": _set(url=url, detail=detail, mime_type=mime_type)}


def video_part(url: str, *, mime_type: str | None = None) -> dict[str, Any]:
    """A video by https, YouTube or gs:// URL, or data URI; Gemini models read it."""
    return {"type": "video_url", "video_url": _set(url=url, mime_type=mime_type)}


def audio_part(data: str, kind: str, *, where: str) -> dict[str, Any]:
    """Sound to listen to.

    Args:
        data: Base64.
        kind: A media type or a file ending.
        where: The message and block, for the error.

    Raises:
        InvalidInputError: The gateway takes no such sound.
    """
    kind = kind.lower().partition(";")[0].strip()
    known = AUDIO_FORMATS.get(kind) or _BARE_FORMATS.get(kind.lstrip("."))
    if known is None:
        raise InvalidInputError(
            f"{where}: the gateway takes wav, mp3, flac, opus and pcm16 audio, not {kind!r}. "
            "Convert it first."
        )
    if data.startswith("data:"):
        data = data.partition(",")[2]
    return {"type": "input_audio", "input_audio": {"data": data, "format": known}}


def file_part(
    *,
    url: str | None = None,
    data: str | None = None,
    file_id: str | None = None,
    name: str | None = None,
    mime_type: str | None = None,
) -> dict[str, Any]:
    """A document by URL, data URI or id."""
    return {
        "type": "file",
        "file": _set(
            file_url=url, file_data=data, file_id=file_id, file_name=name, mime_type=mime_type
        ),
    }


def sanitised(name: str | None) -> str | None:
    """Make a name that providers accept, `^[a-zA-Z0-9_-]{1,64}$`; None if nothing is left.

    Example:
        >>> sanitised("Ada Lovelace")
        'Ada_Lovelace'
    """
    if not name or _NAME.fullmatch(name):
        return name or None
    return _NOT_IN_NAMES.sub("_", name).strip("_")[:_NAME_LENGTH] or None


def _set(**given: str | None) -> dict[str, str]:
    return {name: value for name, value in given.items() if value is not None}
