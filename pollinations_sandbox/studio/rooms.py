"""The table of the studio: which function answers which method and path, in which era."""

from collections.abc import Callable, Iterator
from typing import Final

from pollinations_sandbox.errors import Era
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import drawing, hearing, seeing, speaking, vectors

Room = Callable[[Recorded, State], Reply]

_ROOMS: Final[tuple[tuple[str, str, str, Room], ...]] = (
    ("AD", "GET", "/image/{prompt:anything}", seeing.image),
    ("D", "GET", "/video/{prompt:anything}", seeing.video),
    ("D", "POST", "/v1/images/generations", drawing.generations),
    ("D", "POST", "/v1/images/edits", drawing.edits),
    ("AD", "GET", "/audio/{text:anything}", speaking.spoken),
    ("AD", "POST", "/v1/audio/speech", speaking.speech),
    ("AD", "POST", "/v1/audio/transcriptions", hearing.transcriptions),
    ("D", "POST", "/v1/embeddings", vectors.embeddings),
)


def rooms(era: Era) -> Iterator[tuple[str, str, Room]]:
    """Method, path and room of every route that the era has."""
    return ((method, path, room) for eras, method, path, room in _ROOMS if era in eras)
