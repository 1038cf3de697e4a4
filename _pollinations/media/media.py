"""Pictures, sound and video as bytes, and what kind they are by their first bytes."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from _pollinations.http.call import Response
from _pollinations.http.error_reader import error_of
from _pollinations.http.headers import answer_headers, media_type
from _pollinations.http.json import parse
from _pollinations.http.values import unreadable
from _pollinations.media.dimensions import dimensions
from _pollinations.models.cost import cost_of_answer
from _pollinations.models.model import Model

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"%PDF", "application/pdf"),
)
_INSIDE = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_BRANDS = {b"avif": "image/avif", b"heic": "image/heic", b"M4A ": "audio/mp4"}
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/x-msvideo": "avi",
}
"""Where it is not the second half of the media type."""
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_FRAME, _LAYER = 0xE0, 0x06
# Possessive throughout: no part is tried twice, so that the time is linear in the length.
_SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?+"
    rb"(?:<!--(?>.*?-->)\s*+|<!doctype\s++svg[^>]*+>\s*+)*+<(?:\w++:)?+svg[\s>/]",
    re.DOTALL | re.IGNORECASE,
)
_SHOWN_BY_NOTEBOOKS = frozenset({"image/png", "image/jpeg", "image/gif"})
_TAGS = {
    "image": '<img src="{}">',
    "audio": '<audio controls src="{}"></audio>',
    "video": '<video controls src="{}"></video>',
}


@dataclass(frozen=True, slots=True)
class Media:
    r"""A picture, a sound or a video.

    Attributes:
        data: The bytes.
        mime: The media type, such as `image/jpeg`: detected from the bytes, else as declared.
        headers: What `headers.answer_headers` picks: the model that was used, units, the cache.
        model: The model that was asked for, else the one that the gateway says it used.
        seed: What the picture or video was drawn with; the same seed and prompt give it again.

    In a notebook a picture shows itself, and sounds and videos can be played.

    Example:
        >>> Media(b"\x89PNG\r\n\x1a\n", "image/png").extension
        'png'
    """

    data: bytes = field(repr=False)
    mime: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    model: str | None = None
    seed: int | None = None

    @property
    def kind(self) -> str:
        """`image`, `audio`, `video`, or the first half of another media type."""
        return self.mime.partition("/")[0]

    @property
    def extension(self) -> str:
        """The usual end of a file's name, without a dot; `bin` for what is unknown."""
        subtype = self.mime.partition("/")[2]
        return _EXTENSIONS.get(self.mime) or (subtype if subtype.isalnum() else "bin")

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels, for PNG and JPEG."""
        return dimensions(self.data)

    def cost(self, model: Model) -> Decimal | None:
        """Compute what it cost; what comes from the gateway's cache is free.

        Args:
            model: The model that made it, from the catalogue.

        Returns:
            Pollen; None if the gateway counted nothing, or a price is unknown.
        """
        return cost_of_answer(self, model)

    @property
    def base64(self) -> str:
        """The bytes as base64 text."""
        return base64.b64encode(self.data).decode()

    @property
    def data_uri(self) -> str:
        """The bytes as a `data:` URI."""
        return f"data:{self.mime};base64,{self.base64}"

    def save(self, path: str | Path) -> Path:
        """Write the bytes to a file.

        Args:
            path: Where to; without an ending it gets the right one.

        Returns:
            The file's path.
        """
        file = Path(path)
        file = file if file.suffix else file.with_name(f"{file.name}.{self.extension}")
        file.write_bytes(self.data)
        return file

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ANN401 - IPython's signature
        """What a notebook shows; a drawing (SVG) is framed as a picture, so that no script runs."""
        del include, exclude
        shown: dict[str, Any] = {"text/plain": repr(self)}
        if self.mime in _SHOWN_BY_NOTEBOOKS:
            shown[self.mime] = self.base64
        elif self.kind in _TAGS:
            shown["text/html"] = _TAGS[self.kind].format(escape(self.data_uri))
        return shown


def read_media(response: Response) -> Media:
    """Take the body of a 2xx answer for what its bytes say it is, else for its content type."""
    declared = media_type(response.headers)
    if not _MEDIA_TYPE.fullmatch(declared):
        declared = "application/octet-stream"
    if declared == "audio/l16":
        declared = "audio/pcm"
    mime = sniff(response.body) or declared
    return Media(response.body, mime, answer_headers(response.headers))


def read_only_media(response: Response, *kinds: str) -> Media:
    """Take the body of a 2xx answer for media of certain kinds, by what its bytes say.

    Sound without a container (PCM) tells nothing by its bytes; its content type is believed.

    Args:
        response: The answer.
        *kinds: `image`, `audio`, `video`.

    Returns:
        The media.

    Raises:
        PollinationsError: The body is an error, sent with status 200.
        UnreadableAnswerError: It is something else, such as a web page.
    """
    media = read_media(response)
    is_pcm = media.mime == "audio/pcm" and media.data
    if media.kind in kinds and (is_pcm or sniff(response.body)):
        return media
    try:
        value = parse(response.body)
    except ValueError:
        value = None
    if isinstance(value, dict) and "error" in value:
        raise error_of(value, status=response.status, headers=response.headers)
    raise unreadable(response, " or ".join(kinds))


def sniff(data: bytes) -> str | None:
    """Tell the media type from the first bytes.

    Args:
        data: The bytes, or the first 4,000 of them.

    Returns:
        The media type, or None: raw samples and texts do not tell.

    Example:
        >>> sniff(b"RIFF....WAVEfmt ")
        'audio/wav'
    """
    for start, mime in _STARTS:
        if data.startswith(start):
            return mime
    if data.startswith(b"RIFF"):
        return _INSIDE.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if len(data) > 1 and data[0] == 0xFF and data[1] & _FRAME == _FRAME:  # noqa: PLR2004 - the sync
        # Eleven set bits begin a frame; AAC has the layer 0, MPEG audio another.
        return "audio/mpeg" if data[1] & _LAYER else "audio/aac"
    return "image/svg+xml" if _SVG.match(data[:4000]) else None
