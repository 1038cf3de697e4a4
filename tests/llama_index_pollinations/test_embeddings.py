"""Embeddings in LlamaIndex: order, batches, questions, indexes, stored forms."""

from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import ValidationError

from llama_index.embeddings.pollinations import PollinationsEmbedding as FromShim
from llama_index_pollinations import InvalidInputError, PollinationsEmbedding, ServerError
from pollinations_sandbox import Fault, Sandbox


@pytest.fixture
def embedding(sandbox: Sandbox) -> Callable[..., PollinationsEmbedding]:
    """Make embeddings that speak to the sandbox."""

    def made(**fields: Any) -> PollinationsEmbedding:
        defaults = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
        return PollinationsEmbedding(**{**defaults, **fields})

    return made


Make = Callable[..., PollinationsEmbedding]


def test_the_docs_name_leads_here() -> None:
    """`llama_index.embeddings.pollinations` gives the same class."""
    assert FromShim is PollinationsEmbedding


def test_many_texts_keep_their_order(embedding: Make, colour: Any, sandbox: Sandbox) -> None:
    """A hundred texts are four requests, and each vector stands in its place."""
    texts = [f"text number {number}" for number in range(100)]
    model = embedding(dimensions=128)
    vectors = colour.whole(model, "get_text_embedding_batch", texts)

    assert sorted(len(r.body["input"]) for r in sandbox.requests) == [4, 32, 32, 32]
    assert vectors[57] == colour.whole(model, "get_text_embedding", texts[57])
    assert len({str(vector) for vector in vectors}) == 100


def test_a_single_text_is_not_a_list(embedding: Make, colour: Any) -> None:
    """Each of its characters would be embedded, and paid for."""
    with pytest.raises(InvalidInputError, match="pass a list of texts"):
        colour.whole(embedding(), "get_text_embedding_batch", "hello")


def test_each_field_arrives(embedding: Make, colour: Any, sandbox: Sandbox) -> None:
    """By the gateway's names; a question is embedded as one."""
    fields: Any = {
        "model": "gemini-embedding",
        "dimensions": 256,
        "task_type": "RETRIEVAL_DOCUMENT",
        "input_type": "document",
        "encoding_format": "base64",
    }
    model = embedding(**fields, extra_body={"tomorrow": 1})
    colour.whole(model, "get_text_embedding", "a")
    assert sandbox.last.body == {**fields, "input": ["a"], "tomorrow": 1}

    colour.whole(model, "get_query_embedding", "a")
    assert sandbox.last.body["task_type"] == "RETRIEVAL_QUERY"
    assert sandbox.last.body["input_type"] == "query"


def test_the_model_is_always_named(embedding: Make, sandbox: Sandbox) -> None:
    """Vectors of another day must be of the same model; nothing else is sent unasked."""
    embedding().get_text_embedding("a")

    assert sandbox.last.body == {"model": "openai-3-small", "input": ["a"]}


def test_one_failed_request_fails_the_list(embedding: Make, colour: Any, sandbox: Sandbox) -> None:
    """No vector is made up."""
    sandbox.fail(Fault.status(503))
    with pytest.raises(ServerError):
        colour.whole(embedding(), "get_text_embedding_batch", ["a"] * 40)


@pytest.mark.parametrize("size", [0, 33])
def test_a_request_holds_at_most_32(embedding: Make, size: int) -> None:
    """Larger ones are refused when the object is made."""
    with pytest.raises(ValidationError, match="embed_batch_size"):
        embedding(embed_batch_size=size)


def test_it_is_stored_without_its_key(embedding: Make) -> None:
    """And made again from what was stored."""
    model = embedding(model="openai-3-large", dimensions=256)
    stored = model.to_dict()
    again = PollinationsEmbedding.from_dict(stored)

    assert "api_key" not in stored
    assert stored["class_name"] == "PollinationsEmbedding"
    assert (again.model_name, again.dimensions) == ("openai-3-large", 256)


@pytest.mark.skipif(
    not hasattr(BaseEmbedding, "to_payload"), reason="Older cores tell tracers nothing of a model."
)
def test_tracers_are_told_no_key(embedding: Make) -> None:
    """What events say of a model is its name and how it is used."""
    assert embedding(model="openai-3-large").to_payload() == {
        "class_name": "PollinationsEmbedding",
        "model_name": "openai-3-large",
        "embed_batch_size": 32,
    }


async def test_an_index_finds_what_was_asked_for(embedding: Make) -> None:
    """Retrieval works end to end, in both colours."""
    texts = ["Bees make honey.", "Cars burn petrol.", "Fish live in water."]
    index = VectorStoreIndex.from_documents(
        [Document(text=text) for text in texts], embed_model=embedding()
    )
    retriever = index.as_retriever(similarity_top_k=1)

    for found in (
        retriever.retrieve("Who makes honey?"),
        await retriever.aretrieve("Who makes honey?"),
    ):
        assert found[0].node.get_content() == "Bees make honey."
