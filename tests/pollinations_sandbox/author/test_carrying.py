"""Words inside of files, where they are neither heard nor seen."""

import struct
import zlib

import pytest

from pollinations_sandbox.author.carrying import chunk_of, described_in, spoken_in
from pollinations_sandbox.studio.pictures import Picture, jpeg, png

PNG = b"\x89PNG\r\n\x1a\n"
DRAWN = Picture("a red bicycle", "flux", 7, 64, 64)


def chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def test_what_is_put_into_a_sound_is_found_again() -> None:
    """At the end of the file, or of its tag; words that only look like it are none."""
    assert spoken_in(b"samples" + chunk_of("Grüße, she said")) == "Grüße, she said"
    assert spoken_in(b"samples" + chunk_of("said") + b"more") is None
    assert spoken_in(b"") is None


def test_a_picture_says_what_it_shows() -> None:
    """In the description of a PNG, plain or international, and in the comment of a JPEG."""
    plain = chunk(b"tEXt", b"Title\0A bee") + chunk(b"tEXt", b"Description\0A bee, asleep")
    international = chunk(b"iTXt", "Description\0\0\0en\0\0Café".encode())
    comment = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xfe\x00\x08A bee!\xff\xda"

    assert described_in(PNG + plain) == "A bee, asleep"
    assert described_in(PNG + international) == "Café"
    assert described_in(comment) == "A bee!"


def test_our_own_pictures_say_their_prompt() -> None:
    """Whichever way they are packed."""
    assert described_in(jpeg(DRAWN)) == described_in(png(DRAWN)) == "a red bicycle"


@pytest.mark.parametrize("data", [b"", PNG, PNG + b"\0\0", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0"])
def test_a_picture_without_words_says_nothing(data: bytes) -> None:
    """And a broken one breaks nothing."""
    assert described_in(data) is None
