"""Embeddings in both frameworks: order, batches, questions, stores, stored forms."""

from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import ValidationError
from ways import WHOLE, Way, reach

from langchain_pollinations import InvalidInputError, PollinationsEmbeddings, ServerError
from llama_index.embeddings.pollinations import PollinationsEmbedding as FromShim
from llama_index_pollinations import PollinationsEmbedding
from pollinations_sandbox import Fault, Sandbox

TEXTS = ["Bees make honey.", "Cars burn petrol.", "Fish live in water."]


class TestUnit(EmbeddingsUnitTests):
    """LangChain's unit suite."""

    @property
    def embeddings_class(self) -> type[PollinationsEmbeddings]:
        return PollinationsEmbeddings

    @property
    def init_from_env_params(self) -> Any:
        environment = {"POLLINATIONS_API_KEY": "sk_a", "POLLINATIONS_BASE_URL": "https://x.example"}
        expected = {"pollinations_api_key": "sk_a", "pollinations_api_base": "https://x.example"}
        return environment, {}, expected


class TestIntegration(EmbeddingsIntegrationTests):
    """LangChain's integration suite, over real sockets."""

    @pytest.fixture(autouse=True)
    def _gateway(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    @property
    def embeddings_class(self) -> type[PollinationsEmbeddings]:
        return PollinationsEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return reach(self.sandbox)


@dataclass(frozen=True)
class Embedder:
    """Embeds in one framework and one colour."""

    way: Way
    sandbox: Sandbox

    def make(self, **fields: Any) -> Any:
        """Make the framework's object."""
        return self.way.classes[1](**reach(self.sandbox), max_retries=0, **fields)

    def __call__(self, texts: Any, *, query: bool = False, **fields: Any) -> Any:
        """Embed a list of texts, or a question."""
        return self.way.embed(self.make(**fields), texts, query=query)


@pytest.fixture(params=WHOLE, ids=str)
def embed(request: pytest.FixtureRequest, sandbox: Sandbox) -> Embedder:
    return Embedder(request.param, sandbox)


def test_many_texts_keep_their_order(embed: Embedder, sandbox: Sandbox) -> None:
    """A hundred texts are four requests, and each vector stands in its place."""
    texts = [f"text number {number}" for number in range(100)]
    vectors = embed(texts, dimensions=128)

    assert sorted(len(r.body["input"]) for r in sandbox.requests) == [4, 32, 32, 32]
    assert vectors[57] == embed([texts[57]], dimensions=128)[0]
    assert len({str(vector) for vector in vectors}) == 100


def test_no_text_is_no_request(embed: Embedder, sandbox: Sandbox) -> None:
    """An empty list costs nothing."""
    assert embed([]) == []
    assert sandbox.requests == []


def test_the_model_is_always_named(embed: Embedder, sandbox: Sandbox) -> None:
    """Vectors of another day must be of the same model; nothing else is sent by default."""
    embed(["a"])

    assert sandbox.last.body == {"model": "openai-3-small", "input": ["a"]}


def test_each_field_arrives(embed: Embedder, sandbox: Sandbox) -> None:
    """By the gateway's names; a question is embedded as one."""
    fields: Any = {
        "model": "gemini-embedding",
        "dimensions": 256,
        "task_type": "RETRIEVAL_DOCUMENT",
        "input_type": "document",
        "encoding_format": "base64",
    }
    embed(["a"], **fields, extra_body={"tomorrow": 1})
    assert sandbox.last.body == {**fields, "tomorrow": 1, "input": ["a"]}

    embed("a", query=True, **fields)
    assert sandbox.last.body["task_type"] == "RETRIEVAL_QUERY"
    assert sandbox.last.body["input_type"] == "query"


def test_one_failed_request_fails_the_list(embed: Embedder, sandbox: Sandbox) -> None:
    """No vector is invented."""
    sandbox.fail(Fault.status(503, times=None))

    with pytest.raises(ServerError):
        embed([str(number) for number in range(70)])


@pytest.mark.parametrize("size", [0, 33])
def test_a_request_holds_at_most_32(size: int) -> None:
    """Larger ones are refused when the object is made."""
    with pytest.raises(ValidationError, match="chunk_size"):
        PollinationsEmbeddings(chunk_size=size)
    with pytest.raises(ValidationError, match="embed_batch_size"):
        PollinationsEmbedding(embed_batch_size=size)


def test_tokens_are_refused(sandbox: Sandbox) -> None:
    """LangChain programs may pass token ids; the gateway takes texts only."""
    with pytest.raises(InvalidInputError, match="not tokens"):
        PollinationsEmbeddings(**reach(sandbox)).embed_documents([[1, 2, 3]])  # type: ignore[list-item] # on purpose


@pytest.mark.parametrize("one", ["hello", b"hello"])
def test_a_single_text_is_not_a_list(embed: Embedder, one: Any) -> None:
    """Each of its characters would be embedded, and paid for."""
    with pytest.raises(InvalidInputError, match="pass a list of texts"):
        embed(one)


def test_a_langchain_store_finds_a_text(sandbox: Sandbox) -> None:
    """Retrieval works end to end."""
    store = InMemoryVectorStore(PollinationsEmbeddings(**reach(sandbox)))
    store.add_texts(TEXTS)

    (matches,) = store.similarity_search("Who makes honey?", k=1)

    assert matches.page_content == TEXTS[0]


async def test_a_llama_index_finds_a_text(sandbox: Sandbox) -> None:
    """In both colours."""
    embedding = PollinationsEmbedding(**reach(sandbox))
    documents = [Document(text=text) for text in TEXTS]
    index = VectorStoreIndex.from_documents(documents, embed_model=embedding)
    retriever = index.as_retriever(similarity_top_k=1)

    for matches in (retriever.retrieve("Who makes honey?"), await retriever.aretrieve("honey")):
        assert matches[0].node.get_content() == TEXTS[0]


def test_llama_index_stores_it_without_its_key(sandbox: Sandbox) -> None:
    """It is made again from what was stored; the name of the docs leads to the same class."""
    model = PollinationsEmbedding(model="openai-3-large", dimensions=256, **reach(sandbox))
    stored = model.to_dict()
    again = FromShim.from_dict(stored)

    assert "api_key" not in stored
    assert stored["class_name"] == "PollinationsEmbedding"
    assert (again.model_name, again.dimensions) == ("openai-3-large", 256)
    assert type(again) is PollinationsEmbedding


@pytest.mark.skipif(
    not hasattr(BaseEmbedding, "to_payload"), reason="Older cores tell tracers nothing of a model."
)
def test_llama_index_tells_tracers_no_key(sandbox: Sandbox) -> None:
    """Events have the model's name and the size of a batch."""
    model = PollinationsEmbedding(model="openai-3-large", **reach(sandbox))

    assert model.to_payload() == {
        "class_name": "PollinationsEmbedding",
        "model_name": "openai-3-large",
        "embed_batch_size": 32,
    }
