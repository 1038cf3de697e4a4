"""Embeddings over real sockets: vectors in order, whole and of the size asked for."""

import json
from typing import Any

import pytest

from _pollinations.embeddings import embeddings
from _pollinations.http.call import Response
from _pollinations.http.errors import InvalidInputError, UnreadableAnswerError


def test_tokens_and_model_are_told(ask_once: Any) -> None:
    """What was read is counted."""
    answer = ask_once.send(embeddings("Bees make honey."))

    assert (len(answer.vectors), len(answer.vectors[0])) == (1, 1536)
    assert answer.usage.prompt == answer.usage.total > 0
    assert answer.model == "text-embedding-3-small"
    assert answer.headers["x-model-used"]


def test_base64_is_the_same_numbers(ask_once: Any) -> None:
    """Four bytes a number, within their precision."""
    plain, packed = (
        ask_once.send(embeddings(["honey"], encoding_format=form)).vectors[0]
        for form in ("float", "base64")
    )

    assert packed == pytest.approx(plain, abs=1e-6)


def test_parts_are_one_thing(ask_once: Any) -> None:
    """A picture with its title gets one vector."""
    parts = [
        {"type": "text", "text": "a cat"},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
    ]

    assert len(ask_once.send(embeddings(parts, model="gemini-embedding")).vectors) == 1


@pytest.mark.parametrize(
    ("inputs", "options", "reason"),
    [
        ([], {}, "1 to 32"),
        (["a"] * 33, {}, "not 33"),
        ([[1, 2, 3]], {}, "not tokens"),
        (["a", 5], {}, r"input\[1\]"),
        ("a", {"dimension": 256}, "did you mean .dimensions"),
    ],
)
def test_what_cannot_be_embedded_is_refused(inputs: Any, options: Any, reason: str) -> None:
    """Nothing, too much, tokens and unknown options, before anything is sent."""
    with pytest.raises(InvalidInputError, match=reason):
        embeddings(inputs, **options)


def answer(value: Any, texts: int = 2) -> list[list[float]]:
    call = embeddings(["a"] * texts)
    return call.read(Response(200, {}, json.dumps(value).encode())).vectors


def test_the_index_decides_the_order() -> None:
    """Whatever order the gateway answers in."""
    items = [{"index": 1, "embedding": [1]}, {"index": 0, "embedding": [0.5]}]

    assert answer({"data": items}) == [[0.5], [1.0]]
    assert answer({"data": [{"embedding": [1]}, {"embedding": [2]}]}) == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "items",
    [
        [],
        None,
        [{"embedding": [1]}],
        [{"embedding": [1]}, {"embedding": []}],
        [{"embedding": [1]}, {"embedding": [10**400]}],
        [{"embedding": [1]}, {"embedding": ["x"]}],
        [{"embedding": [1]}, {"embedding": "AAA"}],
        [{"embedding": [1]}, {"embedding": "AAAA"}],
        [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}],
        [{"index": 0, "embedding": [1]}, {"index": 7, "embedding": [1]}],
        [{"embedding": [1]}, "x"],
    ],
)
def test_vectors_that_are_not_all_there_are_an_error(items: Any) -> None:
    """A text without its vector would shift all that follow."""
    with pytest.raises(UnreadableAnswerError):
        answer({"data": items})
