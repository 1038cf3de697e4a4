"""Embeddings: POST /v1/embeddings, see https://gen.pollinations.ai/docs."""

import base64
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field, field_validator

from _pollinations.chat.reply import Usage
from _pollinations.chat.usage import read_usage
from _pollinations.http.call import Call, Expected, Response, json_request
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.headers import answer_headers
from _pollinations.http.values import object_of, text, unreadable
from _pollinations.media.requests import parameters_of

PATH = "/v1/embeddings"
MOST = 32
"""The most texts in one request."""

MODEL = "openai-3-small"
"""The gateway's default. Adapters send it: vectors of different models cannot be compared."""


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
    sent = parameters_of(options, EmbeddingOptions, "embeddings()")
    request = json_request(PATH, {"input": inputs if isinstance(inputs, str) else items, **sent})
    tokens = len(request.body or b"") // 4  # about four characters a token
    model = str(sent.get("model") or MODEL)
    return Call(
        request,
        partial(_read, 1 if in_parts else len(items)),
        lambda: Expected(model, {"prompt": tokens}),
    )


def several(texts: Sequence[str]) -> Sequence[str]:
    """Return texts as they are; refuse a single text."""
    if isinstance(texts, str | bytes):
        raise InvalidInputError("texts is one text; pass a list of texts, such as [text].")
    return texts


class _Vector(BaseModel):
    """One vector of an answer."""

    model_config = ConfigDict(defer_build=True)

    index: int | None = None
    embedding: list[float] = Field(min_length=1)

    @field_validator("embedding", mode="before")
    @classmethod
    def _unpacked(cls, value: object) -> object:
        """Unpack base64: floats of four bytes, the lowest byte first."""
        if not isinstance(value, str):
            return value
        floats = array("f", base64.b64decode(value, validate=True))
        if sys.byteorder == "big":
            floats.byteswap()
        return floats.tolist()


def _read(expected: int, response: Response) -> Embeddings:
    value = object_of(response, "embeddings")
    try:
        items = [_Vector.model_validate(item) for item in value["data"]]
    except (LookupError, TypeError, ValueError):
        raise unreadable(response, "embeddings") from None
    vectors = {
        place if item.index is None else item.index: item.embedding
        for place, item in enumerate(items)
    }
    if vectors.keys() != set(range(expected)):
        raise unreadable(response, f"list of {expected} embeddings")
    usage = value.get("usage")
    return Embeddings(
        [vectors[place] for place in range(expected)],
        text(value.get("model")),
        read_usage(usage) if isinstance(usage, dict) else None,
        answer_headers(response.headers),
    )
