"""Token counts in all their spellings."""

from decimal import Decimal
from typing import Any

import pytest

from _pollinations.chat.reply import Delta, Reply, Usage
from _pollinations.chat.usage import add_usage, read_usage
from _pollinations.http.call import tokens_used
from _pollinations.media.media import Media
from _pollinations.text import TextAnswer


def test_openai_counts_are_read() -> None:
    """The usual names give all counts, and the raw object stays at hand."""
    raw = {
        "prompt_tokens": 10,
        "completion_tokens": 7,
        "total_tokens": 17,
        "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 2, "image_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 1},
    }
    usage = read_usage(raw)

    assert (usage.prompt, usage.completion, usage.total) == (10, 7, 17)
    assert (usage.cached, usage.reasoning) == (4, 5)
    assert (usage.prompt_audio, usage.prompt_image, usage.completion_audio) == (2, 1, 1)
    assert usage.raw is raw


@pytest.mark.parametrize(
    ("raw", "field", "count"),
    [
        ({"cached_input_tokens": 3}, "cached", 3),
        ({"cache_read_input_tokens": 3}, "cached", 3),
        ({"input_tokens_details": {"cached_tokens": 3}}, "cached", 3),
        ({"cache_creation_input_tokens": 3}, "cache_written", 3),
        ({"prompt_tokens_details": {"cache_write_tokens": 3}}, "cache_written", 3),
        ({"prompt_tokens_details": {"cache_creation_input_tokens": 3}}, "cache_written", 3),
        ({"reasoning_tokens": 3}, "reasoning", 3),
        ({"output_tokens_details": {"reasoning_tokens": 3}}, "reasoning", 3),
        ({"input_tokens": 3}, "prompt", 3),
        ({"output_tokens": 3}, "completion", 3),
        ({"prompt_tokens": 3.0}, "prompt", 3),
        ({"prompt_tokens_details": None}, "cached", None),
        ({"prompt_tokens_details": {"cached_tokens": None}}, "cached", None),
        ({"prompt_tokens": True}, "prompt", 0),
        ({"prompt_tokens": float("nan")}, "prompt", 0),
        ({"prompt_tokens": float("inf")}, "prompt", 0),
        ({"prompt_tokens": "many"}, "prompt", 0),
    ],
)
def test_every_spelling_of_a_count_is_read(
    raw: dict[str, Any], field: str, count: int | None
) -> None:
    """Each provider's name for a count is known, and what is no number is no count."""
    assert getattr(read_usage(raw), field) == count


@pytest.mark.parametrize(
    ("known", "usage", "total", "cost"),
    [
        ({}, {"prompt_tokens": 3}, 3, None),
        ({"prompt_tokens": 3, "total_tokens": 3}, {"completion_tokens": 2}, 5, None),
        ({"prompt_tokens": 3}, {"prompt_tokens": 0, "cost_usd": "0.5"}, 3, "0.5"),
        ({"prompt_tokens": 3}, {"prompt_tokens": None, "cost_usd": 0.5}, 3, "0.5"),
        ({"prompt_tokens": 3, "cost_usd": "0.5"}, {"prompt_tokens": 4}, 4, "0.5"),
        ({"prompt_tokens": 3}, {"cost_usd": "much"}, 3, None),
        ({"prompt_tokens": 3}, [1], 3, None),
        ({"prompt_tokens": 3}, "x", 3, None),
    ],
)
def test_the_last_counts_are_right_and_the_price_is_added(
    known: dict[str, Any], usage: object, total: int, cost: str | None
) -> None:
    """A usage without counts adds what is missing; one with counts replaces what came before."""
    before = dict(known)
    made = read_usage(add_usage(known, usage))

    assert (made.total, made.cost) == (total, Decimal(cost) if cost else None)
    assert known == before


def test_a_missing_total_is_computed() -> None:
    """Where the sum is missing it is made; where it is given it is believed."""
    assert read_usage({"prompt_tokens": 3, "completion_tokens": 2}).total == 5
    assert read_usage({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 9}).total == 9
    assert read_usage({"prompt_tokens": 3, "total_tokens": 0}).total == 0


COUNTS = {"x-usage-prompt-text-tokens": "9", "x-usage-completion-text-tokens": "3"}


def reply(**facts: Any) -> Reply:
    return Reply(usage=Usage(3, 2, 5), **facts)


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        (reply(), 5),
        (reply(headers={"x-cache": "MISS"}), 5),
        (reply(headers={"x-cache": "HIT"}), 0),
        (Reply(), None),
        (Delta(reply=reply()), 5),
        (Delta(text="Hi"), None),
        (TextAnswer("Hi", headers=COUNTS), 12),
        (TextAnswer("Hi", headers={"x-usage-prompt-text-tokens": "many"}), None),
        (TextAnswer("Hi"), None),
        (Media(b"", "audio/mpeg", {"x-usage-completion-audio-seconds": "5"}), None),
        ((), 0),
    ],
)
def test_the_tokens_of_every_kind_of_answer_are_read(answer: object, tokens: int | None) -> None:
    """Whole answers and last pieces have counts; lists and the gateway's cache use nothing."""
    assert tokens_used(answer) == tokens
