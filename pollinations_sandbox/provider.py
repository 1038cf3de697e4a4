"""What a provider gets of a checked request, and what it refuses although the gateway lets it pass.

What a schema can say of a body is in schemas.json, under "provider"; here is the rest. Pure.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api
from pollinations_sandbox.schemas import provider_complaints
from pollinations_sandbox.tables import table

Json = Mapping[str, Any]

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PROMPT: Final = files(__package__).joinpath("system_prompt.txt").read_text()
SYSTEM_PROMPT: Final = " ".join(_PROMPT.split())
_WITHOUT_PROMPT: Final = frozenset({"openai-audio", "gemini-search", "nomnom"})
_LOST_FROM_MESSAGES: Final = frozenset({"reasoning_content", "content_blocks", "cache_control"})
_BUILT_IN: Final = ("code_execution", "google_search", "google_maps", "url_context")
_NO_VIDEO: Final = "This model does not support video input"
_GOOGLE_UNKNOWN: Final = frozenset({"$schema", "patternProperties", "propertyNames"})
_THINKERS: Final = frozenset({"claude", "anthropic", "gemini"})


def prepare(body: Json, entry: Entry, *, api: Api) -> dict[str, Any]:
    """The body as it goes on to the provider of `entry`."""
    names = table("schemas")["forwarded"][api]
    forwarded = {name: body[name] for name in names if body.get(name) is not None}
    messages = [_message(message, api) for message in body["messages"]]
    own_prompt = entry.name in _WITHOUT_PROMPT or any(one["role"] == "system" for one in messages)
    prompt = [] if own_prompt else [{"role": "system", "content": SYSTEM_PROMPT}]
    forwarded |= {"model": entry.upstream, "messages": [*prompt, *messages]}
    if forwarded.get("seed") == -1:
        forwarded["seed"] = secrets.randbelow(2**31)
    if forwarded.get("stream"):
        forwarded["stream_options"] = {"include_usage": True}
    if entry.style == "perplexity":
        forwarded.pop("tools", None)
        forwarded.pop("tool_choice", None)
    return forwarded


def wants_json(body: Json) -> bool:
    """Whether an answer in JSON is asked for."""
    return (body.get("response_format") or {}).get("type") in {"json_object", "json_schema"}


def _message(message: Json, api: Api) -> dict[str, Any]:
    sent = {name: value for name, value in message.items() if name not in _LOST_FROM_MESSAGES}
    role, october = message["role"], api == "2026-10"
    named = role in {"user", "assistant"}
    if october and named and not _NAME.fullmatch(sent.get("name", "x")):
        del sent["name"]
    if role == "user" and not sent["content"]:
        sent["content"] = "Please provide a response."
    if role == "assistant" and not sent.get("content"):
        sent["content"] = None if october and sent.get("tool_calls") else ""
    return sent


def unsupported(body: Json, entry: Entry) -> str | None:
    """The 2026-10 gateway's complaint about what the model cannot do, or None."""
    functions = {(tool.get("function") or {}).get("name") for tool in body.get("tools") or ()}
    history = any(one.get("tool_calls") or one["role"] == "tool" for one in body["messages"])
    if "tool_calling" not in entry.capabilities and (functions - {None, *_BUILT_IN} or history):
        return "This model does not support tool calling or tool history"
    return None if "video" in entry.inputs or "video_url" not in _kinds(body) else _NO_VIDEO


def refusal(body: Json, entry: Entry) -> str | None:
    """The provider's complaint about a forwarded body, or None."""
    return next(_complaints(body, entry), None)


def _words(name: str, *values: object) -> str:
    return str(table("errors")["provider"][name]).format(*values)


def _kinds(body: Json) -> set[str]:
    """The types of all parts of messages."""
    contents = [message.get("content") for message in body["messages"]]
    return {part["type"] for one in contents if isinstance(one, list) for part in one}


def _complaints(body: Json, entry: Entry) -> Iterator[str]:
    openai = entry.style == "openai"
    yield from provider_complaints("provider", body)
    if openai:
        yield from provider_complaints("openai", body)
        yield from [_NO_VIDEO] if "video_url" in _kinds(body) else []
    if entry.style not in _THINKERS:
        yield from provider_complaints("no_thoughts", body)
    yield from _conversation(body["messages"])
    yield from _tools(body, entry)
    form = (body.get("audio") or {}).get("format", "pcm16")
    if entry.name == "openai-audio" and body.get("stream") and form != "pcm16":
        yield f"Unsupported value: 'audio.format' does not support '{form}' when stream=true."
    if wants_json(body) and openai:
        yield from _format(body["response_format"], body["messages"])


def _conversation(messages: Iterable[Json]) -> Iterator[str]:
    """Each tool call has its tool message next, and each tool message its call."""
    waiting: dict[str, None] = {}
    known: set[str] = set()
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in known:
                yield _words("no_call", number)
            waiting.pop(message["tool_call_id"], None)
        elif waiting:
            break
        else:
            waiting = dict.fromkeys(call["id"] for call in message.get("tool_calls") or ())
            known = set(waiting)
    if waiting:
        yield _words("no_result", ", ".join(waiting))


def _tools(body: Json, entry: Entry) -> Iterator[str]:
    tools = body.get("tools") or []
    functions = [tool["function"] for tool in tools if tool["type"] == "function"]
    for index, function in enumerate(functions):
        schema = function.get("parameters") or {}
        place = f"tools[0].function_declarations[{index}].parameters"
        words = {word for one in _schemas(schema) for word in one} & _GOOGLE_UNKNOWN
        for word in sorted(words) if entry.style == "gemini" else ():
            yield f"Invalid JSON payload received. Unknown name \"{word}\" at '{place}'."
        if function.get("strict") and entry.style == "openai":
            yield from _strict(schema, f"function '{function['name']}'")
    if entry.style == "gemini" and functions and len(functions) < len(tools):
        yield "Multiple tools are supported only when they are all search tools."
    choice, names = body.get("tool_choice") or "none", [one["name"] for one in functions]
    if choice != "none" and not tools:
        yield "Invalid value for 'tool_choice': it is only allowed when 'tools' are specified."
    elif isinstance(choice, dict) and choice["function"]["name"] not in names:
        yield f"Invalid value for 'tool_choice': {choice['function']['name']} is not in 'tools'."


def _schemas(schema: object) -> Iterator[Json]:
    """A JSON Schema, and all that are inside it; names of properties are no keywords."""
    if isinstance(schema, list):
        for one in schema:
            yield from _schemas(one)
    elif isinstance(schema, dict):
        yield schema
        for word, value in schema.items():
            named = word in {"properties", "$defs", "definitions"} and isinstance(value, dict)
            yield from _schemas(list(value.values()) if named else value)


def _format(form: Json, messages: Iterable[Json]) -> Iterator[str]:
    named = form.get("json_schema") or {}
    if named.get("strict"):
        yield from _strict(named["schema"], f"response_format '{named['name']}'")
    if not named and not any("json" in str(message).lower() for message in messages):
        yield _words("no_json")


def _strict(schema: object, what: str) -> Iterator[str]:
    """OpenAI's strict mode: every object is closed and needs all of its properties."""
    wrong = f"Invalid schema for {what}: In context=(), "
    for one in _schemas(schema):
        properties = one.get("properties", {})
        if one.get("type") == "object" and one.get("additionalProperties") is not False:
            yield f"{wrong}'additionalProperties' is required to be supplied and to be false."
        if isinstance(properties, dict) and set(properties) - set(one.get("required", ())):
            yield f"{wrong}'required' is required to include every key in properties."
