"""The one folder of a tool."""

import os
from pathlib import Path

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.folder import keep, read_inside
from _pollinations.media.media import Media

PICTURE = Media(b"\xff\xd8\xff", "image/jpeg", seed=7)


def test_a_file_is_called_after_its_words(tmp_path: Path) -> None:
    """Words and seed make the name; the folder is made."""
    path = keep(PICTURE, tmp_path / "new" / "folder", "A red/bicycle!")

    assert path == tmp_path / "new" / "folder" / "a-red-bicycle-7.jpg"
    assert path.read_bytes() == PICTURE.data


def test_an_accent_costs_no_letter(tmp_path: Path) -> None:
    """Letters that ASCII has under an accent stay."""
    assert keep(PICTURE, tmp_path, "Le Café d'Été").name == "le-cafe-d-ete-7.jpg"


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


def test_a_file_inside_is_read(tmp_path: Path) -> None:
    """By its name, its full path or its address."""
    (tmp_path / "a.wav").write_bytes(b"RIFF")

    for name in ("a.wav", str(tmp_path / "a.wav"), (tmp_path / "a.wav").as_uri()):
        assert read_inside(tmp_path, name, most=10) == b"RIFF"


def test_a_file_outside_is_not(tmp_path: Path) -> None:
    """Neither by dots, nor by its full path, nor by a link that leads out."""
    inside, secret = tmp_path / "in", tmp_path / "secret.wav"
    inside.mkdir()
    secret.write_bytes(b"RIFF")
    os.symlink(secret, inside / "link.wav")  # noqa: PTH211 - the plain call

    for name in ("../secret.wav", str(secret), "link.wav"):
        with pytest.raises(InvalidInputError, match="outside"):
            read_inside(inside, name, most=10)


def test_a_file_that_is_no_use_is_refused(tmp_path: Path) -> None:
    """One that is too large or not there gets an error that names it."""
    (tmp_path / "long.wav").write_bytes(bytes(11))

    with pytest.raises(InvalidInputError, match="11 bytes; 10"):
        read_inside(tmp_path, "long.wav", most=10)
    with pytest.raises(InvalidInputError, match="nothing"):
        read_inside(tmp_path, "nothing", most=10)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_inside(tmp_path, ".", most=10_000)
