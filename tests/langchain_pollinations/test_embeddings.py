"""Embeddings in LangChain: its own suites, order, batches, questions."""

import asyncio
from typing import Any

import pytest
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from langchain_pollinations import InvalidInputError, PollinationsEmbeddings, ServerError
from pollinations_sandbox import Fault, Sandbox


class TestUnit(EmbeddingsUnitTests):
    """The unit suite."""

    @property
    def embeddings_class(self) -> type[PollinationsEmbeddings]:
        return PollinationsEmbeddings

    @property
    def init_from_env_params(self) -> Any:
        environment = {
            "POLLINATIONS_API_KEY": "sk_environment",
            "POLLINATIONS_BASE_URL": "https://x.example",
        }
        expected = {
            "pollinations_api_key": "sk_environment",
            "pollinations_api_base": "https://x.example",
        }
        return environment, {}, expected


class TestIntegration(EmbeddingsIntegrationTests):
    """The integration suite, over real sockets."""

    @pytest.fixture(autouse=True)
    def _gateway(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    @property
    def embeddings_class(self) -> type[PollinationsEmbeddings]:
        return PollinationsEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"base_url": self.sandbox.base_url, "api_key": self.sandbox.api_key}


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest, sandbox: Sandbox) -> Any:
    def embedded(texts: list[str] | str, **fields: Any) -> Any:
        made = PollinationsEmbeddings(
            base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0, **fields
        )
        if isinstance(texts, str):
            if request.param == "sync":
                return made.embed_query(texts)
            return asyncio.run(made.aembed_query(texts))
        if request.param == "sync":
            return made.embed_documents(texts)
        return asyncio.run(made.aembed_documents(texts))

    return embedded


@pytest.fixture(params=["sync", "async"])
def embed_one(request: pytest.FixtureRequest, sandbox: Sandbox) -> Any:
    """Embed documents in both colours."""
    made = PollinationsEmbeddings(base_url=sandbox.base_url, api_key=sandbox.api_key)
    if request.param == "sync":
        return made.embed_documents
    return lambda texts: asyncio.run(made.aembed_documents(texts))


def test_many_texts_keep_their_order(embed: Any, sandbox: Sandbox) -> None:
    """A hundred texts are four requests, and each vector stands in its place."""
    texts = [f"text number {number}" for number in range(100)]
    vectors = embed(texts, dimensions=128)

    assert sorted(len(r.body["input"]) for r in sandbox.requests) == [4, 32, 32, 32]
    assert vectors[57] == embed([texts[57]], dimensions=128)[0]
    assert len({str(vector) for vector in vectors}) == 100


def test_no_text_is_no_request(embed: Any, sandbox: Sandbox) -> None:
    """An empty list costs nothing."""
    assert embed([]) == []
    assert sandbox.requests == []


def test_the_model_is_always_named(embed: Any, sandbox: Sandbox) -> None:
    """Vectors of another day must be of the same model; nothing else is sent unasked."""
    embed(["a"])
    assert sandbox.last.body == {"model": "openai-3-small", "input": ["a"]}


def test_each_field_arrives(embed: Any, sandbox: Sandbox) -> None:
    """By the gateway's names; a question is embedded as one."""
    fields: Any = {
        "model": "gemini-embedding",
        "dimensions": 256,
        "task_type": "RETRIEVAL_DOCUMENT",
        "input_type": "document",
        "encoding_format": "base64",
        "extra_body": {"tomorrow": 1},
    }
    embed(["a"], **fields)
    extra = fields.pop("extra_body")
    assert sandbox.last.body == {**fields, **extra, "input": ["a"]}

    embed("a", **fields)
    assert sandbox.last.body["task_type"] == "RETRIEVAL_QUERY"
    assert sandbox.last.body["input_type"] == "query"


def test_one_failed_request_fails_the_list(embed: Any, sandbox: Sandbox) -> None:
    """No vector is made up, and the error is LangChain's too."""
    sandbox.fail(Fault.status(503))
    with pytest.raises(ServerError):
        embed([str(number) for number in range(70)])


@pytest.mark.parametrize("size", [0, 33])
def test_a_request_holds_at_most_32(size: int) -> None:
    """Larger ones are refused when the object is made."""
    with pytest.raises(ValueError, match="chunk_size"):
        PollinationsEmbeddings(chunk_size=size)


def test_tokens_are_refused(embed: Any) -> None:
    """The gateway takes texts only."""
    with pytest.raises(InvalidInputError, match="not tokens"):
        embed([[1, 2, 3]])


@pytest.mark.parametrize("one", ["hello", b"hello"])
def test_a_single_text_is_not_a_list(embed_one: Any, one: Any) -> None:
    """Each of its characters would be embedded, and paid for."""
    with pytest.raises(InvalidInputError, match="pass a list of texts"):
        embed_one(one)


def test_a_store_finds_what_was_asked_for(sandbox: Sandbox) -> None:
    """Retrieval works end to end."""
    made = PollinationsEmbeddings(base_url=sandbox.base_url, api_key=sandbox.api_key)
    store = InMemoryVectorStore(made)
    store.add_texts(["Bees make honey.", "Cars burn petrol.", "Fish live in water."])

    (found,) = store.similarity_search("Who makes honey?", k=1)

    assert found.page_content == "Bees make honey."
