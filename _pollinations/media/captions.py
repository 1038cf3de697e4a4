"""The line of text by which a model knows the media that its tool made."""

from pathlib import Path

from _pollinations.media.media import Media

_THOUSAND = 1000
_NAMES = {"image": "image", "audio": "sound", "video": "video"}


def caption(media: Media, path: Path | None = None) -> str:
    """Describe media for a model that does not see them.

    Args:
        media: What a tool made.
        path: The file that it was saved to, if any.

    Returns:
        One line.

    Example:
        >>> caption(Media(b"GIF89a", "image/gif", seed=7))
        'Image made: image/gif, 6 bytes, seed 7. The image is attached.'
    """
    facts = [media.mime]
    if media.size:
        facts.append("{}x{} pixels".format(*media.size))
    facts.append(_bytes(len(media.data)))
    if media.model:
        facts.append(f"model {media.model}")
    if media.seed is not None:
        facts.append(f"seed {media.seed}")
    name = _NAMES.get(media.kind, "file")
    end = f"The {name} is attached." if path is None else f"Saved as {path}"
    return f"{name.capitalize()} made: {', '.join(facts)}. {end}"


def _bytes(count: int) -> str:
    if count < _THOUSAND:
        return f"{count} bytes"
    kilo = count / _THOUSAND
    return f"{kilo:.0f} kB" if kilo < _THOUSAND else f"{kilo / _THOUSAND:.1f} MB"
