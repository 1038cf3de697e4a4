"""Tokens are counted by a rule that a test can repeat."""

from typing import Any

import pytest
from tables import cases

from pollinations_sandbox.replier.measure import (
    cached_tokens,
    logprobs,
    pieces,
    prompt_tokens,
    tokens,
)


def test_four_characters_are_a_token() -> None:
    """A rest counts as one."""
    assert [tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def test_a_text_has_as_many_pieces_as_tokens() -> None:
    """The pieces put together are the text."""
    assert pieces("abcdefghi") == ["abcd", "efgh", "i"]


@cases(__file__, "a_prompt_is_counted_by_its_parts")
def test_a_prompt_is_counted_by_its_parts(content: Any, more: Any, counts: list[int]) -> None:
    """Roles, words, media and tools; sound by its length, ten tokens a second."""
    body = {"messages": [{"role": "user", "content": content}], **more}
    assert list(prompt_tokens(body)) == counts


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
    assert cached_tokens(body, prompt) == counts


def test_logprobs_list_the_chosen_token_first() -> None:
    """Alternatives are less likely."""
    [token] = logprobs("word", 2)["content"]
    assert token["top_logprobs"][0]["token"] == "word"
    chances = [other["logprob"] for other in token["top_logprobs"]]
    assert chances == sorted(chances, reverse=True)
