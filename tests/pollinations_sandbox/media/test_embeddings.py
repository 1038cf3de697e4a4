"""Embeddings: texts that share words are alike."""

import math

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pollinations_sandbox.media.embeddings import vector

PATH = "/v1/embeddings"


def likeness(one: str, other: str, size: int = 1536) -> float:
    return sum(
        left * right for left, right in zip(vector(one, size), vector(other, size), strict=True)
    )


@pytest.mark.parametrize("size", [256, 1536])
@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("How do I reset my password?", "Resetting passwords", "How do I bake my bread?"),
        ("The cat sleeps on the sofa", "A sleeping cat", "Quarterly revenue grew in Asia"),
        ("an umbrella for the rain", "Umbrellas", "the rules for the game"),
        ("weather in Paris", "Paris forecast", "wealth in Rome"),
        ("机器学习模型", "机器学习", "今天天气"),
    ],
)
def test_shared_words_make_texts_alike(size: int, text: str, near: str, far: str) -> None:
    """By their stems; words such as `the` hardly count."""
    assert likeness(text, near, size) > likeness(text, far, size) + 0.1


@given(st.text(max_size=200))
def test_a_vector_has_length_one(text: str) -> None:
    """Whatever the text; and the same text has the same vector."""
    values = vector(text, 128)
    assert math.isclose(math.hypot(*values), 1)
    assert values == vector(text, 128)


def test_one_vector_for_each_text(later: httpx.Client) -> None:
    """In order; the same request is found in the cache as JSON, with its key and date."""
    body = {"input": ["red fox", "blue whale", "red fox"]}
    answer, again = (later.post(PATH, json=body) for _ in range(2))
    assert [one["index"] for one in answer.json()["data"]] == [0, 1, 2]
    first, second, third = (one["embedding"] for one in answer.json()["data"])
    assert first == third != second
    assert (again.headers["X-Cache"], again.json()) == ("HIT", answer.json())
    assert again.headers["X-Cache-Key"] == answer.headers["X-Cache-Key"]
    assert again.headers["X-Cache-Date"]


def test_each_model_has_a_space_of_its_own(later: httpx.Client) -> None:
    """Size and places differ."""
    sizes = {"openai-3-small": 1536, "openai-3-large": 3072, "google/gemini-embedding-2": 3072}
    bodies = [later.post(PATH, json={"input": "red fox", "model": model}).json() for model in sizes]
    seen = [body["data"][0]["embedding"] for body in bodies]
    assert [len(one) for one in seen] == list(sizes.values())
    assert seen[1] != seen[2]
