"""The ASGI application: reads a request, remembers it, and sends what its route answers."""

import asyncio
import json
import logging
import re
import traceback
import uuid
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Final

import httpx
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pollinations_sandbox import chat, errors, serve
from pollinations_sandbox.errors import GatewayError
from pollinations_sandbox.forms import form_of
from pollinations_sandbox.reply import Reply, raw
from pollinations_sandbox.response import Response, json_response, play
from pollinations_sandbox.routes import routes
from pollinations_sandbox.state import Recorded, State
from pollinations_sandbox.upstream import Upstream

_LOG: Final = logging.getLogger("pollinations_sandbox")
_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Length, Content-Disposition"),
)
_DEEPEST: Final = 128
_LARGEST: Final = 64 * 1024 * 1024
LOOPBACK: Final = re.compile(r"(localhost|127(\.\d{1,3}){3})(:\d{1,5})?")
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

    async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
        raw = await _body(receive)
        if raw is None:
            return
        record = _recorded(Request(scope), raw)
        state.remember(record)
        send = _identified(send, record, () if state.private else _CORS)
        response = _response(record, state, len(raw), upstream)
        if response is None and upstream is not None:
            query = scope["query_string"].decode("latin-1")
            passing = upstream.pass_on(
                record, raw, send, query=_without_key(query), keys=state.keys
            )
            response = await _passed_on(passing, receive, upstream.url, record, state)
        if response is not None:
            await play(response, send, state.closing, state.transports.get(scope["client"]))

    return gateway


def _response(
    record: Recorded, state: State, size: int, upstream: Upstream | None
) -> Response | None:
    """The answer to a request; None if the upstream is to give it.

    An error of the sandbox is logged and becomes the gateway's 500.
    """
    try:
        return _at_the_edge(record, state, size) or _answer(record, state, upstream)
    except GatewayError as error:
        return _refusal(error, record.path)
    except Exception as error:  # noqa: BLE001 - whatever a route or a test's function raises
        _LOG.exception("sandbox: internal error")
        return _refusal(errors.internal(error, traceback.format_exc(), api=state.api), record.path)


def _answer(record: Recorded, state: State, upstream: Upstream | None) -> Response | None:
    """What the route of a request answers."""
    if upstream is not None and upstream.record is not None:
        return None
    wrong = "no_route"
    for method, path, answer in routes(state.api, chat.admit if upstream else chat.completions):
        fits = record.path.startswith(path[:-1]) if path[-1] == "*" else record.path == path
        if fits and method == record.method.replace("HEAD", "GET"):
            return answer(record, state)
        wrong = "wrong_method" if fits else wrong
    raise errors.known(wrong, api=state.api)


def _at_the_edge(record: Recorded, state: State, size: int) -> Response | None:
    """The answer to a request that is refused or replayed before any route."""
    if state.private and _from_a_web_page(record.headers):
        message = "sandbox: no web page may use it, since it has the key of an upstream"
        raise errors.envelope(403, message, api=state.api)
    if size > _LARGEST:
        message = f"Request body is larger than {_LARGEST:,} bytes"
        raise errors.envelope(413, message, api=state.api)
    if record.method == "OPTIONS":
        return Response(status=204, headers=_PREFLIGHT)
    if not record.path.startswith("/account/"):
        state.pass_edge()
    return _replayed(record, state)


def _replayed(record: Recorded, state: State) -> Response | None:
    """The recorded answer, or what a fault makes of it; None if others are to answer.

    Raises:
        GatewayError: 400, when the request is for a model, was not recorded, and there are no
            sample answers.
    """
    names = serve.names_of(record.model or "openai", state.api)
    if state.recordings is None or state.scripts.waits(record, names):
        return None
    found = state.recordings.find(record)
    if found is None:
        free = record.path.endswith("/models") or record.path.startswith("/account/")
        if free or state.recordings.by_hand:
            return None
        nearest = state.recordings.nearest(record)
        message = f"sandbox: no recording of {record.method} {record.path}: {nearest}"
        state.scripts.problems.append(message)
        raise errors.envelope(400, message, api=state.api, code="SANDBOX_NO_RECORDING")
    effect = record.effect = state.faults.take(names)
    serve.raise_ordered(effect, names[0], {}, state.api)
    if isinstance(effect, Reply):
        return raw(effect, found.headers.get("content-type", ""))
    return serve.late(serve.bend(effect, found, api=state.api), state)


def _from_a_web_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent it for a page, or for a host name that now means this machine."""
    site = headers.get("sec-fetch-site", "none")
    return "origin" in headers or site != "none" or not LOOPBACK.fullmatch(headers.get("host", ""))


def _refusal(error: GatewayError, path: str) -> Response:
    """An error as it travels."""
    made = not path.startswith("/account/") and not path.endswith("/models")
    missed = {"X-Cache": "MISS"} if made else {}
    return json_response(error.body, error.status, missed | dict(error.headers))


def _without_key(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not part.startswith("key="))


async def _passed_on(
    answering: Coroutine[Any, Any, None], receive: Receive, url: str, record: Recorded, state: State
) -> Response | None:
    """Let the other server answer, until the client leaves or the sandbox closes.

    Returns:
        A 502 if the other server cannot be reached.
    """
    passing = asyncio.ensure_future(answering)
    ends = [asyncio.ensure_future(state.closing.wait()), asyncio.ensure_future(receive())]
    await asyncio.wait([passing, *ends], return_when=asyncio.FIRST_COMPLETED)
    for task in (passing, *ends):
        task.cancel()
    (failure, *_) = await asyncio.gather(passing, *ends, return_exceptions=True)
    if isinstance(failure, httpx.HTTPError) and not record.status:
        error = errors.envelope(502, f"{url}{record.path}: {failure}", api=state.api)
        return _refusal(error, record.path)
    if isinstance(failure, Exception):
        raise failure
    return None


async def _body(receive: Receive) -> bytes | None:
    """The body, cut when it is too large; None when the client left before its end."""
    parts = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if size <= _LARGEST:
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        more = message.get("more_body", False)
    return b"".join(parts)


def _recorded(request: Request, raw: bytes) -> Recorded:
    body: Any = raw or None
    if raw:
        try:
            body = _loads(raw)
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


def _loads(raw: bytes) -> object:
    """JSON as JavaScript reads it, of a bounded depth.

    Raises:
        ValueError: It is no JSON, has a word that only Python takes for a number, or is too deep.
    """
    try:
        value: object = json.loads(raw, parse_constant=_refuse)
        deep = _depth(value) > _DEEPEST
    except RecursionError:
        deep = True
    if deep:
        raise ValueError("too deep")
    return value


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _refuse(word: str) -> object:
    raise ValueError(word)


def _identified(send: Send, record: Recorded, more: Iterable[tuple[bytes, bytes]]) -> Send:
    """A `send` that adds the headers of every answer, and notes its status."""

    async def identified(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            headers = [*message.get("headers", ()), *more]
            if not any(name == b"x-request-id" for name, _ in headers):
                headers.append((b"x-request-id", str(uuid.uuid4()).encode()))
            message = {**message, "headers": headers}
        await send(message)

    return identified
