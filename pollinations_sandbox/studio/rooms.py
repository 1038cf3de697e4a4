"""The table of the studio: which function answers which method and path, in which api."""

from collections.abc import Callable, Iterator
from typing import Final

from pollinations_sandbox.errors import Api
from pollinations_sandbox.response import Response
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio import drawing, hearing, seeing, speaking, vectors

Room = Callable[[Recorded, State], Response]

_OCTOBER: Final[tuple[Api, ...]] = ("2026-10",)
_BOTH: Final[tuple[Api, ...]] = ("2026-01", *_OCTOBER)
_ROOMS: Final[tuple[tuple[tuple[Api, ...], str, str, Room], ...]] = (
    (_BOTH, "GET", "/image/{prompt:anything}", seeing.image),
    (_OCTOBER, "GET", "/video/{prompt:anything}", seeing.video),
    (_OCTOBER, "POST", "/v1/images/generations", drawing.generations),
    (_OCTOBER, "POST", "/v1/images/edits", drawing.edits),
    (_BOTH, "GET", "/audio/{text:anything}", speaking.spoken),
    (_BOTH, "POST", "/v1/audio/speech", speaking.speech),
    (_BOTH, "POST", "/v1/audio/transcriptions", hearing.transcriptions),
    (_OCTOBER, "POST", "/v1/embeddings", vectors.embeddings),
)


def rooms(api: Api) -> Iterator[tuple[str, str, Room]]:
    """Method, path and room of every route that the API has."""
    return ((method, path, room) for apis, method, path, room in _ROOMS if api in apis)
