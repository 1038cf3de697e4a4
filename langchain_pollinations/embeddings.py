"""Embeddings: texts in, vectors out in the same order, several requests at once."""

from collections.abc import Sequence
from typing import Any

from langchain_core.embeddings import Embeddings
from pydantic import Field

from _pollinations.embeddings import (
    MODEL,
    MOST,
    EmbeddingOptions,
    embeddings,
    for_query,
    in_batches,
)
from _pollinations.embeddings import Embeddings as Vectors
from _pollinations.http.call import Call
from _pollinations.http.many import asend_all, send_all
from langchain_pollinations.connection import Connection
from langchain_pollinations.errors import as_langchain_errors


class PollinationsEmbeddings(Connection, Embeddings):
    """The embedding models of gen.pollinations.ai.

    Set `POLLINATIONS_API_KEY`, or pass `api_key`. Texts travel in requests of at most 32, several
    at once. A model is always named, since vectors of different models do not compare.

    Making one opens nothing. It may be shared by threads and event loops, pickled and copied.
    See POST /v1/embeddings on https://gen.pollinations.ai/docs.

    Example:
        >>> from langchain_core.vectorstores import InMemoryVectorStore
        >>> embeddings = PollinationsEmbeddings(model="gemini-embedding", dimensions=768)
        >>> store = InMemoryVectorStore(embeddings)
        >>> store.add_texts(["Bees make honey."])  # doctest: +SKIP
    """

    model: str = MODEL
    """The gateway's name for a model; the catalogue lists them with their prices."""
    dimensions: int | None = None
    """Numbers in a vector, 128 to 4096, for models that can shorten it."""
    task_type: str | None = None
    """Such as `CLUSTERING`; with `RETRIEVAL_DOCUMENT`, questions are embedded as
    `RETRIEVAL_QUERY`."""
    input_type: str | None = None
    """For Cohere; with `document`, questions are embedded as `query`."""
    encoding_format: str | None = None
    """`float` or `base64`, which is shorter on the wire."""
    chunk_size: int = Field(default=MOST, ge=1, le=MOST)
    """Texts in a request, at most 32."""
    max_concurrency: int = Field(default=8, ge=1)
    """Requests that may be under way at once, for one list of texts."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the body last and unchecked: whatever the API learns before we do."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts.

        Args:
            texts: Any number of them.

        Returns:
            A vector for each, in their order.

        Raises:
            PollinationsError: What went wrong, see `langchain_pollinations.errors`.
        """
        with as_langchain_errors():
            return _joined(send_all(self._clients()[0], self._calls(texts), self.max_concurrency))

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts; see `embed_documents`."""
        with as_langchain_errors():
            calls = self._calls(texts)
            return _joined(await asend_all(self._clients()[1], calls, self.max_concurrency))

    def embed_query(self, text: str) -> list[float]:
        """Embed a question, to compare it with texts; see `embed_documents`."""
        with as_langchain_errors():
            return self._clients()[0].send(self._call(text)).vectors[0]

    async def aembed_query(self, text: str) -> list[float]:
        """Embed a question; see `embed_query`."""
        with as_langchain_errors():
            return (await self._clients()[1].send(self._call(text))).vectors[0]

    def _options(self) -> EmbeddingOptions:
        return {
            "model": self.model,
            "dimensions": self.dimensions,
            "task_type": self.task_type,
            "input_type": self.input_type,
            "encoding_format": self.encoding_format,
            "extra": self.extra_body,
        }

    def _calls(self, texts: Sequence[str]) -> list[Call[Vectors]]:
        options = self._options()
        return [embeddings(batch, **options) for batch in in_batches(texts, self.chunk_size)]

    def _call(self, question: str) -> Call[Vectors]:
        return embeddings([question], **for_query(self._options()))


def _joined(answers: Sequence[Vectors]) -> list[list[float]]:
    return [vector for answer in answers for vector in answer.vectors]
