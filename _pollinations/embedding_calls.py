"""Embedding calls by the fields of a model: texts in batches, several at once."""

from collections.abc import Sequence

from _pollinations.embeddings import EmbeddingOptions, Embeddings, embeddings, several
from _pollinations.fields import EmbeddingFields
from _pollinations.http.call import Call
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.many import asend_all, send_all

_FOR_QUERIES: dict[str | None, str] = {
    "RETRIEVAL_DOCUMENT": "RETRIEVAL_QUERY",
    "document": "query",
}
"""How questions are embedded that search texts which were embedded in one of these ways."""


def vectors(
    client: Client, fields: EmbeddingFields, texts: Sequence[str], *, model: str, batch: int
) -> list[list[float]]:
    """Embed texts.

    Args:
        client: Sends the requests.
        fields: The options.
        texts: Any number of them.
        model: The gateway's name for a model.
        batch: Texts in a request, at most 32.

    Returns:
        A vector for each, in their order.
    """
    calls = _calls(fields, texts, model, batch)
    return _joined(send_all(client, calls, fields.max_concurrency))


async def avectors(
    client: AsyncClient, fields: EmbeddingFields, texts: Sequence[str], *, model: str, batch: int
) -> list[list[float]]:
    """Embed texts without blocking the event loop; see `vectors`."""
    calls = _calls(fields, texts, model, batch)
    return _joined(await asend_all(client, calls, fields.max_concurrency))


def query_call(fields: EmbeddingFields, text: str, *, model: str) -> Call[Embeddings]:
    """Make the call that embeds a question, to compare it with texts."""
    options = _options(fields, model)
    options["task_type"] = _FOR_QUERIES.get(fields.task_type, fields.task_type)
    options["input_type"] = _FOR_QUERIES.get(fields.input_type, fields.input_type)
    return embeddings([text], **options)


def _calls(
    fields: EmbeddingFields, texts: Sequence[str], model: str, batch: int
) -> list[Call[Embeddings]]:
    options = _options(fields, model)
    starts = range(0, len(several(texts)), batch)
    return [embeddings(texts[start : start + batch], **options) for start in starts]


def _options(fields: EmbeddingFields, model: str) -> EmbeddingOptions:
    return {
        "model": model,
        "dimensions": fields.dimensions,
        "task_type": fields.task_type,
        "input_type": fields.input_type,
        "encoding_format": fields.encoding_format,
        "extra": fields.extra_body,
    }


def _joined(answers: Sequence[Embeddings]) -> list[list[float]]:
    return [vector for answer in answers for vector in answer.vectors]
