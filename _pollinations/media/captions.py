"""What a model is told of a picture, a sound or a video that it asked for: one short line."""

from pathlib import Path

from _pollinations.media.media import Media

_THOUSAND = 1000
_NAMES = {"image": "Picture", "audio": "Sound", "video": "Video"}


def caption(media: Media, path: Path | None = None) -> str:
    r"""Say what was made, so that a model can speak of it without seeing it.

    Args:
        media: What was made.
        path: Where it is kept, if it is.

    Returns:
        One line.

    Example:
        >>> caption(Media(b"GIF89a\x02\x00\x01\x00", "image/gif", seed=7))
        'Picture made: image/gif, 2x1 pixels, 10 bytes, seed 7. It is at hand for the user.'
    """
    facts = [media.mime]
    if media.size:
        facts.append("{}x{} pixels".format(*media.size))
    facts.append(_bytes(len(media.data)))
    if media.model:
        facts.append(f"model {media.model}")
    if media.seed is not None:
        facts.append(f"seed {media.seed}")
    end = "It is at hand for the user." if path is None else f"Saved as {path}"
    return f"{_NAMES.get(media.kind, 'File')} made: {', '.join(facts)}. {end}"


def facts_of(media: Media) -> dict[str, object]:
    """The same as data, for whoever shows it; what is not known is left out."""
    width, height = media.size or (None, None)
    facts = {
        "model": media.model,
        "seed": media.seed,
        "width": width,
        "height": height,
        "bytes": len(media.data),
        "headers": dict(media.headers) or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _bytes(count: int) -> str:
    if count < _THOUSAND:
        return f"{count} bytes"
    kilo = count / _THOUSAND
    return f"{kilo:.0f} kB" if kilo < _THOUSAND else f"{kilo / _THOUSAND:.1f} MB"
