"""Which function answers which method and path, in which API version."""

from collections.abc import Callable, Iterator
from typing import Final

from starlette.convertors import PathConvertor, register_url_convertor

from pollinations_sandbox import account, lists, text_route
from pollinations_sandbox.errors import Api
from pollinations_sandbox.media import audio, embeddings, images
from pollinations_sandbox.response import Response
from pollinations_sandbox.state import Recorded, State

Answer = Callable[[Recorded, State], Response]

_ROUTES: Final[tuple[tuple[str, str, Answer], ...]] = (
    ("GET", "/v1/models", lists.openai_list),
    *(("GET", path, lists.rich_list) for path in lists.KINDS),
    *(("GET", path, answer) for path, answer in account.ROUTES.items()),
    ("GET", "/text/{prompt:anything}", text_route.text),
    ("GET", "/image/{prompt:anything}", images.image),
    ("GET", "/audio/{text:anything}", audio.spoken),
    ("POST", "/v1/audio/speech", audio.speech),
    ("POST", "/v1/audio/transcriptions", audio.transcriptions),
)
_OCTOBER: Final[tuple[tuple[str, str, Answer], ...]] = (
    ("GET", "/video/{prompt:anything}", images.video),
    ("POST", "/v1/images/generations", images.generations),
    ("POST", "/v1/images/edits", images.edits),
    ("POST", "/v1/embeddings", embeddings.embeddings),
)


class _Anything(PathConvertor):
    """Line breaks too, which Starlette's own `path` does not know."""

    regex = r"[\s\S]*"


register_url_convertor("anything", _Anything())


def routes(api: Api) -> Iterator[tuple[str, str, Answer]]:
    """Method, path and function of every route, except for chats."""
    yield from _ROUTES
    if api == "2026-10":
        yield from _OCTOBER
