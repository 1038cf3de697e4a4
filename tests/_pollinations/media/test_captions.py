"""Lines about what was made."""

from pathlib import Path

import pytest

from _pollinations.media.captions import caption
from _pollinations.media.media import Media


@pytest.mark.parametrize(
    ("length", "words"), [(999, "999 bytes"), (84_321, "84 kB"), (2_340_000, "2.3 MB")]
)
def test_a_line_says_how_much_it_is(length: int, words: str) -> None:
    """Sizes are said as people say them."""
    assert words in caption(Media(bytes(length), "audio/mpeg"))


def test_a_line_is_one_line() -> None:
    """A model reads kind, model, seed and place in one short line."""
    media = Media(b"x", "video/mp4", model="veo", seed=7)

    line = caption(media, Path("waves.mp4"))

    assert line == "Video made: video/mp4, 1 bytes, model veo, seed 7. Saved as waves.mp4"
