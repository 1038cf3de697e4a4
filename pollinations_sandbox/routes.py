"""Which function answers which method and path, in which API version."""

from collections.abc import Callable
from typing import Final

from pollinations_sandbox import account, chat, lists, text_route
from pollinations_sandbox.errors import Api
from pollinations_sandbox.media import audio, embeddings, images
from pollinations_sandbox.response import Response
from pollinations_sandbox.state import Recorded, State

Answer = Callable[[Recorded, State], Response | None]
Route = tuple[str, str, Answer]

_ROUTES: Final[tuple[Route, ...]] = (
    ("POST", "/v1/chat/completions", chat.completions),
    ("GET", "/v1/models", lists.openai_list),
    *(("GET", path, lists.rich_list) for path in lists.KINDS),
    *(("GET", path, answer) for path, answer in account.ROUTES.items()),
    ("GET", "/text/*", text_route.text),
    ("GET", "/image/*", images.drawn),
    ("GET", "/audio/*", audio.speech),
    ("POST", "/v1/audio/speech", audio.speech),
    ("POST", "/v1/audio/transcriptions", audio.transcriptions),
)
_OCTOBER: Final[tuple[Route, ...]] = (
    ("GET", "/video/*", images.drawn),
    ("POST", "/v1/images/generations", images.posted),
    ("POST", "/v1/images/edits", images.posted),
    ("POST", "/v1/embeddings", embeddings.embeddings),
)


def routes(api: Api) -> tuple[Route, ...]:
    """Method, path and function of every route; `*` stands for anything."""
    return (*_ROUTES, *_OCTOBER) if api == "2026-10" else _ROUTES
