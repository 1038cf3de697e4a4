"""Prompts and options as addresses."""

from typing import Any

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.addresses import LONGEST, path_of, query_of, url_problem


def test_half_a_character_is_refused() -> None:
    """The error says where it is."""
    with pytest.raises(InvalidInputError, match="half of a character, at 5"):
        path_of("/image/", "half \ud83d")


@pytest.mark.parametrize(
    ("option", "spelled"),
    [
        ({"nologo": False, "model": None}, ()),
        ({"tomorrow": {"a": [True]}}, (("tomorrow", '{"a":[true]}'),)),
        ({"audio": False}, (("audio", "false"),)),
        (
            {"image": ["https://x/a,b|c", "https://x"]},
            (("image", "https://x/a%2Cb%7Cc|https://x"),),
        ),
    ],
)
def test_options_are_spelled_as_the_wire_does(option: dict[str, Any], spelled: Any) -> None:
    """Links are joined by a bar, and nothing inside of a link parts it."""
    assert query_of(option) == spelled


def test_the_query_counts_too() -> None:
    """Long links make an address long."""
    assert url_problem("a", (("image", "x" * LONGEST),))
