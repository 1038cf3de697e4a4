"""POST /v1/chat/completions: the order of the gateway's checks, and the answer."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pollinations_sandbox import check, errors, forward
from pollinations_sandbox.answer import Answer, Usage
from pollinations_sandbox.bending import bend
from pollinations_sandbox.cache import key_of
from pollinations_sandbox.catalog import Entry, resolve
from pollinations_sandbox.dialects import packets, whole
from pollinations_sandbox.errors import Api, PollenError
from pollinations_sandbox.faults import Dialect, Effect, Event, Refusal, Status
from pollinations_sandbox.framing import dumps
from pollinations_sandbox.keys import Key, token
from pollinations_sandbox.refuse import refusal
from pollinations_sandbox.replier import write
from pollinations_sandbox.response import Pause, Response
from pollinations_sandbox.spell import Stamp
from pollinations_sandbox.state import Recorded, State

_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_NEVER = {"Cache-Control": "private, no-store"}


def complete(record: Recorded, raw: bytes, state: State) -> Response:
    """Answer one request for a chat completion.

    Faults wait behind every check, so that a wrong request is refused even when one is ordered, and
    in front of the cache, so that an identical request meets its fault.

    Raises:
        GatewayError: In the order of the gateway: limit of a publishable key, JSON, schema, model,
            key, rights, pollen, provider.
    """
    api = state.api
    given = token(record.headers, record.query)
    key = state.keys.get(given or "")
    if given and key and key.rate_limit:
        state.spend(given)
    body = check.parse(raw, record.headers, api=api)
    place = key_of(record.method, record.path, record.query, body, api=api)
    found = state.cache.get(place) if place else None
    if found and not state.faults.awaited(_names(body, api)):
        return found
    checked = check.chat(body, api=api)
    entry = check.model(checked, api=api)
    try:
        allow(key, entry, checked, api=api, given=given)
        record.forwarded = forward.prepare(checked, entry, api=api)
        _provider_accepts(record.forwarded, entry, api=api)
        effect = record.effect = state.faults.take(_names(checked, api))
        _plan(effect, entry, checked, api)
    except PollenError as error:
        return _refused(error, checked, entry, api=api)
    if isinstance(effect, Response):
        return _verbatim(effect, stream=bool(checked.get("stream")))
    dialect = effect.name if isinstance(effect, Dialect) else None
    reply = _answer(record.forwarded, entry, api=api, dialect=dialect)
    reply = bend(effect, reply, api=api)
    if place:
        missed = {"X-Cache": "MISS", "X-Cache-Key": place}
        reply = Response(reply.steps, reply.status, {**reply.headers, **missed}, reply.sized)
        if effect is None or (api == "2026-01" and isinstance(effect, Event)):
            state.cache.put(place, reply)
    return (
        reply.but([Pause(state.latency), *reply.steps], sized=reply.sized)
        if state.latency
        else reply
    )


def allow(
    key: Key | None, entry: Entry, body: Mapping[str, Any], *, api: Api, given: str | None
) -> None:
    """Let a key pass that may use the model and has pollen left."""
    if key is None:
        raise errors.unauthorized(api=api, given=given is not None)
    asked = body.get("model", "openai")
    if key.models is not None and not set(key.models) & {asked, *entry.names}:
        raise errors.lacking("model", asked, api=api)
    if key.budget is not None and key.budget <= 0:
        raise errors.lacking("budget", asked, api=api)
    if key.balance <= 0:
        raise errors.lacking("balance", asked, api=api)


def _names(body: object, api: Api) -> tuple[str, ...]:
    if not isinstance(body, dict):
        return ()
    asked = str(body.get("model", "openai"))
    entry = resolve(asked, api)
    return (asked, *entry.names) if entry else (asked,)


def _provider_accepts(body: Mapping[str, Any], entry: Entry, *, api: Api) -> None:
    complaint = refusal(body, entry)
    if complaint:
        raise errors.upstream(400, complaint, api=api, provider=entry.provider, body=body)


def _plan(effect: Effect | None, entry: Entry, body: Mapping[str, Any], api: Api) -> None:
    """Raise what a fault orders in the place of an answer."""
    match effect:
        case Status(status, shape, retry_after):
            raise errors.planned(status, shape, api=api, retry_after=retry_after, body=body)
        case Refusal(lack):
            raise errors.lacking(lack, body.get("model", entry.name), api=api)


def _refused(error: PollenError, body: Mapping[str, Any], entry: Entry, *, api: Api) -> Response:
    """The 2026-10 API says it in an assistant's message, unless JSON or sound was asked for."""
    if api == "2026-01" or forward.wants_json(body) or "audio" in (body.get("modalities") or ()):
        raise error
    answer = Answer(text=error.text, usage=Usage(prompt=0, completion=0))
    stamp = replace(_stamp(body, entry, api), azure=False)
    reply = _spelled(answer, stamp, body, api=api, dialect="openai")
    return Response(reply.steps, 200, {**reply.headers, **_NEVER}, reply.sized)


