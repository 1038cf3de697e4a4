"""The folder that a tool writes to and reads from; a path from a model cannot lead out of it."""

import os
import re
import stat
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.media import Media

_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST = 48


def prepare(directory: str | Path) -> None:
    """Make a folder for files, before anything is paid for.

    Raises:
        InvalidInputError: It cannot be made, or no file can be written to it.
    """
    folder = Path(directory).expanduser().resolve()
    reason = "Permission denied"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return
    except OSError as error:
        reason = str(error.strerror)
    raise InvalidInputError(f"directory: no file can be written to {folder}: {reason}.")


def keep(media: Media, directory: str | Path, words: str) -> Path:
    """Write media to a new file.

    Args:
        media: What to keep.
        directory: The folder, as `prepare` made it.
        words: The file is called after these words and the seed. No file is ever overwritten.

    Returns:
        The file's full path.

    Raises:
        OSError: It cannot be written; nothing of it is left.
    """
    folder = Path(directory).expanduser().resolve()
    plain = normalize("NFKD", words).encode("ascii", "ignore").decode()  # `café` becomes `cafe`
    slug = _SLUG.sub("-", plain.lower())[:_LONGEST].strip("-") or media.kind
    stem = slug if media.seed is None else f"{slug}-{media.seed}"
    path = _new_file(folder, stem, media.extension)
    try:
        path.write_bytes(media.data)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _new_file(folder: Path, stem: str, ending: str) -> Path:
    """Make an empty file; a number is added to a name that is taken."""
    path, number = folder / f"{stem}.{ending}", 1
    while True:
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            number += 1
            path = folder / f"{stem}-{number}.{ending}"
        else:
            return path


def read_inside(directory: str | Path | None, name: str, *, most: int) -> bytes:
    """Read a file of a folder; `name` may come from a model.

    Args:
        directory: The folder; None is the current one.
        name: The file's path, absolute or relative to the folder, or its `file://` URL.
        most: The largest size in bytes.

    Returns:
        The bytes.

    Raises:
        InvalidInputError: The path leads out of the folder, the file is larger than `most`, is no
            regular file (a folder, a pipe, a device), or cannot be read.
    """
    folder = Path(directory or ".").expanduser().resolve()
    shown = f"{name!r:.200}"
    problem, data = "", b""
    try:
        # A loop of links is a RuntimeError before Python 3.13, a NUL a ValueError.
        local = unquote(urlsplit(name).path) if name.startswith("file://") else name
        path = (folder / local).resolve()
        if not path.is_relative_to(folder):
            problem = "is outside of the folder, which the tool's option directory=... sets"
        elif not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for somebody to write to it
            problem = "is not a regular file"
        else:
            with path.open("rb") as file:
                data = file.read(most + 1)
    except (OSError, RuntimeError, ValueError) as error:
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if len(data) > most:
        problem = f"is larger than {most:,} bytes, the limit"
    if problem:
        raise InvalidInputError(f"{shown} {problem}. Pass the path of a file in {folder}.")
    return data
