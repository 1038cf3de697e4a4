"""Texts that come in pieces and in other shapes."""

from typing import Any

import pytest

from _pollinations.chat.pieces import Pieces, text_in


@pytest.mark.parametrize(
    ("pieces", "handed_out"),
    [
        (["a", "b"], ["a", "b"]),
        (["a\ud83d", "\ude00b"], ["a", "\U0001f600b"]),
        (["\ud83d", "", "\ude00", "b"], ["", "", "\U0001f600", "b"]),
        (["\ud83d", "\ud83d", "\ude00"], ["", "\ud83d", "\U0001f600"]),
        (["\ud83d", "b"], ["", "\ud83db"]),
        (["\ude00", "b"], ["\ude00", "b"]),
        (["a\ud83d"], ["a", "\ud83d"]),
    ],
)
def test_half_a_character_waits_for_the_other_half(
    pieces: list[str], handed_out: list[str]
) -> None:
    """A first half is handed out with the second, or at the end if that never comes."""
    text = Pieces()
    given = [text.feed(piece) for piece in pieces]
    rest = text.flush()

    assert given + [rest] * bool(rest) == handed_out
    assert str(text) == "".join(handed_out)
    assert (text.flush(), text.half) == ("", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Hi", "Hi"),
        (["H", "i"], "Hi"),
        ({"type": "text", "text": "Hi"}, "Hi"),
        ([{"text": "H"}, {"content": "i"}, {"type": "reference", "ids": [1]}], "Hi"),
        ({"type": "thinking", "thinking": [{"type": "text", "text": "Hi"}]}, "Hi"),
        ({"type": "text", "text": {"value": "Hi", "annotations": []}}, "Hi"),
        (7, "7"),
        (0.5, "0.5"),
        (None, ""),
        (True, ""),
        ({"url": "x"}, ""),
    ],
)
def test_the_text_of_any_value_is_found(value: Any, text: str) -> None:
    """Strings in lists and blocks, and numbers, are text."""
    assert text_in(value) == text


def test_deep_values_do_no_harm() -> None:
    """Only so many levels are looked at."""
    value: Any = "Hi"
    for _ in range(100_000):
        value = [value]

    assert text_in(value) == ""
