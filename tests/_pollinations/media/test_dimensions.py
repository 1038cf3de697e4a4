"""Sizes, against Pillow."""

from io import BytesIO

import pytest
from PIL import Image

from _pollinations.media.dimensions import dimensions


def drawn(form: str, width: int, height: int, **options: object) -> bytes:
    held = BytesIO()
    Image.new("RGB", (width, height), "teal").save(held, form, **options)
    return held.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (320, 200), (17, 4000)])
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "comment": b"x" * 5000}),
    ],
)
def test_a_picture_tells_its_size(
    size: tuple[int, int], form: str, options: dict[str, object]
) -> None:
    """Every form that the gateway draws in is read."""
    assert dimensions(drawn(form, *size, **options)) == size


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_torn_picture_has_no_size(form: str) -> None:
    """No beginning of a picture raises."""
    whole = drawn(form, 8, 8)

    assert {dimensions(whole[:length]) for length in range(len(whole))} <= {None, (8, 8)}
    assert dimensions(b"") is dimensions(b"<svg>") is None
