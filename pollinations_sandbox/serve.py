"""One order of checks for everything that a model answers: cache, schema, key, pollen, fault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pollinations_sandbox import errors
from pollinations_sandbox.catalog import Entry, resolve
from pollinations_sandbox.dialects import DONE, plain
from pollinations_sandbox.errors import Api
from pollinations_sandbox.faults import Cut, Effect, Event, Refusal, Slow, Status
from pollinations_sandbox.reply import Reply, as_json, raw, sniffed
from pollinations_sandbox.response import Response, Step, dumps
from pollinations_sandbox.state import Key, Recorded, State

_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class Work:
    """A request that passed every check.

    Attributes:
        forwarded: What the provider gets.
        answer: The answer, of a scripted reply if there is one; it knows of a fault's dialect.
    """

    forwarded: dict[str, Any]
    answer: Callable[[Reply | None, Effect | None], Response]


def serve(
    record: Recorded,
    state: State,
    *,
    name: str,
    place: str | None,
    check: Callable[[], Entry],
    prepare: Callable[[Entry], Work],
) -> Response:
    """Answer a request for something that a model makes.

    Faults and scripts wait behind every check, so that a wrong request is refused even when one is
    ordered, and in front of the cache, so that they apply to an identical request too.

    Args:
        record: The request; what is forwarded is noted in it.
        state: The memory of the sandbox.
        name: The model's name in the request, or the route's default.
        place: The key of the cache; None for a request that is not cached.
        check: Checks the schema, and finds the model.
        prepare: Says what the provider gets, and what it answers.

    Raises:
        GatewayError: The first thing that is wrong, in the order of the gateway.
    """
    api = state.api
    state.spend(record)
    stored = state.cache.get(place) if place else None
    names = names_of(name, api)
    if stored and not (state.faults.concerning(names) or state.scripts.waits(record, names)):
        return stored
    entry = check()
    _allow(state.known_key(record), entry, name, api=api)
    work = prepare(entry)
    record.forwarded = work.forwarded
    effect, reply = ordered(record, state, name, work.forwarded)
    if reply is None and effect is None and stored:
        return stored
    sample = state.sample(record, names) if reply is None else None
    response = work.answer(reply or sample, effect)
    if place:
        missed = {**_FOREVER, "X-Cache": "MISS", "X-Cache-Key": place}
        response = replace(response, headers=missed | response.headers)
    response = bend(effect, response, api=api)
    cached_fault = api == "2026-01" and isinstance(effect, Event)
    if place and reply is None and (effect is None or cached_fault):
        state.cache.put(place, response)
    return late(response, state)


def ordered(
    record: Recorded, state: State, name: str, body: Mapping[str, Any]
) -> tuple[Effect | None, Reply | None]:
    """The fault and the scripted reply that wait for a request.

    Raises:
        GatewayError: What a fault orders in the place of an answer.
    """
    api, names = state.api, names_of(name, state.api)
    effect = record.effect = state.faults.take(names)
    match effect:
        case Status(status, shape, retry_after):
            raise errors.planned(status, shape, api=api, retry_after=retry_after, body=body)
        case Refusal(lack):
            raise errors.known(lack, api=api, model=name)
        case Reply():
            return effect, effect
    return effect, state.scripts.take(record, names)


def model(name: str, kinds: tuple[str, ...], *, api: Api, endpoint: str) -> Entry:
    """The model of this name, if it is of one of these kinds.

    Raises:
        GatewayError: 400, when it is unknown or does something else.
    """
    entry = resolve(name, api)
    if entry is None:
        raise errors.known("unknown_model", api=api, model=name)
    if entry.kind not in kinds:
        raise errors.known(
            "wrong_modality", api=api, model=name, kind=entry.kind, endpoint=endpoint
        )
    return entry


def media(
    entry: Entry,
    *,
    kind: str,
    forwarded: dict[str, Any],
    make: Callable[[Reply | None], bytes],
    headers: Mapping[str, str],
) -> Work:
    """The work of a route whose answer is one body.

    Args:
        entry: The model.
        kind: The media type of what is made.
        forwarded: What the provider gets.
        make: Makes it, of a scripted reply if there is one.
        headers: The headers that speak of it: usage, a file name, links.
    """

    def answer(reply: Reply | None, _: Effect | None) -> Response:
        if reply is not None and reply.raw:
            return raw(reply, sniffed(reply.raw[0]) or kind)
        named = {"Content-Type": kind, "x-model-used": entry.id, **headers}
        if reply is None:
            return Response((make(None),), headers=named, sized=True)
        body = as_json(reply.json).encode() if reply.has_json else make(reply)
        named["Content-Type"] = reply.content_type or sniffed(body) or kind
        return Response((body,), headers=named | dict(reply.headers), sized=True)

    return Work(forwarded, answer)


def late(response: Response, state: State) -> Response:
    """The response after the sandbox's latency."""
    if not state.latency:
        return response
    return replace(response, steps=(state.latency, *response.steps))


def names_of(name: str, api: Api) -> tuple[str, ...]:
    """The name in a request, and the others of the same model."""
    entry = resolve(name, api)
    return (name, *entry.names) if entry else (name,)


def _allow(key: Key, entry: Entry, name: str, *, api: Api) -> None:
    """Let a key pass that may use the model and has pollen left."""
    if key.models is not None and not set(key.models) & {name, *entry.names}:
        raise errors.known("model", api=api, model=name)
    if key.budget is not None and key.budget <= 0:
        raise errors.known("budget", api=api)
    if key.balance <= 0:
        raise errors.known("balance", api=api)


def bend(effect: Effect | None, response: Response, *, api: Api) -> Response:
    """The response as a fault of the connection leaves it."""
    steps = response.steps
    match effect:
        case Slow(pause):
            return replace(response, steps=tuple(s for step in steps for s in (pause, step)))
        case Event(payload, after):
            text = dumps(dict(payload))
            if response.sized:
                return replace(response, steps=(text.encode(),))
            last = plain([text, DONE] if api == "2026-10" else [text])
            return replace(response, steps=(*steps[:after], *last))
        case Cut(after, reset, silence):
            begun, rest = _parted(response, after)
            end = (silence, *rest) if silence else (ConnectionResetError(),) if reset else ()
            return replace(response, steps=(*begun, *end), sized=False)
    return response


def _parted(response: Response, after: int) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """A stream after so many events, a body in its middle."""
    if not response.sized:
        return response.steps[:after], response.steps[after:]
    body = b"".join(step for step in response.steps if isinstance(step, bytes))
    middle = len(body) // 2
    return (body[:middle],), (body[middle:],)
