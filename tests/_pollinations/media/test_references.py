"""Pictures to draw after."""

from pathlib import Path
from typing import Any

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.media import Media
from _pollinations.media.references import links, references

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
LINK = "https://example.com/cat.png"


@pytest.mark.parametrize(
    "reference", [PNG, [PNG], Media(PNG, "image/png"), Media(PNG, "image/png").data_uri]
)
def test_a_picture_at_hand_comes_in_four_forms(reference: Any) -> None:
    """Bytes, `Media` and `data:` URIs are all the same picture."""
    assert references(reference) == (Media(PNG, "image/png"),)


def test_links_stay_links() -> None:
    """One or several links are passed on in their order; nothing is none."""
    assert references(LINK) == (LINK,)
    assert references([LINK, LINK + "?2"]) == (LINK, LINK + "?2")
    assert references(None) == ()
    assert links(None, "image") is None


@pytest.mark.parametrize(
    "reference", ["cat.png", "/etc/passwd", "file:///etc/passwd", Path("cat.png"), "ftp://x/y"]
)
def test_files_are_refused_with_advice(reference: Any) -> None:
    """Nobody's files are read; the error says how to pass a picture."""
    with pytest.raises(InvalidInputError, match="read_bytes"):
        references(reference)


@pytest.mark.parametrize(
    "reference", [b"no picture", b"ID3", "data:image/png,abc", "data:;base64,=="]
)
def test_what_is_no_picture_is_refused(reference: Any) -> None:
    """Sounds, texts and broken `data:` URIs are told apart from pictures."""
    with pytest.raises(InvalidInputError):
        references(reference)
