"""One order of checks for every route of the studio: cache, schema, key, pollen, fault, work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pollinations_sandbox import chat, errors, scripted
from pollinations_sandbox.bending import bend
from pollinations_sandbox.catalog import Entry, resolve
from pollinations_sandbox.errors import Api, GatewayError
from pollinations_sandbox.faults import Effect, Refusal, Status
from pollinations_sandbox.framing import dumps
from pollinations_sandbox.keys import token
from pollinations_sandbox.reply import Reply
from pollinations_sandbox.response import Response
from pollinations_sandbox.shapes import kind
from pollinations_sandbox.state import Recorded, State

FOREVER: Final[Mapping[str, str]] = {"Cache-Control": "public, max-age=31536000, immutable"}
_KEPT_OF_MEDIA: Final = ("content-type", "cache-control")


@dataclass(frozen=True, slots=True)
class Work:
    """A request that passed its schema.

    Attributes:
        entry: The model.
        kind: The media type of what will be made.
        forwarded: What the provider would get.
        make: Makes it.
        headers: The headers that speak of it: usage, a file name, links.
    """

    entry: Entry
    kind: str
    forwarded: dict[str, Any]
    make: Callable[[], bytes]
    headers: Mapping[str, str] = field(default_factory=dict)


def serve(
    record: Recorded,
    state: State,
    *,
    asked: str,
    plan: Callable[[], Work],
    place: str | None = None,
) -> Response:
    """Answer a request for something that is made.

    As for a chat, a fault waits behind every check and in front of the cache.

    Args:
        record: The request; what is forwarded is noted in it.
        state: The memory of the sandbox.
        asked: The model's name in the request, or the route's default.
        plan: Checks the request and says what is to be made.
        place: The key of the cache; None for a route that is not cached.

    Raises:
        GatewayError: The first thing that is wrong.
    """
    try:
        return _served(record, state, asked, plan, place)
    except GatewayError as error:
        if place:
            error.headers = {**error.headers, "X-Cache": "MISS"}
        raise


def _served(
    record: Recorded, state: State, asked: str, plan: Callable[[], Work], place: str | None
) -> Response:
    api = state.api
    given = token(record.headers, record.query)
    key = state.keys.get(given or "")
    if given and key and key.rate_limit:
        state.spend(given)
    named = resolve(asked, api)
    names = (asked, *named.names) if named else (asked,)
    fresh = api == "2026-10" and key is not None and record.query.get("no-cache") == "true"
    found = state.cache.get(place) if place and not fresh else None
    if found and not (state.faults.awaited(names) or state.scripts.waits(record, names)):
        return _hit(found)
    work = plan()
    chat.allow(key, work.entry, {"model": asked}, api=api, given=given)
    record.forwarded = work.forwarded
    effect = record.effect = state.faults.take(names)
    scripted = _ordered(effect, work, names, record, state)
    if scripted is None and effect is None and found:
        return _hit(found)
    if scripted is None and (sample := state.sample(record, names)):
        scripted = _spelled(sample, work, record)
    reply = scripted or made(work, place)
    if place and effect is None and scripted is None:
        if fresh:
            state.cache.stored.pop(place, None)
        state.cache.put(place, reply)
    reply = bend(effect, reply, api=api)
    return chat.late(reply, state)


def made(work: Work, place: str | None) -> Response:
    """The answer around what was made."""
    headers = {"Content-Type": work.kind, "x-model-used": work.entry.id, **work.headers}
    if place:
        headers |= {**FOREVER, "X-Cache": "MISS", "X-Cache-Key": place}
    return Response((work.make(),), headers=headers, sized=True)


def model(asked: str, kinds: tuple[str, ...], *, api: Api, endpoint: str) -> Entry:
    """The model of this name, if it is of one of these kinds.

    Raises:
        GatewayError: 400, when nobody knows it or it does something else.
    """
    entry = resolve(asked, api)
    if entry is None:
        raise errors.unknown_model(asked, api=api)
    if entry.kind not in kinds:
        raise errors.wrong_modality(asked, entry.kind, api=api, endpoint=endpoint)
    return entry


def json_of(record: Recorded, *, api: Api) -> dict[str, Any]:
    """The JSON object that was posted; without its content type the gateway sees an empty one.

    Raises:
        GatewayError: 400, when it is no JSON or no object.
    """
    if not record.headers.get("content-type", "").lower().startswith("application/json"):
        return {}
    if record.body is None or isinstance(record.body, bytes):
        raise errors.malformed(api=api)
    if not isinstance(record.body, dict):
        said = f"Invalid input: expected object, received {kind(record.body)}"
        raise errors.invalid({}, [said], api=api)
    return record.body


def as_json(value: Mapping[str, Any]) -> bytes:
    """The bytes of a JSON answer."""
    return dumps(dict(value)).encode()


def _ordered(
    effect: Effect | None,
    work: Work,
    names: Sequence[str],
    record: Recorded,
    state: State,
) -> Response | None:
    """What a fault or a script puts in the place of the work."""
    match effect:
        case Status(status, shape, retry_after):
            raise errors.planned(
                status, shape, api=state.api, retry_after=retry_after, body=work.forwarded
            )
        case Refusal(lack):
            raise errors.lacking(lack, names[0], api=state.api)
        case _:
            reply = effect if isinstance(effect, Reply) else state.scripts.take(record, names)
    return None if reply is None else _spelled(reply, work, record)


def _spelled(reply: Reply, work: Work, record: Recorded) -> Response:
    model = work.entry.upstream
    return scripted.other(reply, record, usual=work.kind, model=model, headers=work.headers)


def _hit(found: Response) -> Response:
    """Of stored media the gateway knows the type alone; of stored JSON the key and the date too."""
    if found.headers["Content-Type"].startswith("application/json"):
        return found
    kept = {n: value for n, value in found.headers.items() if n.lower() in _KEPT_OF_MEDIA}
    headers = {**kept, "X-Cache": "HIT", "X-Cache-Type": "EXACT"}
    return Response(found.steps, found.status, headers, sized=True)
