"""POST /v1/embeddings: texts that share words get vectors that lie near each other."""

import base64
import hashlib
import math
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from pollinations_sandbox import errors, schemas
from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.replier import tokens
from pollinations_sandbox.replier.words import EMPTY, stem, words
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.response import Response, dumps
from pollinations_sandbox.serve import Work, media, model, serve
from pollinations_sandbox.state import Recorded, State, key_of

_DEFAULT: Final = "openai-3-small"
_SIZES: Final[Mapping[str, int]] = {"openai-3-small": 1536}
_SIZE: Final = 3072
_SPOTS: Final = 8  # places of a vector that a stem marks


def embeddings(record: Recorded, state: State) -> Response:
    """Answer POST /v1/embeddings, a route of the 2026-10 API."""
    api = state.api
    body = schemas.posted(record, api=api)
    name = str(body.get("model", _DEFAULT))

    def check() -> Entry:
        schemas.check_body("embeddings", body, api=api)
        return model(name, ("embedding",), api=api, endpoint="embedding")

    def prepare(entry: Entry) -> Work:
        # The parts of one input become one text, a list of texts stays one.
        parts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        texts = parts if isinstance(parts[0], str) else [" ".join(map(_text, parts))]
        plain = all(isinstance(part, str) or part["type"] == "text" for part in parts)
        size = _SIZES.get(entry.name, _SIZE)
        length = body.get("dimensions") or size
        complaint = None
        if length > size:
            complaint = f"Invalid value for 'dimensions': {entry.upstream} has at most {size}."
        elif entry.name != "gemini-embedding" and not plain:
            complaint = f"{entry.upstream} only supports text input."
        elif entry.style == "openai" and not all(texts):
            complaint = "Invalid 'input': input cannot be an empty string."
        if complaint:
            raise errors.upstream(400, complaint, api=api, provider=entry.provider, body=body)
        used = sum(map(tokens.count, texts))

        def make(reply: Reply | None) -> bytes:
            vectors = reply.vectors if reply else [vector(one, length, entry.name) for one in texts]
            data = [_item(vectors[at % len(vectors)], at, body) for at in range(len(texts))]
            usage = {"prompt_tokens": used, "total_tokens": used}
            value = {"object": "list", "data": data, "model": entry.upstream, "usage": usage}
            return dumps(value).encode()

        counted = {"x-usage-prompt-text-tokens": str(used)} if used else {}
        forwarded, kind = {**body, "model": entry.upstream}, "application/json"
        return media(entry, kind=kind, forwarded=forwarded, make=make, headers=counted)

    place = key_of("POST", record.path, record.query, body, api=api)
    return serve(record, state, name=name, place=place, check=check, prepare=prepare)


def _item(values: Sequence[float], index: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """A vector as numbers or, if the request wants it, packed."""
    spelled: object = [round(value, 8) for value in values]
    if body.get("encoding_format") == "base64":
        spelled = base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    return {"object": "embedding", "embedding": spelled, "index": index}


def vector(text: str, size: int, model_name: str = _DEFAULT) -> list[float]:
    """A vector of length one: the stem of every word that counts marks places, by its hash.

    Models do not share a space.
    """
    summed = [0.0] * size
    counts = Counter(word for word in words(text) if word not in EMPTY) or {f"={text}": 1}
    for word, times in counts.items():
        for place, sign in _spots(stem(word), size, model_name):
            summed[place] += sign * (1 + math.log(times))
    norm = math.hypot(*summed)
    return [value / norm for value in summed]


@lru_cache(maxsize=65_536)
def _spots(marked: str, size: int, model_name: str) -> tuple[tuple[int, int], ...]:
    """Where a word stands in a vector, and with which sign."""
    data = f"{model_name} {marked}".encode("utf-8", "replace")
    numbers = struct.unpack(f"<{_SPOTS}I", hashlib.blake2b(data, digest_size=4 * _SPOTS).digest())
    return tuple((number // 2 % size, 1 if number % 2 else -1) for number in numbers)


def _text(part: Mapping[str, Any]) -> str:
    """The text of a part; of a picture, sound or video what its hash would tell."""
    if part["type"] == "text":
        return str(part["text"])
    return hashlib.blake2b(repr(part[part["type"]]).encode(), digest_size=8).hexdigest()
