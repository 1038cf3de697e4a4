"""Prompts and options as addresses."""

from typing import Any

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.addresses import LONGEST, path_of, query_of, url_problem


@pytest.mark.parametrize("prompt", ["", " \n", "half \ud83d"])
def test_what_is_no_prompt_is_refused(prompt: str) -> None:
    """An empty prompt and half a character never leave."""
    with pytest.raises(InvalidInputError):
        path_of("/image/", prompt)


@pytest.mark.parametrize(
    ("option", "spelled"),
    [
        ({"nologo": False, "model": None}, ()),
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
