"""Embeddings: texts in, vectors out in the same order."""

from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field

from _pollinations.embedding_calls import avectors, query_call, vectors
from _pollinations.embeddings import MODEL, MOST, several
from _pollinations.fields import EmbeddingFields
from llama_index_pollinations.connection import Connected


class PollinationsEmbedding(Connected, EmbeddingFields, BaseEmbedding):
    """The embedding models of gen.pollinations.ai for every index and retriever.

    Set `POLLINATIONS_API_KEY`, or pass `api_key`. Texts travel in requests of at most 32. A model
    is always named, since vectors of different models do not compare.

    Making one opens nothing. It may be shared by threads and event loops, pickled and copied.
    See POST /v1/embeddings on https://gen.pollinations.ai/docs.

    Example:
        >>> from llama_index.core import Settings
        >>> Settings.embed_model = PollinationsEmbedding(model="gemini-embedding")
        >>> Settings.embed_model.get_query_embedding("Who makes honey?")  # doctest: +SKIP
    """

    model_name: str = MODEL
    """The gateway's name for a model (also `model=`); the catalogue lists them with prices."""
    embed_batch_size: int = Field(default=MOST, gt=0, le=MOST)
    """Texts in a request, at most 32."""

    @classmethod
    def class_name(cls) -> str:
        """Return the name that stored embeddings are known by."""
        return "PollinationsEmbedding"

    def get_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[list[float]]:
        """Embed texts; a single one, whose characters LlamaIndex would embed, is refused."""
        return super().get_text_embedding_batch([*several(texts)], show_progress, **kwargs)

    async def aget_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[list[float]]:
        """Embed texts; see `get_text_embedding_batch`."""
        return await super().aget_text_embedding_batch([*several(texts)], show_progress, **kwargs)

    def _get_query_embedding(self, query: str) -> list[float]:
        call = query_call(self, query, model=self.model_name)
        return self._connect().for_call().client.send(call).vectors[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        call = query_call(self, query, model=self.model_name)
        return (await self._connect().for_call().async_client.send(call)).vectors[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._aget_text_embeddings([text]))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        client = self._connect().for_call().client
        return vectors(client, self, texts, model=self.model_name, batch=self.embed_batch_size)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        client = self._connect().for_call().async_client
        return await avectors(
            client, self, texts, model=self.model_name, batch=self.embed_batch_size
        )
