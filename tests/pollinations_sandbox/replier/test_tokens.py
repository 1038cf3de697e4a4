"""Tokens are counted by a simple rule."""

from typing import Any

import pytest
from tables import cases

from pollinations_sandbox.replier import tokens


def test_four_characters_are_a_token() -> None:
    """A rest counts as one; the pieces put together are the text."""
    assert [tokens.count(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]
    assert tokens.pieces("abcdefghi") == ["abcd", "efgh", "i"]


@cases(__file__, "a_prompt_is_counted_by_its_parts")
def test_a_prompt_is_counted_by_its_parts(content: Any, more: Any, counts: list[int]) -> None:
    """Roles, words, media and tools; sound by its length, ten tokens a second."""
    body = {"messages": [{"role": "user", "content": content}], **more}
    assert list(tokens.of_prompt(body)) == counts


@pytest.mark.parametrize(
    ("marked", "prompt", "counts"),
    [(False, 1024, (0, 0)), (False, 2048, (1536, 0)), (True, 300, (128, 128)), (True, 20, (0, 20))],
)
def test_only_long_or_marked_prompts_are_cached(
    marked: bool, prompt: int, counts: tuple[int, int]
) -> None:
    """In whole blocks, never more than was sent."""
    part = {"type": "text", "text": "hi"} | ({"cache_control": {}} if marked else {})
    body = {"messages": [{"role": "user", "content": [part]}]}
    assert tokens.cached(body, prompt) == counts
