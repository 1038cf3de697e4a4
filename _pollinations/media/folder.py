"""The one folder that a tool writes to or reads from: a model names files, and stays inside."""

import re
from pathlib import Path
from unicodedata import normalize

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.media import Media

_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST = 48


def keep(media: Media, directory: str | Path, words: str) -> Path:
    """Write media to a new file.

    Args:
        media: What to keep.
        directory: The folder; it is made if need be.
        words: The file is called after these words and the seed. No file is ever overwritten.

    Returns:
        The file's full path.
    """
    folder = Path(directory).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    plain = normalize("NFKD", words).encode("ascii", "ignore").decode()  # `café` becomes `cafe`
    slug = _SLUG.sub("-", plain.lower())[:_LONGEST].strip("-") or media.kind
    stem = slug if media.seed is None else f"{slug}-{media.seed}"
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        path = folder / f"{name}.{media.extension}"
        try:
            with path.open("xb") as file:
                file.write(media.data)
        except FileExistsError:
            number += 1
        else:
            return path


def read_inside(directory: str | Path | None, name: str, *, most: int) -> bytes:
    """Read a file of a folder.

    Args:
        directory: The folder; None is the current one.
        name: The file's path, absolute or from the folder.
        most: The most bytes that it may have.

    Returns:
        The bytes.

    Raises:
        InvalidInputError: It is outside, too large, or cannot be read.
    """
    folder = Path(directory or ".").expanduser().resolve()
    path = (folder / name.removeprefix("file://")).resolve()
    if not path.is_relative_to(folder):
        raise InvalidInputError(
            f"{name!r} is outside of {folder}. Files are read from there only; the tool's "
            "directory=... says from where."
        )
    try:
        size = path.stat().st_size
        if size <= most:
            return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{name!r} cannot be read: {error.strerror}.") from error
    raise InvalidInputError(f"{name!r} has {size:,} bytes; {most:,} are the limit.")
