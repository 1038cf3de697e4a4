"""Embeddings: POST /v1/embeddings, see https://gen.pollinations.ai/docs."""

import base64
import binascii
import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from _pollinations.chat.options import checked_options
from _pollinations.chat.reply import Usage
from _pollinations.chat.usage import read_usage
from _pollinations.http.call import Call, Expected, Response, json_request
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.headers import answer_headers
from _pollinations.http.unknown_names import refuse_unknown
from _pollinations.http.values import json_of, text, unreadable

PATH = "/v1/embeddings"
MOST = 32
"""The most texts in one request."""

MODEL = "openai-3-small"
"""The gateway's default. Adapters send it: vectors of different models cannot be compared."""

_FOR_QUERIES = {"RETRIEVAL_DOCUMENT": "RETRIEVAL_QUERY", "document": "query"}
_DIMENSIONS = range(128, 4097)
_BYTES_OF_FLOAT = 4

Part = Mapping[str, Any]
"""`text`, `image_url`, `input_audio` or `video_url`, as in a chat; for gemini-embedding."""


class EmbeddingOptions(TypedDict, total=False):
    """How to embed; only what you set is sent.

    Attributes:
        model: An embedding model, `openai-3-small` by default.
        dimensions: Numbers in a vector, 128 to 4096, for models that can shorten it.
        task_type: The use of the vectors: `SEMANTIC_SIMILARITY`, `CLASSIFICATION`, `CLUSTERING`,
            `RETRIEVAL_DOCUMENT`, `RETRIEVAL_QUERY`, `CODE_RETRIEVAL_QUERY`, `QUESTION_ANSWERING`,
            `FACT_VERIFICATION`; for models of Google.
        input_type: `query` or `document`; for models of Cohere.
        encoding_format: `float` or `base64`, which is shorter on the wire.
        extra: Further fields of the API, by their names there.
    """

    model: str | None
    dimensions: int | None
    task_type: str | None
    input_type: str | None
    encoding_format: str | None
    extra: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors in the order of the texts.

    Attributes:
        vectors: One for each text.
        model: The provider's id of the model.
        usage: Tokens that were read.
        headers: Headers about the model, the units and the cache.
    """

    vectors: list[list[float]] = field(repr=False)
    model: str | None = None
    usage: Usage | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)


def embeddings(
    inputs: str | Sequence[str] | Sequence[Part], **options: Unpack[EmbeddingOptions]
) -> Call[Embeddings]:
    """Compute the vectors of at most 32 texts, or of one input that is made of parts.

    Args:
        inputs: A text, texts, or parts.
        **options: See `EmbeddingOptions`.

    Returns:
        A call for a client's `send`.

    Raises:
        InvalidInputError: There are no or too many texts, or one is not a text.

    Example:
        >>> from langchain_pollinations.gateway import Client, embeddings
        >>> call = embeddings(["red", "green"], model="openai-3-small")
        >>> len(Client(api_key="sk_...").send(call).vectors)  # doctest: +SKIP
        2
    """
    refuse_unknown(options, EmbeddingOptions.__annotations__, owner="embeddings()")
    items = [inputs] if isinstance(inputs, str) else list(inputs)
    in_parts = bool(items) and all(isinstance(item, Mapping) for item in items)
    if not items or len(items) > MOST:
        raise InvalidInputError(f"One request takes 1 to {MOST} texts, not {len(items)}.")
    for place, item in enumerate(items):
        if not in_parts and not isinstance(item, str):
            raise InvalidInputError(
                f"input[{place}] is not a text but {type(item).__name__}; the gateway takes texts, "
                "not tokens."
            )
    sent = checked_options({name: value for name, value in options.items() if name != "extra"})
    if sent.get("dimensions", _DIMENSIONS[0]) not in _DIMENSIONS:
        raise InvalidInputError(
            f"dimensions is {_DIMENSIONS[0]} to {_DIMENSIONS[-1]}, not {sent['dimensions']!r}."
        )
    expected = 1 if in_parts else len(items)

    def read(response: Response) -> Embeddings:
        return _read(response, expected)

    body = {"input": inputs if isinstance(inputs, str) else items, **sent}
    body |= options.get("extra") or {}
    request = json_request(PATH, body)
    tokens = len(request.body or b"") // 4  # about four characters a token
    model = str(sent.get("model") or MODEL)
    return Call(request, read, expected=lambda: Expected(model, {"prompt": tokens}))


def for_query(options: EmbeddingOptions) -> EmbeddingOptions:
    """Turn the options for documents into those for the queries that search them.

    Example:
        >>> for_query({"task_type": "RETRIEVAL_DOCUMENT", "input_type": "document"})
        {'task_type': 'RETRIEVAL_QUERY', 'input_type': 'query'}
    """
    query = EmbeddingOptions(**options)
    for name in ("task_type", "input_type"):
        value = options.get(name)
        if isinstance(value, str):
            query[name] = _FOR_QUERIES.get(value, value)
    return query


def in_batches(texts: Sequence[str], most: int = MOST) -> Iterator[list[str]]:
    """Split texts into requests, in order.

    Raises:
        InvalidInputError: `texts` is one text, of which each character would be embedded.

    Example:
        >>> [len(batch) for batch in in_batches(["a"] * 70)]
        [32, 32, 6]
    """
    texts = several(texts)
    most = max(1, min(most, MOST))
    return (list(texts[start : start + most]) for start in range(0, len(texts), most))


def several(texts: Sequence[str]) -> Sequence[str]:
    """Return texts as they are; refuse a single text."""
    if isinstance(texts, str | bytes):
        raise InvalidInputError("texts is one text; pass a list of texts, such as [text].")
    return texts


def _read(response: Response, expected: int) -> Embeddings:
    value = json_of(response, "embeddings")
    items = value.get("data") if isinstance(value, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unreadable(response, "embeddings")
    vectors: dict[int, list[float]] = {}
    for place, item in enumerate(items):
        index = item.get("index")
        vector = _vector(item.get("embedding"))
        if vector is None:
            raise unreadable(response, "embeddings")
        vectors[index if isinstance(index, int) else place] = vector
    if vectors.keys() != set(range(expected)):
        raise unreadable(response, f"list of {expected} embeddings")
    usage = value.get("usage")
    return Embeddings(
        [vectors[place] for place in range(expected)],
        text(value.get("model")),
        read_usage(usage) if isinstance(usage, dict) else None,
        answer_headers(response.headers),
    )


def _vector(value: object) -> list[float] | None:
    """Numbers as they came, or from base64."""
    if isinstance(value, str):
        return _from_base64(value)
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(number, int | float) for number in value):
        return None
    try:
        return [float(number) for number in value]
    except OverflowError:  # a whole number that no float can hold
        return None


def _from_base64(text: str) -> list[float] | None:
    """Floats of four bytes, the lowest byte first."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    if not data or len(data) % _BYTES_OF_FLOAT:
        return None
    floats = array("f", data)
    if sys.byteorder == "big":
        floats.byteswap()
    return floats.tolist()
