"""The options and calls of embeddings, by the same names in both adapters."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from _pollinations.connection import ClientFields
from _pollinations.embeddings import (
    EmbeddingOptions,
    Embeddings,
    embeddings,
    for_query,
    in_batches,
)
from _pollinations.http.call import Call
from _pollinations.http.many import asend_all, send_all


class EmbeddingFields(ClientFields):
    """The fields and the calls of embeddings, whatever the framework."""

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
    """Merged into the body last and unchecked, for options that are newer than this package."""

    def _model_and_batch(self) -> tuple[str, int]:
        """Return the model and the size of a batch, which each framework names in its own way."""
        raise NotImplementedError

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts."""
        calls, client = self._embedding_calls(texts), self._clients_of_call()[0]
        return _joined(send_all(client, calls, self.max_concurrency))

    async def _avectors(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts without blocking the event loop."""
        calls, client = self._embedding_calls(texts), self._clients_of_call()[1]
        return _joined(await asend_all(client, calls, self.max_concurrency))

    def _query_vector(self, text: str) -> list[float]:
        """Embed a question."""
        return self._clients_of_call()[0].send(self._query_call(text)).vectors[0]

    async def _aquery_vector(self, text: str) -> list[float]:
        """Embed a question without blocking the event loop."""
        return (await self._clients_of_call()[1].send(self._query_call(text))).vectors[0]

    def _embedding_calls(self, texts: Sequence[str]) -> list[Call[Embeddings]]:
        options = self._embedding_options()
        batches = in_batches(texts, self._model_and_batch()[1])
        return [embeddings(batch, **options) for batch in batches]

    def _query_call(self, text: str) -> Call[Embeddings]:
        return embeddings([text], **for_query(self._embedding_options()))

    def _embedding_options(self) -> EmbeddingOptions:
        return {
            "model": self._model_and_batch()[0],
            "dimensions": self.dimensions,
            "task_type": self.task_type,
            "input_type": self.input_type,
            "encoding_format": self.encoding_format,
            "extra": self.extra_body,
        }


def _joined(answers: Sequence[Embeddings]) -> list[list[float]]:
    return [vector for answer in answers for vector in answer.vectors]
