"""Arguments are a string like any other, and are read as far as they came."""

import copy
import json
import pickle
from threading import Thread

from llama_index_pollinations.arguments import Arguments


def test_texts_that_grew_are_read_together() -> None:
    """Each holds what it said, whoever looks first."""
    first = Arguments('{"a": [1, 2], "b": "x')
    second = first.grown("y")
    third = second.grown('z"}')

    assert third.value == {"a": [1, 2], "b": "xyz"}
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


def test_threads_may_look_at_once() -> None:
    """A tracer's thread does not disturb the agent's."""
    texts = [Arguments("[")]
    for number in range(300):
        texts.append(texts[-1].grown(f"{number}, "))
    seen: list[list[object]] = []

    threads = [Thread(target=lambda: seen.append([t.value for t in texts])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [[list(range(number)) for number in range(301)]] * 4
