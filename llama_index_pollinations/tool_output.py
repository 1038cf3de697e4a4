"""A tool's output as content blocks: a list for programs, the media themselves in a notebook."""

from pathlib import Path
from typing import Any, Self

from llama_index.core.base.llms.types import (
    AudioBlock,
    ContentBlock,
    ImageBlock,
    TextBlock,
    VideoBlock,
)

from _pollinations.media.captions import caption
from _pollinations.media.media import Media, sniff


class MediaBlocks(list[ContentBlock]):
    """One line of text, and the image, sound or video that it describes.

    A list for programs; a notebook shows the image or a player, and not the data.

    Example:
        >>> blocks = MediaBlocks.of(Media(b"GIF89a", "image/gif", seed=7))
        >>> [block.block_type for block in blocks]
        ['text', 'image']
    """

    @classmethod
    def of(cls, media: Media, path: Path | None = None, *, whole: bool = True) -> Self:
        """Make the blocks.

        Args:
            media: The media.
            path: The file; None puts the data into the block.
            whole: Whether the media come with the line.
        """
        line = TextBlock(text=caption(media, path))
        return cls([line, _block(media, path)] if whole else [line])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the media, and the line without the folder of a file."""
        del include, exclude
        media = self._media()
        shown = media._repr_mimebundle_() if media else {}
        return {**shown, "text/plain": self._line()}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The line again: IPython prints a list in a way of its own without this method."""
        del cycle
        printer.text(self._line())

    def _line(self) -> str:
        texts = (block.text for block in self if isinstance(block, TextBlock))
        line = "\n".join(texts) or repr(self)
        path = next((path for block in self if (path := getattr(block, "path", None))), None)
        return line.replace(str(path), path.name) if path else line

    def _media(self) -> Media | None:
        for block in self:
            try:
                data = _data(block)
            except (OSError, ValueError):  # moved or deleted since
                return None
            if data is not None:
                return Media(data, sniff(data) or "application/octet-stream")
        return None


def _data(block: ContentBlock) -> bytes | None:
    """The bytes of an image, a sound or a video; None for other blocks."""
    resolve = getattr(block, f"resolve_{block.block_type}", None)
    data: bytes | None = resolve().read() if resolve else None
    return data


def _block(media: Media, path: Path | None) -> ContentBlock:
    """The block of a file, or of bytes."""
    if media.kind == "image":
        held = {"path": path} if path else {"image": media.data}
        return ImageBlock(**held, image_mimetype=media.mime)
    if media.kind == "video":
        held = {"path": path} if path else {"video": media.data}
        return VideoBlock(**held, video_mimetype=media.mime)
    held = {"path": path} if path else {"audio": media.data}
    return AudioBlock(**held, format=media.extension)
