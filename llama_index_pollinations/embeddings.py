"""Embeddings: texts in, vectors out in the same order."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field

from _pollinations.embeddings import (
    MODEL,
    MOST,
    EmbeddingOptions,
    Embeddings,
    embeddings,
    for_query,
    in_batches,
    several,
)
from _pollinations.http.call import Call
from _pollinations.http.many import asend_all, send_all
from llama_index_pollinations.connection import Connection


class PollinationsEmbedding(Connection, BaseEmbedding):
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
    dimensions: int | None = None
    """Numbers in a vector, 128 to 4096, for models that can shorten it."""
    task_type: str | None = None
    """Such as `CLUSTERING`; with `RETRIEVAL_DOCUMENT`, questions are embedded as
    `RETRIEVAL_QUERY`."""
    input_type: str | None = None
    """For Cohere; with `document`, questions are embedded as `query`."""
    encoding_format: str | None = None
    """`float` or `base64`, which is shorter on the wire."""
    max_concurrency: int = Field(default=8, ge=1)
    """Requests that may be under way at once, for one list of texts."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Merged into the body last and unchecked: whatever the API learns before we do."""

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
        return self._clients_of_call()[0].send(self._question(query)).vectors[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return (await self._clients_of_call()[1].send(self._question(query))).vectors[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._aget_text_embeddings([text]))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return _joined(
            send_all(self._clients_of_call()[0], self._calls(texts), self.max_concurrency)
        )

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        calls = self._calls(texts)
        return _joined(await asend_all(self._clients_of_call()[1], calls, self.max_concurrency))

    def _options(self) -> EmbeddingOptions:
        return {
            "model": self.model_name,
            "dimensions": self.dimensions,
            "task_type": self.task_type,
            "input_type": self.input_type,
            "encoding_format": self.encoding_format,
            "extra": self.extra_body,
        }

    def _calls(self, texts: Sequence[str]) -> list[Call[Embeddings]]:
        options = self._options()
        return [embeddings(batch, **options) for batch in in_batches(texts)]

    def _question(self, query: str) -> Call[Embeddings]:
        return embeddings([query], **for_query(self._options()))


def _joined(answers: Sequence[Embeddings]) -> list[list[float]]:
    return [vector for answer in answers for vector in answer.vectors]
