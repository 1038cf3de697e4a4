"""What a tool returns to a program: a line of text, and the media as a content block."""

import base64
from pathlib import Path
from typing import Any, Self

from _pollinations.media.captions import caption
from _pollinations.media.media import Media


class MediaBlock(dict[str, Any]):
    """A content block of an image, a sound or a video that shows itself in a notebook.

    Example:
        >>> block = MediaBlock.of(Media(b"GIF89a", "image/gif", seed=7), "a bee")
        >>> block["type"], block["mime_type"], block["extras"]["prompt"]
        ('image', 'image/gif', 'a bee')
    """

    @classmethod
    def of(cls, media: Media, subject: str, path: Path | None = None) -> Self:
        """Make the block.

        Args:
            media: The media.
            subject: The prompt, or the text that is spoken.
            path: The file; None puts the data into the block.
        """
        where = {"url": path.as_uri()} if path else {"base64": media.base64}
        width, height = media.size or (None, None)
        facts = {
            "model": media.model,
            "seed": media.seed,
            "width": width,
            "height": height,
            "bytes": len(media.data),
            "headers": dict(media.headers) or None,
            "prompt": subject,
            "path": path and str(path),
        }
        known = {name: value for name, value in facts.items() if value is not None}
        return cls(type=media.kind, **where, mime_type=media.mime, extras=known)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the image or a player, and a line instead of the data."""
        del include, exclude
        media = self._media()
        return {} if media is None else {**media._repr_mimebundle_(), "text/plain": self._line()}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The line again: IPython prints a dict in a way of its own without this method."""
        del cycle
        printer.text(self._line())

    def _line(self) -> str:
        media, path = self._media(), self._path()
        return repr(self) if media is None else caption(media, Path(path.name) if path else None)

    def _media(self) -> Media | None:
        path, facts = self._path(), self["extras"]
        try:
            data = path.read_bytes() if path else base64.b64decode(self["base64"])
        except OSError:  # moved or deleted since
            return None
        return Media(data, self["mime_type"], model=facts.get("model"), seed=facts.get("seed"))

    def _path(self) -> Path | None:
        path = self["extras"].get("path")
        return None if path is None else Path(path)


class MediaLine(str):
    """The line of text about what a tool made, as a caller gets it who passes no tool call.

    LangChain returns the content alone then: the line has the artifact itself.

    Attributes:
        artifact: What a `ToolMessage` has by this name.

    Example:
        >>> line = MediaLine("Image made.")
        >>> line.artifact = MediaBlock.of(Media(b"GIF89a", "image/gif"), "a bee")
        >>> line, line.artifact["mime_type"]
        ('Image made.', 'image/gif')
    """

    __slots__ = ("artifact",)

    artifact: MediaBlock

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the image or a player, and the line."""
        return self.artifact._repr_mimebundle_(include, exclude)
