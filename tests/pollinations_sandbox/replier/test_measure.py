"""Tokens are counted by a rule that a test can repeat."""

import base64

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


def test_a_message_costs_four_tokens_and_its_words() -> None:
    """Roles are not free."""
    assert prompt_tokens({"messages": [{"role": "user", "content": "abcdefgh"}]}) == (6, 0)


def test_an_image_costs_85_tokens() -> None:
    """Whatever its size."""
    part = {"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}
    assert prompt_tokens({"messages": [{"role": "user", "content": [part]}]}) == (89, 0)


def test_sound_is_counted_by_its_length() -> None:
    """Ten tokens a second, and told apart."""
    data = base64.b64encode(bytes(96_000)).decode()
    part = {"type": "input_audio", "input_audio": {"data": data, "format": "pcm16"}}
    assert prompt_tokens({"messages": [{"role": "user", "content": [part]}]}) == (24, 20)


def test_tools_and_schemas_are_counted() -> None:
    """They are sent to the model like words."""
    messages = [{"role": "user", "content": "hi"}]
    plain, _ = prompt_tokens({"messages": messages})
    with_tools, _ = prompt_tokens({"messages": messages, "tools": [{"type": "code_execution"}]})
    assert with_tools > plain


def test_only_long_or_marked_prompts_are_cached() -> None:
    """In whole blocks, never more than was sent."""
    plain = {"messages": [{"role": "user", "content": "hi"}]}
    marked = {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}],
            }
        ]
    }
    assert cached_tokens(plain, 1024) == (0, 0)
    assert cached_tokens(plain, 2048) == (1536, 0)
    assert cached_tokens(marked, 300) == (128, 128)
    assert cached_tokens(marked, 20) == (0, 20)


def test_logprobs_list_the_chosen_token_first() -> None:
    """Alternatives are less likely."""
    [token] = logprobs("word", 2)["content"]
    assert token["top_logprobs"][0]["token"] == "word"
    chances = [other["logprob"] for other in token["top_logprobs"]]
    assert chances == sorted(chances, reverse=True)
