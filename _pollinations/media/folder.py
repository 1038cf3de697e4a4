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


def prepare(directory: str | Path) -> Path:
    """Make a folder for files, before anything is paid for.

    Returns:
        Its full path.

    Raises:
        InvalidInputError: It cannot be made, or no file can be written to it.
    """
    folder = Path(directory).expanduser().resolve()
    reason = "Permission denied"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError as error:
        reason = str(error.strerror)
    raise InvalidInputError(f"directory: no file can be written to {folder}: {reason}.")


def keep(media: Media, directory: str | Path, words: str) -> Path:
    """Write media to a new file.

    Args:
        media: What to keep.
        directory: The folder; it is made if need be.
        words: The file is called after these words and the seed. No file is ever overwritten.

    Returns:
        The file's full path.
    """
    folder = prepare(directory)
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
