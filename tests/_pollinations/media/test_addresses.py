"""Prompts and options as addresses."""

from typing import Any

import pytest

from _pollinations.http.errors import InvalidInputError
from _pollinations.media.addresses import LONGEST, path_of, query_of, url_problem


@pytest.mark.parametrize(
    ("prompt", "path"),
    [
        ("a cat", "/image/a%20cat"),
        ("a/b?c#d&e", "/image/a%2Fb%3Fc%23d%26e"),
        ("two\nlines", "/image/two%0Alines"),
        ("🚲", "/image/%F0%9F%9A%B2"),
    ],
)
def test_a_prompt_is_one_segment(prompt: str, path: str) -> None:
    """Whatever a prompt holds is encoded, slashes too."""
    assert path_of("/image/", prompt) == path


@pytest.mark.parametrize("prompt", ["", " \n", "half \ud83d"])
def test_what_is_no_prompt_is_refused(prompt: str) -> None:
    """An empty prompt and half a character never leave."""
    with pytest.raises(InvalidInputError):
        path_of("/image/", prompt)


@pytest.mark.parametrize(
    ("option", "spelled"),
    [
        ({"width": 512}, (("width", "512"),)),
        ({"nologo": True}, (("nologo", "true"),)),
        ({"nologo": False, "model": None}, ()),
        ({"audio": False}, (("audio", "false"),)),
        ({"aspect_ratio": "9:16"}, (("aspectRatio", "9:16"),)),
        ({"no_cache": True}, (("no-cache", "true"),)),
        ({"safe": ["sexual", "violence"]}, (("safe", "sexual,violence"),)),
        ({"image": ["https://x/a", "https://x/b"]}, (("image", "https://x/a|https://x/b"),)),
        ({"image": ["https://x/a,b|c"]}, (("image", "https://x/a%2Cb%7Cc"),)),
    ],
)
def test_options_are_spelled_as_the_wire_does(option: dict[str, Any], spelled: Any) -> None:
    """Links are joined by a bar, and nothing inside of a link parts it."""
    assert query_of(option) == spelled


@pytest.mark.parametrize("prompt", ["50 %", "a//b", "/a", "a/", ".", "..", "x" * (LONGEST + 1)])
def test_an_address_admits_what_it_cannot_carry(prompt: str) -> None:
    """What the gateway would decode twice, join, cut or refuse has another way to go."""
    assert url_problem(prompt, ())


@pytest.mark.parametrize("prompt", ["a", "a/b", "a\nb", '"a"', "🚲", "...", "x" * 10_000])
def test_an_address_carries_the_rest(prompt: str) -> None:
    """Single slashes, newlines, quotes, emoji and ten thousand letters are no trouble."""
    assert url_problem(prompt, ()) is None


def test_the_query_counts_too() -> None:
    """Long links make an address long."""
    assert url_problem("a", (("image", "x" * LONGEST),))
