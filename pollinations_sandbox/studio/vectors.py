"""POST /v1/embeddings: texts that share words get vectors that lie near each other."""

import base64
import hashlib
import math
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from pollinations_sandbox import errors
from pollinations_sandbox.cache import key_of
from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api
from pollinations_sandbox.replier.measure import tokens
from pollinations_sandbox.replier.words import EMPTY, stem, words
from pollinations_sandbox.response import Response
from pollinations_sandbox.shapes import Check, array, number, one_of, optional, string, union
from pollinations_sandbox.shapes import record as fields_of
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import desk
from pollinations_sandbox.studio.values import checked_body

_DEFAULT: Final = "openai-3-small"
_MOST: Final = 32
_SIZES: Final[Mapping[str, int]] = {"openai-3-small": 1536}
_SIZE: Final = 3072
_EMPTY_WEIGHT: Final = 0.1
_SPOTS: Final = 8  # places of a vector that a stem marks
_PART: Final = union(
    fields_of({"type": one_of("text"), "text": string}),
    fields_of({"type": one_of("image_url"), "image_url": fields_of({"url": string})}),
    fields_of({"type": one_of("input_audio"), "input_audio": fields_of({"data": string})}),
    fields_of({"type": one_of("video_url"), "video_url": fields_of({"url": string})}),
)
_FIELDS: Final[Mapping[str, Check]] = {
    "model": optional(string),
    "input": union(string, array(string, 1, _MOST), _PART, array(_PART, 1)),
    "dimensions": optional(number(128, 4096, whole=True)),
    "encoding_format": optional(one_of("float", "base64")),
    "task_type": optional(
        one_of(
            "SEMANTIC_SIMILARITY",
            "CLASSIFICATION",
            "CLUSTERING",
            "RETRIEVAL_DOCUMENT",
            "RETRIEVAL_QUERY",
            "CODE_RETRIEVAL_QUERY",
            "QUESTION_ANSWERING",
            "FACT_VERIFICATION",
        )
    ),
    "input_type": optional(one_of("query", "document")),
}


def embeddings(record: Recorded, state: State) -> Response:
    """Answer POST /v1/embeddings, a route of the 2026-10 API."""
    api = state.api
    body = desk.json_of(record, api=api)
    asked = str(body.get("model", _DEFAULT))

    def plan() -> desk.Work:
        checked_body(body, _FIELDS, api=api)
        entry = desk.model(asked, ("embedding",), api=api, endpoint="embedding")
        texts = _texts(body["input"])
        _provider_accepts(body, texts, entry, api=api)
        used = sum(map(tokens, texts))
        return desk.Work(
            entry,
            "application/json",
            {**body, "model": entry.upstream},
            lambda: desk.as_json(_answer(body, texts, entry, used)),
            {"x-usage-prompt-text-tokens": str(used)} if used else {},
        )

    place = key_of("POST", record.path, record.query, body, api=api)
    return desk.serve(record, state, asked=asked, plan=plan, place=place)


def vector(text: str, size: int, model: str = _DEFAULT) -> list[float]:
    """A vector of length one.

    The stem of every word marks a few places, by its hash, and those of words such as `the`
    faintly. Models do not share a space.
    """
    summed = [0.0] * size
    counts = Counter(words(text)) or {f"={text}": 1}
    for word, times in counts.items():
        weight = (_EMPTY_WEIGHT if word in EMPTY else 1) * (1 + math.log(times))
        for place, sign in _spots(stem(word), size, model):
            summed[place] += sign * weight
    norm = math.hypot(*summed)
    return [value / norm for value in summed]


@lru_cache(maxsize=65_536)
def _spots(feature: str, size: int, model: str) -> tuple[tuple[int, int], ...]:
    """Where a feature stands in a vector, and with which sign."""
    said = f"{model} {feature}".encode("utf-8", "replace")
    numbers = struct.unpack(f"<{_SPOTS}I", hashlib.blake2b(said, digest_size=4 * _SPOTS).digest())
    return tuple((number // 2 % size, 1 if number % 2 else -1) for number in numbers)


def _texts(given: Any) -> list[str]:  # noqa: ANN401 - one of four shapes, checked before
    """One text for each vector; the parts of one input become one text."""
    match given:
        case str():
            return [given]
        case [str(), *_]:
            return list(given)
        case dict():
            return [_said([given])]
        case _:
            return [_said(given)]


def _said(parts: Iterable[Mapping[str, Any]]) -> str:
    """Text parts as they are; of a picture, sound or film the hash."""
    return " ".join(
        part["text"]
        if part["type"] == "text"
        else hashlib.blake2b(repr(part[part["type"]]).encode(), digest_size=8).hexdigest()
        for part in parts
    )


def _provider_accepts(
    body: Mapping[str, Any], texts: Iterable[str], entry: Entry, *, api: Api
) -> None:
    size = _SIZES.get(entry.name, _SIZE)
    given = body["input"]
    parts = given if isinstance(given, list) else [given]
    kinds = {part["type"] for part in parts if isinstance(part, dict)}
    complaint = None
    if body.get("dimensions", size) > size:
        complaint = f"Invalid value for 'dimensions': {entry.upstream} has at most {size}."
    elif entry.name != "gemini-embedding" and kinds - {"text"}:
        complaint = f"{entry.upstream} only supports text input."
    elif entry.style == "openai" and not all(texts):
        complaint = "Invalid 'input': input cannot be an empty string."
    if complaint:
        raise errors.upstream(400, complaint, api=api, provider=entry.provider, body=body)


def _answer(
    body: Mapping[str, Any], texts: Iterable[str], entry: Entry, used: int
) -> dict[str, Any]:
    size = body.get("dimensions") or _SIZES.get(entry.name, _SIZE)
    packed = body.get("encoding_format") == "base64"
    data = []
    for index, text in enumerate(texts):
        values = vector(text, size, entry.name)
        spelled: Any = [round(value, 8) for value in values]
        if packed:
            spelled = base64.b64encode(struct.pack(f"<{size}f", *values)).decode()
        data.append({"object": "embedding", "embedding": spelled, "index": index})
    usage = {"prompt_tokens": used, "total_tokens": used}
    return {"object": "list", "data": data, "model": entry.upstream, "usage": usage}
