"""Embeddings: texts in, vectors out in the same order, several requests at once."""

from langchain_core.embeddings import Embeddings
from pydantic import Field

from _pollinations.embedding_calls import avectors, query_call, vectors
from _pollinations.embeddings import MODEL, MOST
from _pollinations.fields import EmbeddingFields
from langchain_pollinations.connection import Connected


class PollinationsEmbeddings(Connected, EmbeddingFields, Embeddings):
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
    chunk_size: int = Field(default=MOST, ge=1, le=MOST)
    """Texts in a request, at most 32."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts.

        Args:
            texts: Any number of them.

        Returns:
            A vector for each, in their order.

        Raises:
            PollinationsError: What went wrong, see `langchain_pollinations.errors`.
        """
        with self._calling() as connection:
            return vectors(connection.client, self, texts, model=self.model, batch=self.chunk_size)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts; see `embed_documents`."""
        with self._calling() as connection:
            return await avectors(
                connection.async_client, self, texts, model=self.model, batch=self.chunk_size
            )

    def embed_query(self, text: str) -> list[float]:
        """Embed a question, to compare it with texts; see `embed_documents`."""
        with self._calling() as connection:
            call = query_call(self, text, model=self.model)
            return connection.client.send(call).vectors[0]

    async def aembed_query(self, text: str) -> list[float]:
        """Embed a question; see `embed_query`."""
        with self._calling() as connection:
            call = query_call(self, text, model=self.model)
            return (await connection.async_client.send(call)).vectors[0]
