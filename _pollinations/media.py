"""Pictures, sound and video as bytes, and what kind they are by their first bytes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from _pollinations.call import Response
from _pollinations.headers import told

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"glTF", "model/gltf-binary"),
    (b"%PDF", "application/pdf"),
)
_INSIDE = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_BRANDS = {b"avif": "image/avif", b"heic": "image/heic", b"M4A ": "audio/mp4"}
_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/flac": "flac",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
    "audio/pcm": "pcm",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
    "model/gltf-binary": "glb",
    "application/pdf": "pdf",
}
_OTHER_NAMES = {
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/l16": "audio/pcm",
    "image/jpg": "image/jpeg",
}
_FRAME, _LAYER = 0xE0, 0x06


@dataclass(frozen=True, slots=True)
class Media:
    r"""A picture, a sound or a video.

    Attributes:
        data: The bytes.
        mime: The media type, such as `image/jpeg`: told from the bytes, else as declared.
        headers: What `headers.told` picks: the model that was used, units, the cache.

    Example:
        >>> Media(b"\x89PNG\r\n\x1a\n", "image/png").extension
        'png'
    """

    data: bytes = field(repr=False)
    mime: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def kind(self) -> str:
        """`image`, `audio`, `video`, or the first half of another media type."""
        return self.mime.partition("/")[0]

    @property
    def extension(self) -> str:
        """The usual end of a file's name, without a dot; `bin` for what is unknown."""
        return _EXTENSIONS.get(self.mime, "bin")

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


def read_media(response: Response) -> Media:
    """Take the body of a 2xx answer for what its bytes say it is, else for its content type."""
    declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    mime = sniff(response.body) or _OTHER_NAMES.get(declared, declared)
    return Media(response.body, mime or "application/octet-stream", told(response.headers))


def sniff(data: bytes) -> str | None:
    """Tell the media type from the first bytes.

    Args:
        data: The bytes, or the first 1,000 of them.

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
    head = data[:1000].lstrip().lower()
    return "image/svg+xml" if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head else None
