"""The ASGI application: reads a request, remembers it, and sends what its route answers."""

import asyncio
import logging
import re
import socket
import struct
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import httpx
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pollinations_sandbox import account, chat, errors, lists, serve, text_route
from pollinations_sandbox.errors import GatewayError
from pollinations_sandbox.media import audio, embeddings, images
from pollinations_sandbox.recorded import recorded
from pollinations_sandbox.reply import raw
from pollinations_sandbox.response import Response, play
from pollinations_sandbox.state import Recorded, State

Answer = Callable[[Recorded, State], Response | None]
Route = tuple[str, str, Answer]

LOOPBACK: Final = re.compile(r"(localhost|127(\.\d{1,3}){3})(:\d{1,5})?")
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
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


def build(state: State) -> ASGIApp:
    """The gateway as an ASGI application; `state` is what it remembers."""

    async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            raw = await request.body()
        except ClientDisconnect:
            return
        record = recorded(request, raw)
        state.remember(record)

        async def identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                MutableHeaders(scope=message).setdefault("x-request-id", str(uuid.uuid4()))
            await send(message)

        response = _response(record, state)
        if response is None:
            answering = _pass_on(record, raw, identified, state)
        else:
            answering = play(response, identified)
        try:
            await _while_connected(answering, receive, state.closing)
        except ConnectionResetError:
            await _reset(scope["client"], state)

    return gateway


async def _while_connected(
    answering: Coroutine[Any, Any, None], receive: Receive, closing: asyncio.Event
) -> None:
    """Answer until the client leaves or the sandbox closes."""
    tasks = [asyncio.ensure_future(one) for one in (answering, receive(), closing.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    (failure, *_) = await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(failure, Exception):
        raise failure


async def _reset(client: tuple[str, int], state: State) -> None:
    """Break the connection of a client."""
    for connection in list(state.server.connections):
        if isinstance(connection, H11Protocol) and connection.client == client:
            sock = connection.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            connection.transport.abort()
    await asyncio.sleep(0)  # uvicorn learns of it


async def _pass_on(record: Recorded, raw: bytes, send: Send, state: State) -> None:
    """Let the other server answer; 502 if it cannot be reached."""
    if state.upstream is None:
        return
    try:
        await state.upstream.pass_on(record, raw, send, keys=state.keys)
    except httpx.HTTPError as error:
        if record.status:
            raise
        message = f"{state.upstream.url}{record.path}: {error}"
        await play(errors.envelope(502, message, api=state.api).response, send)


def _response(record: Recorded, state: State) -> Response | None:
    """The answer to a request; None if the upstream is to give it.

    An error of the sandbox is logged and becomes the gateway's 500.
    """
    try:
        return _answer(record, state)
    except GatewayError as error:
        refusal = error
    except RecursionError:
        refusal = errors.known("malformed", api=state.api)
    except Exception as error:
        logging.getLogger("pollinations_sandbox").exception("sandbox: internal error")
        refusal = errors.internal(error, api=state.api)
    return refusal.response


def _answer(record: Recorded, state: State) -> Response | None:
    """What is recorded for a request, or what its route answers."""
    if state.upstream and state.upstream.key and _from_a_web_page(record.headers):
        message = "sandbox: no web page may use it, since it has the key of an upstream"
        raise errors.envelope(403, message, api=state.api)
    if not record.path.startswith("/account/"):
        state.pass_edge()
    if replayed := _replayed(record, state):
        return replayed
    if state.upstream and state.upstream.file:
        return None
    wrong = "no_route"
    for method, path, answer in (*_ROUTES, *(_OCTOBER if state.api == "2026-10" else ())):
        fits = record.path.startswith(path[:-1]) if path[-1] == "*" else record.path == path
        if fits and method == record.method.replace("HEAD", "GET"):
            return answer(record, state)
        wrong = "wrong_method" if fits else wrong
    raise errors.known(wrong, api=state.api)


def _replayed(record: Recorded, state: State) -> Response | None:
    """The recorded answer, or what a fault makes of it; None if others are to answer.

    Raises:
        GatewayError: 400, when the request is for a model, was not recorded, and there are no
            sample answers.
    """
    names = serve.names_of(record.model or "openai", state.api)
    if state.recordings is None or state.scripts.waits(record, names):
        return None
    recorded_answer = state.recordings.find(record)
    if recorded_answer is None:
        free = record.path.endswith("/models") or record.path.startswith("/account/")
        if free or state.recordings.by_hand:
            return None
        what = f"no recording of {record.method} {record.path}"
        nearest = state.recordings.nearest(record)
        message = f"sandbox: add a reply or record anew: {what}: {nearest}"
        state.scripts.problems.append(message)
        raise errors.envelope(400, message, api=state.api, code="SANDBOX_NO_RECORDING")
    effect, reply = serve.ordered(record, state, names[0], {})
    if reply is not None:
        return raw(reply, recorded_answer.headers.get("content-type", ""))
    return serve.late(serve.bend(effect, recorded_answer, api=state.api), state)


def _from_a_web_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent it for a page, or for a host name that now means this machine."""
    site = headers.get("sec-fetch-site", "none")
    return "origin" in headers or site != "none" or not LOOPBACK.fullmatch(headers.get("host", ""))
