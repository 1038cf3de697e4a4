"""POST /v1/chat/completions: the order of the gateway's checks, and the answer."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pollinations_sandbox import check, errors, forward, scripted
from pollinations_sandbox.answer import Answer, Usage
from pollinations_sandbox.bending import bend
from pollinations_sandbox.cache import key_of
from pollinations_sandbox.catalog import Entry, context_limit, entries, resolve
from pollinations_sandbox.dialects import packets, whole
from pollinations_sandbox.errors import Api, PollenError
from pollinations_sandbox.faults import Dialect, Effect, Event, Refusal, Slow, Status
from pollinations_sandbox.framing import dumps
from pollinations_sandbox.keys import Key, token
from pollinations_sandbox.refuse import refusal, unsupported
from pollinations_sandbox.replier import write
from pollinations_sandbox.replier.measure import prompt_tokens
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.response import Pause, Response
from pollinations_sandbox.spell import Stamp
from pollinations_sandbox.state import Recorded, State

_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_NEVER = {"Cache-Control": "private, no-store"}
_EVENTS = "text/event-stream; charset=utf-8"
_JSON = "application/json"


def completions(record: Recorded, state: State) -> Response:
    """Answer POST /v1/chat/completions."""
    return complete(record, check.parse(record, api=state.api), state)


def complete(record: Recorded, body: object, state: State) -> Response:
    """Answer one request for a chat completion; `body` is its JSON.

    Faults and scripts wait behind every check, so that a wrong request is refused even when one is
    ordered, and in front of the cache, so that they apply to an identical request too.

    Raises:
        GatewayError: In the order of the gateway: limit of a publishable key, JSON, schema, model,
            key, rights, pollen, provider.
    """
    api = state.api
    given = token(record.headers, record.query)
    key = state.keys.get(given or "")
    if given and key and key.rate_limit:
        state.spend(given)
    place = key_of(record.method, record.path, record.query, body, api=api)
    found = state.cache.get(place) if place else None
    names = _names(body, api)
    if found and not (state.faults.awaited(names) or state.scripts.waits(record, names)):
        return found
    checked = check.chat(body, api=api)
    entry = check.model(checked, api=api)
    try:
        allow(key, entry, checked, api=api, given=given)
        _supported(checked, entry, api=api)
        record.forwarded = forward.prepare(checked, entry, api=api)
        _provider_accepts(record.forwarded, entry, api=api)
        effect = record.effect = state.faults.take(names)
        plan(effect, names[0], checked, api)
    except PollenError as error:
        return _refused(error, checked, entry, api=api)
    response = _ordered(effect, record, names, entry, state)
    if response is None and effect is None and found:
        return found
    kept = response is None and (effect is None or (api == "2026-01" and isinstance(effect, Event)))
    if response is None:
        sample = state.sample(record, names)
        answer = (
            scripted.chat(sample, record.forwarded, style=entry.style)
            if sample
            else write(record.forwarded, model=entry.name, api=api)
        )
        response = _answered(answer, record.forwarded, entry, effect, api)
    if place:
        missed = {"X-Cache": "MISS", "X-Cache-Key": place}
        response = replace(response, headers={**missed, **response.headers})
        if kept:
            state.cache.put(place, response)
    return late(response, state)


def _ordered(
    effect: Effect | None, record: Recorded, names: Sequence[str], entry: Entry, state: State
) -> Response | None:
    """What a fault of bytes or a script answers, if one does."""
    body = record.forwarded or {}
    reply = effect if isinstance(effect, Reply) else state.scripts.take(record, names)
    if reply is None:
        return None
    if reply.raw:
        return scripted.raw(reply, _EVENTS if body.get("stream") else _JSON)
    answer = scripted.chat(reply, body, style=entry.style)
    if effect is None and reply.pause:
        effect = Slow(reply.pause)
    response = _answered(answer, body, entry, effect, state.api)
    return replace(response, headers={**response.headers, **reply.headers})


def late(response: Response, state: State) -> Response:
    """The response after the sandbox's latency."""
    if not state.latency:
        return response
    return replace(response, steps=(Pause(state.latency), *response.steps))


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


