"""Paths to rooms: reads a request, records it, and plays what the room answers."""

import asyncio
import json
import logging
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pollinations_sandbox import account, chat, errors, lists, text_route
from pollinations_sandbox.errors import Api, GatewayError
from pollinations_sandbox.framing import dumps
from pollinations_sandbox.response import Response, player
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.studio.forms import form_of
from pollinations_sandbox.studio.rooms import rooms as studio_rooms
from pollinations_sandbox.upstream import Upstream

Play = Callable[[Response], ASGIApp]
Answered = TypeVar("Answered")
Endpoint = Callable[[Request], Awaitable[ASGIApp]]

_LOG: Final = logging.getLogger("pollinations_sandbox")
CHAT: Final = "/v1/chat/completions"
_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Length, Content-Disposition"),
)
_WRONG_METHOD: Final = 405
_PREFLIGHT: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*",
}


def build(state: State, upstream: Upstream | None = None) -> ASGIApp:
    """The gateway as an ASGI application.

    Args:
        state: What the sandbox remembers.
        upstream: The server that answers chats in our place, if any.
    """
    play = partial(player, closing=state.closing, transports=state.transports)
    inner = _routed(state, upstream, play)

    async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
        raw = await _body(receive)
        if raw is None:
            return
        record = _recorded(Request(scope), raw)
        state.requests.append(record)
        scope["state"] = {"record": record, "raw": raw}
        stopped = _at_the_edge(record, state)
        app = play(stopped) if stopped else inner
        await app(scope, receive, _identified(send, record))

    return gateway


def _routed(state: State, upstream: Upstream | None, play: Play) -> ASGIApp:
    def reading(room: Callable[[Recorded, State], Response]) -> Endpoint:
        async def endpoint(request: Request) -> ASGIApp:
            return play(_answer(partial(room, request.state.record, state), state.api))

        return endpoint

    async def completions(request: Request) -> ASGIApp:
        record, raw = request.state.record, request.state.raw
        if upstream is None:
            return play(_answer(partial(chat.complete, record, raw, state), state.api))
        planned = _answer(partial(chat.admit, record, raw, state), state.api)
        return play(planned) if planned else _passed_on(upstream, record, raw, state)

    async def refused(request: Request, error: Exception) -> ASGIApp:
        return play(_refusal(_known(error, state.api), request.url.path))

    handlers: Any = dict.fromkeys((GatewayError, HTTPException), refused)
    rooms = {**dict.fromkeys(lists.KINDS, lists.rich_list), **account.ROUTES}
    routes = [
        Route(CHAT, completions, methods=["POST"]),
        Route("/v1/models", reading(lists.openai_list)),
        *(Route(path, reading(room)) for path, room in rooms.items()),
        Route(text_route.PATH, text_route.endpoint(state, play)),
        *(
            Route(path, reading(room), methods=[method])
            for method, path, room in studio_rooms(state.api)
        ),
    ]
    inner = Starlette(routes=routes, exception_handlers=handlers)
    inner.router.redirect_slashes = False
    return inner


def _at_the_edge(record: Recorded, state: State) -> Response | None:
    """What a request meets in front of every room, if it comes no further."""
    if record.method == "OPTIONS":
        return Response(status=204, headers=_PREFLIGHT)
    if not record.path.startswith("/account/"):
        try:
            state.pass_edge()
        except GatewayError as error:
            return _refusal(error, record.path)
    return None


def _refusal(error: GatewayError, path: str) -> Response:
    """An error as it travels."""
    headers = {"Content-Type": "application/json", **error.headers}
    if path == CHAT:
        headers["X-Cache"] = "MISS"
    return Response((dumps(dict(error.body)).encode(),), error.status, headers, sized=True)


def _known(error: Exception, api: Api) -> GatewayError:
    """Any failure as the gateway says it."""
    if isinstance(error, GatewayError):
        return error
    if getattr(error, "status_code", None) == _WRONG_METHOD:
        return errors.wrong_method(api=api)
    return errors.no_route(api=api)


def _answer(room: Callable[[], Answered], api: Api) -> Answered:
    """What a room answers; if it breaks, the log has the trace and the client the gateway's 500."""
    try:
        return room()
    except GatewayError:
        raise
    except Exception as error:
        _LOG.exception("a room of the sandbox broke")
        raise errors.internal(error, traceback.format_exc(), api=api) from error


def _passed_on(upstream: Upstream, record: Recorded, raw: bytes, state: State) -> ASGIApp:
    """The other server's answer, given up when the client leaves or the sandbox closes."""

    async def pass_on(_scope: Scope, receive: Receive, send: Send) -> None:
        passing = asyncio.ensure_future(upstream.pass_on(raw, record.headers, send))
        ends = [asyncio.ensure_future(state.closing.wait()), asyncio.ensure_future(receive())]
        await asyncio.wait([passing, *ends], return_when=asyncio.FIRST_COMPLETED)
        for task in (passing, *ends):
            task.cancel()
        (failure, *_) = await asyncio.gather(passing, *ends, return_exceptions=True)
        if isinstance(failure, httpx.HTTPError):
            raise errors.envelope(502, f"{upstream.url}: {failure}", api=state.api) from failure

    return pass_on


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the client left before its end."""
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _recorded(request: Request, raw: bytes) -> Recorded:
    body: Any = raw or None
    if raw:
        try:
            body = json.loads(raw)
        except ValueError:
            form = form_of(raw, request.headers.get("content-type", ""))
            body = raw if form is None else form
    return Recorded(
        method=request.method,
        path=request.scope["path"],
        raw_path=request.scope["raw_path"].decode("latin-1"),
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=body,
    )


def _identified(send: Send, record: Recorded) -> Send:
    """A `send` that adds the headers of every answer, and notes its status."""

    async def identified(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            own = (b"x-request-id", str(uuid.uuid4()).encode())
            message = {**message, "headers": [*message.get("headers", ()), own, *_CORS]}
        await send(message)

    return identified
