"""Texts for patterns."""

import re

import pytest

from pollinations_sandbox.author.patterns import example


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{4}-\d{2}-\d{2}$",
        r"^[A-Z][a-z]+ [A-Z]\.$",
        r"^(?:cat|dog)s?$",
        r"^(?P<word>\w+)@x\.org$",
        r"[^a-z]{2,}",
        r"^#[0-9a-fA-F]{6}$",
        r"^a*b+c?.$",
        r"^\s\W\S$",
        "",
    ],
)
def test_the_example_matches(pattern: str) -> None:
    """Whatever is repeated, grouped or chosen."""
    assert re.search(pattern, example(pattern))


def test_a_longer_example_is_found_if_the_pattern_allows_it() -> None:
    """The least length is reached."""
    assert re.fullmatch(r"a+", example(r"^a+$", 5))
    assert len(example(r"^a+$", 5)) >= 5


def test_a_broken_pattern_has_no_example() -> None:
    """Nor does it break anything."""
    assert example("(") == ""