def names_of(asked: str, api: Api) -> tuple[str, ...]:
    """The name in a request, and the others of the same model."""
    entry = resolve(asked, api)
    return (asked, *entry.names) if entry else (asked,)


def _names(body: object, api: Api) -> tuple[str, ...]:
    asked = body.get("model", "openai") if isinstance(body, dict) else "openai"
    return names_of(str(asked), api)


def _supported(body: Mapping[str, Any], entry: Entry, *, api: Api) -> None:
    complaint = unsupported(body, entry) if api == "2026-10" else None
    if complaint:
        raise errors.envelope(400, complaint, api=api)


def _provider_accepts(body: Mapping[str, Any], entry: Entry, *, api: Api) -> None:
    complaint = refusal(body, entry)
    if complaint:
        raise errors.upstream(400, complaint, api=api, provider=entry.provider, body=body)
    limit, (used, _) = context_limit(entry), prompt_tokens(body)
    if used > limit:
        raise errors.context_overflow(limit, used, api=api, provider=entry.provider, body=body)


def plan(effect: Effect | None, asked: str, body: Mapping[str, Any], api: Api) -> None:
    """Raise what a fault orders in the place of an answer."""
    match effect:
        case Status(status, shape, retry_after):
            raise errors.planned(status, shape, api=api, retry_after=retry_after, body=body)
        case Refusal(lack):
            raise errors.lacking(lack, asked, api=api)


def _refused(error: PollenError, body: Mapping[str, Any], entry: Entry, *, api: Api) -> Response:
    """An assistant's message in 2026-10, unless JSON or sound was requested; else an error."""
    if api == "2026-01" or forward.wants_json(body) or "audio" in (body.get("modalities") or ()):
        raise error
    answer = Answer(text=error.text, usage=Usage(prompt=0, completion=0))
    stamp = replace(_stamp(body, entry, api), azure=False)
    reply = _spelled(answer, stamp, body, api=api, dialect="openai")
    return Response(reply.steps, 200, {**reply.headers, **_NEVER}, reply.sized)


def _answered(
    answer: Answer, body: Mapping[str, Any], entry: Entry, effect: Effect | None, api: Api
) -> Response:
    """The answer as it travels, or what a fault leaves of it."""
    dialect = effect.name if isinstance(effect, Dialect) else None
    response = _spelled(answer, _stamp(body, entry, api), body, api=api, dialect=dialect)
    headers = {**response.headers, **_FOREVER}
    if not body.get("stream"):
        headers |= {"x-model-used": entry.upstream, **_counted(answer.usage)}
    return bend(effect, replace(response, headers=headers), api=api)


def _spelled(
    answer: Answer, stamp: Stamp, body: Mapping[str, Any], *, api: Api, dialect: str | None
) -> Response:
    if body.get("stream"):
        steps = tuple(packets(answer, stamp, api=api, dialect=dialect))
        return Response(steps, headers={"Content-Type": _EVENTS})
    text = dumps(whole(answer, stamp, api=api, dialect=dialect))
    return Response((text.encode(),), headers={"Content-Type": _JSON}, sized=True)


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


def admit(record: Recorded, state: State) -> Response | None:
    """Check a request that another server will answer; its models are not ours to know.

    Returns:
        What a fault ordered in the place of the answer, if one did.

    Raises:
        GatewayError: 400, 401, or what a fault ordered.
    """
    body = check.chat(check.parse(record, api=state.api), api=state.api, any_model=True)
    given = token(record.headers, record.query)
    if given not in state.keys:
        raise errors.unauthorized(api=state.api, given=given is not None)
    record.forwarded = body
    names = _names(body, state.api)
    effect = record.effect = state.faults.take(names)
    if isinstance(effect, Status):
        plan(effect, names[0], body, state.api)
    entry = resolve(names[0], state.api) or entries(state.api)[0]
    return _ordered(effect, record, names, entry, state)
