"""The content block of what a tool made: a dict for everybody, a picture for a notebook."""

import base64
from pathlib import Path
from typing import Any, Self

from _pollinations.media.captions import caption, facts_of
from _pollinations.media.media import Media


class MediaBlock(dict[str, Any]):
    """A content block of a picture, a sound or a video that shows itself in a notebook.

    Example:
        >>> block = MediaBlock.of(Media(b"GIF89a", "image/gif", seed=7), "a bee")
        >>> block["type"], block["mime_type"], block["extras"]["prompt"]
        ('image', 'image/gif', 'a bee')
    """

    @classmethod
    def of(cls, media: Media, words: str, path: Path | None = None) -> Self:
        """Make the block.

        Args:
            media: What was made.
            words: What was asked for.
            path: Where it is kept; without it the block holds the data.
        """
        where = {"url": path.as_uri()} if path else {"base64": media.base64}
        facts = {**facts_of(media), "prompt": words, **({"path": str(path)} if path else {})}
        return cls(type=media.kind, **where, mime_type=media.mime, extras=facts)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the picture or a player, and a line instead of the data."""
        del include, exclude
        media = self._media()
        return {} if media is None else {**media._repr_mimebundle_(), "text/plain": self._line()}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The line again: IPython asks here too, since it has a way of its own to print a dict."""
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
