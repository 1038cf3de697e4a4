"""Token counts in all their spellings."""

from typing import Any

import pytest

from _pollinations.chat.reply import Delta, Reply, Usage
from _pollinations.chat.usage import add_usage, read_usage
from _pollinations.http.call import tokens_used
from _pollinations.media.media import Media
from _pollinations.text import TextAnswer

PROMPT = ("prompt_tokens_details", "input_tokens_details")
COMPLETION = ("completion_tokens_details", "output_tokens_details")
WRITTEN = ("cache_write_tokens", "cache_creation_input_tokens")
NAN = float("nan")


@pytest.mark.parametrize(
    ("raw", "field", "count"),
    [
        *(({name: 3}, "cached", 3) for name in ("cached_input_tokens", "cache_read_input_tokens")),
        *(({name: {"cached_tokens": 3}}, "cached", 3) for name in PROMPT),
        *(({name: 3}, "cache_written", 3) for name in WRITTEN),
        *(({PROMPT[0]: {name: 3}}, "cache_written", 3) for name in WRITTEN),
        ({PROMPT[0]: {"audio_tokens": 3, "image_tokens": 2}}, "prompt_audio", 3),
        ({PROMPT[0]: {"audio_tokens": 3, "image_tokens": 2}}, "prompt_image", 2),
        *(({name: {"reasoning_tokens": 3}}, "reasoning", 3) for name in COMPLETION),
        *(({name: {"audio_tokens": 3}}, "completion_audio", 3) for name in COMPLETION),
        ({"reasoning_tokens": 3}, "reasoning", 3),
        *(({"input_tokens": 3}, "prompt", 3), ({"prompt_tokens": 3.0}, "prompt", 3)),
        *(({"output_tokens": 3}, "completion", 3), ({"completion_tokens": 3}, "completion", 3)),
        *(({PROMPT[0]: none}, "cached", None) for none in (None, {"cached_tokens": None})),
        *(({"prompt_tokens": none}, "prompt", 0) for none in (True, "many", NAN, float("inf"))),
        ({"prompt_tokens": 3, "completion_tokens": 2}, "total", 5),
        ({"prompt_tokens": 3}, "total", 3),
        *(({"prompt_tokens": 3, "total_tokens": total}, "total", total) for total in (9, 0)),
    ],
)
def test_every_spelling_of_a_count_is_read(
    raw: dict[str, Any], field: str, count: int | None
) -> None:
    """Each provider's name for a count is known; a total that came is believed."""
    usage = read_usage(raw)

    assert getattr(usage, field) == count
    assert usage.raw is raw


def test_a_sum_of_earlier_counts_says_nothing_of_later_ones() -> None:
    """What came before is not changed, and stays if nothing can be read of the rest."""
    known = {"prompt_tokens": 3, "total_tokens": 3}

    assert read_usage(add_usage(known, {"completion_tokens": 2})).total == 5
    assert add_usage(known, "x") == known == {"prompt_tokens": 3, "total_tokens": 3}


COUNTS = {"x-usage-prompt-text-tokens": "9", "x-usage-completion-text-tokens": "3"}


def reply(**facts: Any) -> Reply:
    return Reply(usage=Usage(3, 2, 5), **facts)


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        *((reply(), 5), (Delta(reply=reply()), 5), (Reply(), None), (Delta(text="Hi"), None)),
        *((reply(headers={"x-cache": cache}), used) for cache, used in (("MISS", 5), ("HIT", 0))),
        *((TextAnswer("Hi", headers=COUNTS), 12), (TextAnswer("Hi"), None)),
        (TextAnswer("Hi", headers={"x-usage-prompt-text-tokens": "many"}), None),
        (Media(b"", "audio/mpeg", {"x-usage-completion-audio-seconds": "5"}), None),
        ((), 0),
    ],
)
def test_the_tokens_of_every_kind_of_answer_are_read(answer: object, tokens: int | None) -> None:
    """Whole answers and last pieces have counts; lists and the gateway's cache use nothing."""
    assert tokens_used(answer) == tokens
