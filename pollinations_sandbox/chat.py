"""POST /v1/chat/completions: checks, and the answer in the spelling of a provider."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pollinations_sandbox import errors, schemas
from pollinations_sandbox.catalog import Entry, entries, resolve
from pollinations_sandbox.dialects import packets, whole
from pollinations_sandbox.errors import Api, GatewayError
from pollinations_sandbox.faults import Dialect, Effect, Slow
from pollinations_sandbox.provider import prepare as forward
from pollinations_sandbox.provider import refusal, unsupported, wants_json
from pollinations_sandbox.replier import tokens
from pollinations_sandbox.replier.builtin_answer import compose, write
from pollinations_sandbox.reply import Reply, as_json, raw
from pollinations_sandbox.response import Response, dumps, json_response
from pollinations_sandbox.serve import Work, bend, model, ordered, serve
from pollinations_sandbox.spelling import Answer, Usage
from pollinations_sandbox.state import Recorded, State, key_of

_EVENTS: Final = "text/event-stream; charset=utf-8"

Bare = Callable[[Answer], tuple[str, bytes]]
"""A whole answer without an envelope: its media type and its bytes."""


def completions(record: Recorded, state: State) -> Response | None:
    """Answer POST /v1/chat/completions; None if another server is to answer."""
    body = schemas.posted(record, api=state.api)
    return _admit(record, body, state) if state.upstream else complete(record, body, state)


def complete(
    record: Recorded, body: dict[str, Any], state: State, bare: Bare | None = None
) -> Response:
    """Answer one request for a chat completion.

    Args:
        record: The request.
        body: Its JSON, or what stands for it.
        state: The memory of the sandbox.
        bare: Writes an answer that is not streamed; by default it is JSON.

    Raises:
        GatewayError: The first thing that is wrong.
    """
    api, name = state.api, _model_name(body)

    def check() -> Entry:
        schemas.check_body("chat", body, api=api)
        return model(name, ("text",), api=api, endpoint="text")

    def prepare(entry: Entry) -> Work:
        complaint = unsupported(body, entry) if api == "2026-10" else None
        if complaint:
            raise errors.envelope(400, complaint, api=api)
        forwarded = forward(body, entry, api=api)
        _provider_accepts(forwarded, entry, api=api)
        return Work(forwarded, _Writer(forwarded, entry, api, bare).answer)

    place = key_of(record.method, record.path, record.query, body, api=api)
    try:
        return serve(record, state, name=name, place=place, check=check, prepare=prepare)
    except GatewayError as error:
        entry = resolve(name, api)
        if entry is None or not error.text or api == "2026-01":
            raise
        if wants_json(body) or "audio" in (body.get("modalities") or ()):
            raise
        # The 2026-10 API says a refusal as an assistant.
        writer = _Writer(body, replace(entry, provider=""), api, bare)
        response = writer.spelled(Answer(text=error.text, usage=Usage(prompt=0, completion=0)))
        return response.with_headers({"Cache-Control": "private, no-store"})


def _admit(record: Recorded, body: dict[str, Any], state: State) -> Response | None:
    """Check a request that another server will answer; its models are not ours to know.

    Returns:
        What a fault or a script answers in its place, if one does.
    """
    api, name = state.api, _model_name(body)
    schemas.check_body("chat", body | {"model": "openai"}, api=api)
    state.known_key(record)
    record.forwarded = body
    effect, reply = ordered(record, state, name, body)
    if reply is None:
        return None
    entry = resolve(name, api) or entries(api)[0]
    return bend(effect, _Writer(body, entry, api).answer(reply, effect), api=api)


def _model_name(body: Mapping[str, Any]) -> str:
    return str(body.get("model", "openai"))


def _provider_accepts(body: Mapping[str, Any], entry: Entry, *, api: Api) -> None:
    complaint = refusal(body, entry)
    if complaint:
        raise errors.upstream(400, complaint, api=api, provider=entry.provider, body=body)
    used, _ = tokens.of_prompt(body)
    if used > entry.limit:
        raise errors.context_overflow(
            entry.limit, used, api=api, provider=entry.provider, body=body
        )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the answer to a checked body."""

    body: Mapping[str, Any]
    entry: Entry
    api: Api
    bare: Bare | None = None

    def answer(self, reply: Reply | None, effect: Effect | None) -> Response:
        """The answer, of a scripted reply if there is one, as a fault spells it."""
        stream = self.body.get("stream")
        if reply is None:
            answer = write(self.body, model=self.entry.name)
        elif reply.raw:
            return raw(reply, _EVENTS if stream else "application/json")
        else:
            answer = self._scripted(reply)
        response = self.spelled(answer, effect.name if isinstance(effect, Dialect) else None)
        if not stream:
            counts = {"x-model-used": self.entry.upstream, **_counted(answer.usage)}
            response = response.with_headers(counts)
        if reply is None:
            return response
        response = response.with_headers(reply.headers)
        return bend(Slow(reply.pause), response, api=self.api) if reply.pause else response

    def spelled(self, answer: Answer, dialect: str | None = None) -> Response:
        """The answer as it travels; ids follow from the body, 2026-01 renames those of JSON."""
        stream = self.body.get("stream")
        if self.bare and not stream:
            kind, data = self.bare(answer)
            return Response((data,), headers={"Content-Type": kind}, sized=True)
        text = dumps(dict(self.body)).encode("utf-8", "surrogatepass")
        prefix = "pllns_" if self.api == "2026-01" and not stream else "chatcmpl-"
        head = {
            "id": prefix + hashlib.sha256(text).hexdigest()[:32],
            "created": int(time.time()),
            "model": self.entry.upstream,
        }
        if stream:
            steps = tuple(packets(answer, head, self.entry, api=self.api, dialect=dialect))
            return Response(steps, headers={"Content-Type": _EVENTS})
        return json_response(whole(answer, head, self.entry, api=self.api, dialect=dialect))

    def _scripted(self, reply: Reply) -> Answer:
        """A scripted reply as the answer of a model."""
        text = reply.content if isinstance(reply.content, str) else ""
        calls = [
            (name, arguments if isinstance(arguments, str) else as_json(arguments))
            for name, arguments in reply.calls
        ]
        if reply.has_json:
            form, text = self._forced(), as_json(reply.json)
            calls, text = ([(form, text)], "") if form else ([], text)
        return compose(
            self.body,
            text=text,
            calls=calls,
            reasoning=reply.reasoning,
            finish=reply.finish_reason,
            media=reply.media,
            model=self.entry.name,
        )

    def _forced(self) -> str | None:
        """The tool that must be called: the one that the request names, or its only one."""
        choice = self.body.get("tool_choice")
        if isinstance(choice, Mapping):
            return str(choice["function"]["name"])
        tools = self.body.get("tools") or ()
        names = [tool["function"]["name"] for tool in tools if "function" in tool]
        return str(names[0]) if choice == "required" and len(names) == 1 else None


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