def _verbatim(reply: Response, *, stream: bool) -> Response:
    kind = "text/event-stream; charset=utf-8" if stream else "application/json"
    named = {name.lower() for name in reply.headers}
    headers = (
        dict(reply.headers) if "content-type" in named else {"Content-Type": kind, **reply.headers}
    )
    return Response(reply.steps, reply.status, headers, reply.sized)


def _answer(body: Mapping[str, Any], entry: Entry, *, api: Api, dialect: str | None) -> Response:
    answer = write(body, model=entry.name, api=api)
    reply = _spelled(answer, _stamp(body, entry, api), body, api=api, dialect=dialect)
    headers = {**reply.headers, **_FOREVER}
    if not body.get("stream"):
        headers |= {"x-model-used": entry.upstream, **_counted(answer.usage)}
    return Response(reply.steps, reply.status, headers, reply.sized)


def _spelled(
    answer: Answer, stamp: Stamp, body: Mapping[str, Any], *, api: Api, dialect: str | None
) -> Response:
    if body.get("stream"):
        steps = tuple(packets(answer, stamp, api=api, dialect=dialect))
        return Response(steps, headers={"Content-Type": "text/event-stream; charset=utf-8"})
    text = dumps(whole(answer, stamp, api=api, dialect=dialect))
    return Response((text.encode(),), headers={"Content-Type": "application/json"}, sized=True)


def _stamp(body: Mapping[str, Any], entry: Entry, api: Api) -> Stamp:
    """Ids follow from the body; the 2026-01 API renames those of JSON answers."""
    digest = hashlib.sha256(dumps(dict(body)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    prefix = "chatcmpl-" if entry.style in {"openai", "fireworks"} else "portkey-"
    if api == "2026-01" and not body.get("stream"):
        prefix = "pllns_"
    return Stamp(
        id=prefix + digest,
        created=int(time.time()),
        model=entry.upstream,
        style=entry.style,
        azure=entry.provider.startswith("azure"),
    )


def _counted(tokens: Usage) -> dict[str, str]:
    counts = {
        "prompt-text": tokens.prompt - tokens.cached - tokens.prompt_audio,
        "prompt-cached": tokens.cached,
        "prompt-audio": tokens.prompt_audio,
        "completion-text": tokens.completion - tokens.reasoning - tokens.completion_audio,
        "completion-reasoning": tokens.reasoning,
        "completion-audio": tokens.completion_audio,
    }
    return {f"x-usage-{name}-tokens": str(count) for name, count in counts.items() if count > 0}


def admit(record: Recorded, raw: bytes, state: State) -> Response | None:
    """Check a request that another server will answer; its models are not ours to know.

    Returns:
        What a fault ordered in the place of the answer, if one did.

    Raises:
        GatewayError: 400, 401, or what a fault ordered.
    """
    body = check.chat(
        check.parse(raw, record.headers, api=state.api), api=state.api, any_model=True
    )
    given = token(record.headers, record.query)
    if given not in state.keys:
        raise errors.unauthorized(api=state.api, given=given is not None)
    record.forwarded = body
    effect = record.effect = state.faults.take(_names(body, state.api))
    match effect:
        case Status(status, shape, retry_after):
            raise errors.planned(status, shape, api=state.api, retry_after=retry_after, body=body)
        case Response():
            return _verbatim(effect, stream=bool(body.get("stream")))
        case _:
            return None
