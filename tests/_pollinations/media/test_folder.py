"""The one folder of a tool."""

import os
import socket
from pathlib import Path

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.folder import keep, prepare, read_inside
from _pollinations.media.media import Media

PICTURE = Media(b"\xff\xd8\xff", "image/jpeg", seed=7)


def test_a_file_is_called_after_its_words(tmp_path: Path) -> None:
    """Words without accents and the seed make the name; the folder is made."""
    prepare(tmp_path / "new" / "folder")
    path = keep(PICTURE, tmp_path / "new" / "folder", "Le Café/d'Été!")

    assert path == tmp_path / "new" / "folder" / "le-cafe-d-ete-7.jpg"
    assert path.read_bytes() == PICTURE.data


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    """The same words and seed get another number."""
    names = [keep(PICTURE, tmp_path, "cat").name for _ in range(3)]

    assert names == ["cat-7.jpg", "cat-7-2.jpg", "cat-7-3.jpg"]


@pytest.mark.parametrize("words", ["../../etc/passwd", "🚲", "", "x" * 500, "a\x00b"])
def test_words_cannot_leave_the_folder(tmp_path: Path, words: str) -> None:
    """Whatever a model writes, the file is in the folder and its name is short."""
    path = keep(PICTURE, tmp_path, words)

    assert path.parent == tmp_path
    assert len(path.name) < 70


@pytest.mark.parametrize("reason", ["File exists", "Not a directory", "Permission denied"])
def test_a_folder_that_cannot_be_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """Before an image is paid for that could not be saved."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root
    folder = {"File exists": "file", "Not a directory": "file/folder"}.get(reason, "folder")

    with pytest.raises(InvalidInputError, match=f"no file can be written to .*: {reason}"):
        prepare(tmp_path / folder)


@pytest.mark.parametrize("name", ["a.wav", "two words é.wav", "sub/b.wav"])
def test_a_file_inside_is_read(tmp_path: Path, name: str) -> None:
    """A relative path, a full path and a file:// URL all name it."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"RIFF")

    for spelled in (name, str(path), path.as_uri()):
        assert read_inside(tmp_path, spelled, most=10) == b"RIFF"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything in it that is not a readable file of the folder."""
    inside, secret = tmp_path / "in", tmp_path / "secret.wav"
    (inside / "sub").mkdir(parents=True)
    secret.write_bytes(b"RIFF")
    (inside / "long.wav").write_bytes(bytes(11))
    (inside / "link.wav").symlink_to(secret)
    (inside / "zero").symlink_to("/dev/zero")
    (inside / "loop").symlink_to(inside / "loop2")
    (inside / "loop2").symlink_to(inside / "loop")
    os.mkfifo(inside / "pipe")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(inside / "socket"))
    return inside


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret.wav", "outside"),
        ("/etc/hostname", "outside"),
        ("link.wav", "outside"),
        ("zero", "outside"),
        ("/dev/stdin", "outside"),
        ("long.wav", "larger than 10 bytes"),
        ("nothing", "No such file"),
        ("long.wav/x", "Not a directory"),
        (".", "not a regular file"),
        ("", "not a regular file"),
        ("pipe", "not a regular file"),
        ("socket", "not a regular file"),
        ("loop", "cannot be read"),
        ("a\0b", "cannot be read"),
        ("\ud83d.wav", "cannot be read"),
        ("x" * 5_000, "cannot be read"),
        ("https://example.com/a.wav", "cannot be read"),
    ],
)
def test_whatever_a_model_names_is_read_or_refused_in_words(
    folder: Path, name: str, reason: str
) -> None:
    """Nothing outside is read, nothing waits or crashes, and the error can be shown to a model."""
    with pytest.raises(InvalidInputError, match=reason) as caught:
        read_inside(folder, name, most=10)

    assert len(str(caught.value).encode()) < 1_000
