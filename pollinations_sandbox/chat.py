"""POST /v1/chat/completions: checks, and the answer in the spelling of a provider."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pollinations_sandbox import errors, forward, schemas
from pollinations_sandbox.catalog import Entry, entries, resolve
from pollinations_sandbox.dialects import packets, whole
from pollinations_sandbox.errors import Api, GatewayError
from pollinations_sandbox.faults import Dialect, Effect, Slow, Status
from pollinations_sandbox.framing import dumps
from pollinations_sandbox.keys import token
from pollinations_sandbox.refuse import refusal, unsupported
from pollinations_sandbox.replier.builtin_answer import compose, write
from pollinations_sandbox.replier.reading import prompt_tokens
from pollinations_sandbox.reply import Reply, as_json, raw
from pollinations_sandbox.response import Response
from pollinations_sandbox.serve import Work, bend, model, names_of, raise_ordered, serve
from pollinations_sandbox.spelling import Answer, Stamp, Usage
from pollinations_sandbox.state import Recorded, State, key_of

_EVENTS: Final = "text/event-stream; charset=utf-8"
_JSON: Final = "application/json"
_NO_STORE: Final = {"Cache-Control": "private, no-store"}


def completions(record: Recorded, state: State) -> Response:
    """Answer POST /v1/chat/completions."""
    return complete(record, schemas.posted(record, api=state.api), state)


def complete(record: Recorded, body: dict[str, Any], state: State) -> Response:
    """Answer one request for a chat completion; `body` is its JSON.

    Raises:
        GatewayError: The first thing that is wrong.
    """
    api, asked = state.api, _asked(body)

    def check() -> Entry:
        _check(body, api=api)
        return model(asked, ("text",), api=api, endpoint="text")

    def prepare(entry: Entry) -> Work:
        complaint = unsupported(body, entry) if api == "2026-10" else None
        if complaint:
            raise errors.envelope(400, complaint, api=api)
        forwarded = forward.prepare(body, entry, api=api)
        _provider_accepts(forwarded, entry, api=api)
        return _work(forwarded, entry, api)

    place = key_of(record.method, record.path, record.query, body, api=api)
    try:
        return serve(record, state, asked=asked, place=place, check=check, prepare=prepare)
    except GatewayError as error:
        if not error.text:
            raise
        return _refused(error, body, api=api)


def admit(record: Recorded, state: State) -> Response | None:
    """Check a request that another server will answer; its models are not ours to know.

    Returns:
        What a fault or a script answers in its place, if one does.

    Raises:
        GatewayError: 400, 401, or what a fault ordered.
    """
    api, body = state.api, schemas.posted(record, api=state.api)
    _check(body, api=api, any_model=True)
    given = token(record.headers, record.query)
    if given not in state.keys:
        raise errors.known("invalid_key" if given else "no_key", api=api)
    record.forwarded = body
    asked = _asked(body)
    names = names_of(asked, api)
    effect = record.effect = state.faults.take(names)
    if isinstance(effect, Status):
        raise_ordered(effect, asked, body, api)
    reply = effect if isinstance(effect, Reply) else state.scripts.take(record, names)
    entry = resolve(asked, api) or entries(api)[0]
    if reply is None:
        return None
    return bend(effect, _work(body, entry, api).answer(reply, effect), api=api)


def _asked(body: Mapping[str, Any]) -> str:
    return str(body.get("model", "openai"))


def _check(body: Mapping[str, Any], *, api: Api, any_model: bool = False) -> None:
    schemas.check_body("chat", body, api=api, any_model=any_model)
    if api == "2026-10" and not body["messages"]:
        raise errors.envelope(400, "Messages must be a non-empty array", api=api)


def _provider_accepts(body: Mapping[str, Any], entry: Entry, *, api: Api) -> None:
    complaint = refusal(body, entry)
    if complaint:
        raise errors.upstream(400, complaint, api=api, provider=entry.provider, body=body)
    limit, (used, _) = entry.limit, prompt_tokens(body)
    if used > limit:
        raise errors.context_overflow(limit, used, api=api, provider=entry.provider, body=body)


def _refused(error: GatewayError, body: Mapping[str, Any], *, api: Api) -> Response:
    """An assistant's message in 2026-10, unless JSON or sound was requested; else an error."""
    entry = resolve(_asked(body), api)
    audio = "audio" in (body.get("modalities") or ())
    if entry is None or api == "2026-01" or forward.wants_json(body) or audio:
        raise error
    answer = Answer(text=error.text, usage=Usage(prompt=0, completion=0))
    response = _spelled(answer, replace(entry, provider=""), body, api, None)
    return replace(response, headers=dict(response.headers) | _NO_STORE)


def _work(body: dict[str, Any], entry: Entry, api: Api) -> Work:
    """The answer to a checked body."""

    def answer(reply: Reply | None, effect: Effect | None) -> Response:
        if reply is not None and reply.raw:
            return raw(reply, _EVENTS if body.get("stream") else _JSON)
        if reply is None:
            said = write(body, model=entry.name)
        else:
            said = _scripted(reply, body, model=entry.name)
        dialect = effect.name if isinstance(effect, Dialect) else None
        response = _spelled(said, entry, body, api, dialect)
        if not body.get("stream"):
            counted = {"x-model-used": entry.upstream, **_counted(said.usage)}
            response = replace(response, headers=dict(response.headers) | counted)
        if reply is None:
            return response
        response = replace(response, headers=dict(response.headers) | dict(reply.headers))
        return bend(Slow(reply.pause), response, api=api) if reply.pause else response

    return Work(body, answer)


def _spelled(
    answer: Answer, entry: Entry, body: Mapping[str, Any], api: Api, dialect: str | None
) -> Response:
    """The answer as it travels. Ids follow from the body; 2026-01 renames those of JSON answers."""
    digest = hashlib.sha256(dumps(dict(body)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    prefix = "chatcmpl-" if entry.style in {"openai", "fireworks"} else "portkey-"
    if api == "2026-01" and not body.get("stream"):
        prefix = "pllns_"
    stamp = Stamp(
        id=prefix + digest,
        created=int(time.time()),
        model=entry.upstream,
        style=entry.style,
        azure=entry.provider.startswith("azure"),
    )
    if body.get("stream"):
        steps = tuple(packets(answer, stamp, api=api, dialect=dialect))
        return Response(steps, headers={"Content-Type": _EVENTS})
    text = dumps(whole(answer, stamp, api=api, dialect=dialect))
    return Response((text.encode(),), headers={"Content-Type": _JSON}, sized=True)


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


def _scripted(reply: Reply, body: Mapping[str, Any], *, model: str) -> Answer:
    """A scripted reply as the answer of a model, before it is spelled for the wire."""
    text = reply.content if isinstance(reply.content, str) else ""
    calls = [
        (name, given if isinstance(given, str) else as_json(given))
        for name, given in reply.tool_calls
    ]
    if reply.has_json:
        form = _forced(body)
        calls, text = ([(form, reply.json_text)], "") if form else ([], reply.json_text)
    return compose(
        body,
        text=text,
        calls=calls,
        reasoning=reply.reasoning,
        finish=reply.finish_reason,
        made=reply.media,
        model=model,
    )


def _forced(body: Mapping[str, Any]) -> str | None:
    """The tool that a request must have called, if it names one or offers no other."""
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping):
        return str(choice["function"]["name"])
    tools = [tool["function"]["name"] for tool in body.get("tools") or () if "function" in tool]
    return str(tools[0]) if choice == "required" and len(tools) == 1 else None
