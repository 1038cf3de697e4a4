"""Arguments are a string like any other, and are read as far as they came."""

import copy
import json
import pickle
from typing import Any

import pytest

from llama_index_pollinations import arguments
from llama_index_pollinations.arguments import Arguments


def test_texts_that_grew_are_read_together() -> None:
    """Each holds what it said, whoever looks first."""
    first = Arguments('{"a": [1, 2], "b": "x')
    second = first.grown("y")
    third = second.grown('z and more"}')

    assert third.value == {"a": [1, 2], "b": "xyz and more"}
    assert second.value == {"a": [1, 2], "b": "xy"}
    assert first.value == {"a": [1, 2], "b": "x"}
    assert third.grown("").value == third.value


def test_it_is_a_string() -> None:
    """In comparisons, in JSON, and as a plain one in copies and pickles."""
    text = Arguments('{"a"').grown(": 1}")

    assert text == '{"a": 1}'
    assert json.loads(json.dumps({"arguments": text})) == {"arguments": '{"a": 1}'}
    for again in (pickle.loads(pickle.dumps(text)), copy.deepcopy(text)):  # noqa: S301 - our own bytes
        assert type(again) is str
        assert again == text


def test_a_text_is_parsed_anew_when_it_has_grown_by_an_eighth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So the characters that are parsed are a few times the text, however many pieces came."""
    parsed: list[int] = []
    from_json = arguments.from_json

    def counting(text: str, **options: Any) -> Any:
        parsed.append(len(text))
        return from_json(text, **options)

    monkeypatch.setattr(arguments, "from_json", counting)
    text = Arguments('{"rows": ["')
    for _ in range(5_000):
        text = text.grown("a word, ")
        value = text.value

    assert sum(parsed) < 12 * len(text)
    assert len(text) * 8 // 9 <= len(value["rows"][0]) + 20 <= len(text) + 20


def test_what_is_no_json_changes_nothing() -> None:
    """The value so far stays."""
    text = Arguments('{"a": 1')

    assert text.value == {"a": 1}
    assert text.grown(", and now something else").value == {"a": 1}
    assert Arguments("nonsense").value is None
