import base64
import math
import struct

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pollinations_sandbox import Sandbox
from pollinations_sandbox.media.embeddings import vector

_PATH = "/v1/embeddings"


def _likeness(one: str, other: str, size: int = 1536) -> float:
    pairs = zip(vector(one, size), vector(other, size), strict=True)
    return sum(left * right for left, right in pairs)


def test_era_a_has_no_embeddings(client: httpx.Client, sandbox: Sandbox) -> None:
    """There is no such route."""
    assert (
        client.post(_PATH, json={"input": "x"}).status_code
        == {"2026-01": 404, "2026-10": 200}[sandbox.api]
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
    assert _likeness(text, near, size) > _likeness(text, far, size) + 0.1


def test_a_question_finds_its_passage() -> None:
    """Among others, as in retrieval."""
    passages = (
        "The gateway retries a request when the server is busy.",
        "Pictures are drawn by seed, and the same seed gives the same picture.",
        "Embeddings are cut into batches of thirty-two texts.",
    )
    questions = {
        "When is a request retried?": 0,
        "Which pictures have the same seed?": 1,
        "How large is a batch of embedded texts?": 2,
    }
    for question, place in questions.items():
        likeness = [_likeness(question, passage) for passage in passages]
        assert likeness.index(max(likeness)) == place


@given(st.text(max_size=200))
def test_a_vector_has_length_one(text: str) -> None:
    """Whatever the text; and the same text has the same vector."""
    values = vector(text, 128)

    assert math.isclose(math.hypot(*values), 1)
    assert values == vector(text, 128)


def test_one_vector_for_each_text(later: httpx.Client) -> None:
    """In order, with the provider's model and the tokens that were read."""
    answer = later.post(_PATH, json={"input": ["red fox", "blue whale", "red fox"]})
    body = answer.json()

    assert [each["index"] for each in body["data"]] == [0, 1, 2]
    first, second, third = (each["embedding"] for each in body["data"])
    assert first == third != second
    assert len(first) == 1536
    assert body["model"] == "text-embedding-3-small"
    assert body["usage"] == {"prompt_tokens": 7, "total_tokens": 7}
    assert answer.headers["x-usage-prompt-text-tokens"] == "7"


def test_base64_holds_the_same_numbers(later: httpx.Client) -> None:
    """As 32-bit floats, little end first."""
    body = {"input": "red fox", "dimensions": 128}
    listed = later.post(_PATH, json=body).json()["data"][0]["embedding"]
    packed = later.post(_PATH, json=body | {"encoding_format": "base64"}).json()

    values = struct.unpack("<128f", base64.b64decode(packed["data"][0]["embedding"]))
    assert list(values) == pytest.approx(listed, abs=1e-6)


def test_each_model_has_a_space_of_its_own(later: httpx.Client) -> None:
    """Size and places differ."""
    sizes = {"openai-3-small": 1536, "openai-3-large": 3072, "google/gemini-embedding-2": 3072}
    seen = []
    for model, size in sizes.items():
        answer = later.post(_PATH, json={"input": "red fox", "model": model})
        seen.append(answer.json()["data"][0]["embedding"])
        assert len(seen[-1]) == size
    assert seen[1] != seen[2]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input", ["x"] * 33),
        ("input", []),
        ("input", [1, 2, 3]),
        ("input", [[1, 2], [3]]),
        ("input", None),
        ("dimensions", 127),
        ("dimensions", 4097),
        ("encoding_format", "int8"),
        ("task_type", "GUESSING"),
        ("input_type", "text"),
    ],
)
def test_a_wrong_field_of_embeddings_is_named(
    later: httpx.Client, field: str, value: object
) -> None:
    """Too many texts and lists of tokens among them."""
    answer = later.post(_PATH, json={"input": "x", field: value})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fieldErrors"]) == [field]


def test_a_batch_has_up_to_32_texts(later: httpx.Client) -> None:
    """32 pass, with any task and role."""
    body = {"input": ["x"] * 32, "task_type": "RETRIEVAL_QUERY", "input_type": "query"}
    assert len(later.post(_PATH, json=body).json()["data"]) == 32


def test_providers_refuse_what_they_cannot_embed(later: httpx.Client) -> None:
    """More dimensions than they have, empty texts, and pictures where only text is read."""
    picture = [{"type": "image_url", "image_url": {"url": "https://a/b"}}]
    for body in ({"input": "x", "dimensions": 2000}, {"input": [""]}, {"input": picture}):
        assert later.post(_PATH, json=body).status_code == 400
    parts = [{"type": "text", "text": "a fox"}, *picture]
    answer = later.post(_PATH, json={"input": parts, "model": "gemini-embedding"})
    assert len(answer.json()["data"]) == 1


def test_only_embedding_models_embed(later: httpx.Client) -> None:
    """A chat model is refused, with the name of its endpoint."""
    answer = later.post(_PATH, json={"input": "x", "model": "openai"})
    assert "cannot be used on the embedding endpoint" in answer.json()["error"]["message"]


def test_embeddings_are_cached_as_json(later: httpx.Client) -> None:
    """With the key of the entry and its date, and the old usage in the body."""
    first, second = (later.post(_PATH, json={"input": "x"}) for _ in range(2))

    assert second.headers["X-Cache"] == "HIT"
    assert second.headers["X-Cache-Key"] == first.headers["X-Cache-Key"]
    assert second.headers["X-Cache-Date"]
    assert second.json() == first.json()


def test_a_body_without_its_type_is_empty(later: httpx.Client) -> None:
    """And one that is no JSON is malformed."""
    untyped = later.post(_PATH, content='{"input": "x"}')
    broken = later.post(_PATH, content="{", headers={"Content-Type": "application/json"})

    assert list(untyped.json()["error"]["details"]["fieldErrors"]) == ["input"]
    assert broken.json()["error"]["message"] == "Invalid JSON body"
