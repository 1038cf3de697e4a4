"""What providers refuse although the gateway's schema lets it pass. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.forward import NAME, wants_json
from pollinations_sandbox.schemas import provider_complaints

Json = Mapping[str, Any]

_KNOWN_PARTS: Final = ("text", "refusal", "image_url", "video_url", "input_audio", "file")
# Block types of agent frameworks and of other APIs: no provider behind the gateway reads them.
_FOREIGN_PARTS: Final = (
    *("image", "audio", "video", "text-plain", "document", "reasoning", "non_standard", "media"),
    *("tool_use", "tool_call", "tool_call_chunk", "invalid_tool_call", "tool_result"),
    *("function_call", "server_tool_call", "server_tool_call_chunk", "server_tool_result"),
    *("input_text", "output_text", "input_image", "input_file", "citable", "cite"),
)
_THOUGHTS: Final = ("thinking", "redacted_thinking")
_BUILT_IN: Final = ("code_execution", "google_search", "google_maps", "url_context")
_NO_VIDEO: Final = "This model does not support video input"
_GOOGLE_UNKNOWN: Final = frozenset({"$schema", "patternProperties", "propertyNames"})


def unsupported(body: Json, entry: Entry) -> str | None:
    """The 2026-10 gateway's complaint about what the model cannot do, or None."""
    functions = {(tool.get("function") or {}).get("name") for tool in body.get("tools") or ()}
    history = any(one.get("tool_calls") or one["role"] == "tool" for one in body["messages"])
    if not entry.tools and (functions - {None, *_BUILT_IN} or history):
        return "This model does not support tool calling or tool history"
    return None if "video" in entry.inputs or not _has_video(body) else _NO_VIDEO


def refusal(body: Json, entry: Entry) -> str | None:
    """The provider's complaint about a forwarded body, or None."""
    return next(_complaints(body, entry), None)


def _parts(body: Json) -> Iterator[tuple[str, Json]]:
    for number, message in enumerate(body["messages"]):
        content = message.get("content")
        for index, part in enumerate(content if isinstance(content, list) else ()):
            yield f"messages[{number}].content[{index}]", part


def _has_video(body: Json) -> bool:
    return any(part["type"] == "video_url" for _, part in _parts(body))


def _complaints(body: Json, entry: Entry) -> Iterator[str]:
    for place, part in _parts(body):
        yield from _part(part, place, entry)
    for place, name in _names(body, entry):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield (
                f"Invalid '{place}': string does not match pattern. "
                "Expected a string that matches the pattern '^[a-zA-Z0-9_-]{1,64}$'."
            )
    if entry.style == "openai" and _has_video(body):
        yield _NO_VIDEO
    yield from _conversation(body["messages"])
    yield from _tools(body.get("tools") or [], entry)
    yield from _choice(body)
    form = (body.get("audio") or {}).get("format", "pcm16")
    if entry.name == "openai-audio" and body.get("stream") and form != "pcm16":
        yield f"Unsupported value: 'audio.format' does not support '{form}' when stream=true."
    most = body.get("max_completion_tokens", 0)
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        yield "Invalid type for 'max_completion_tokens': expected an integer."
    if wants_json(body) and entry.style == "openai":
        yield from _format(body["response_format"], body["messages"])


def _names(body: Json, entry: Entry) -> Iterator[tuple[str, object]]:
    """Every name that a provider checks, with its place."""
    for number, message in enumerate(body["messages"]):
        if message.get("name") is not None:
            yield f"messages[{number}].name", message["name"]
        for at, call in enumerate(message.get("tool_calls") or ()):
            place = f"messages[{number}].tool_calls[{at}].function.name"
            yield place, call["function"]["name"]
    for at, tool in enumerate(body.get("tools") or ()):
        if tool["type"] == "function":
            yield f"tools[{at}].function.name", tool["function"]["name"]
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema" and entry.style == "openai":
        yield "response_format.json_schema.name", form["json_schema"].get("name")


def _part(part: Json, place: str, entry: Entry) -> Iterator[str]:
    kind = part["type"]
    thinks = entry.style in {"claude", "anthropic", "gemini"}
    if kind in _FOREIGN_PARTS or (kind in _THOUGHTS and not thinks):
        listed = "'text', 'image_url', 'input_audio', 'refusal', and 'file'"
        yield f"Invalid value: '{kind}' at '{place}.type'. Supported values are: {listed}."
    elif kind in _KNOWN_PARTS:
        yield from (f"{place}.{said}" for said in provider_complaints(kind, part))


def _conversation(messages: Iterable[Json]) -> Iterator[str]:
    """Each tool call has its tool message next, and each tool message its call."""
    waiting: dict[str, None] = {}
    known: set[str] = set()
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in known:
                yield (
                    f"Invalid parameter: messages[{number}] with role 'tool' must be a response to "
                    "a preceding message with 'tool_calls'."
                )
            waiting.pop(message["tool_call_id"], None)
        elif waiting:
            break
        else:
            waiting = dict.fromkeys(call["id"] for call in message.get("tool_calls") or ())
            known = set(waiting)
    if waiting:
        yield (
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(waiting)}"
        )


def _tools(tools: list[Json], entry: Entry) -> Iterator[str]:
    functions = [tool["function"] for tool in tools if tool["type"] == "function"]
    for index, function in enumerate(functions):
        schema, what = function.get("parameters") or {}, f"function '{function['name']}'"
        if schema and schema.get("type") != "object":
            got = f"got 'type: \"{schema.get('type')}\"'"
            yield f"Invalid schema for {what}: schema must be of 'type: \"object\"', {got}."
        place = f"tools[0].function_declarations[{index}].parameters"
        for word in sorted(_GOOGLE_UNKNOWN & _keywords(schema)) if entry.style == "gemini" else ():
            yield f"Invalid JSON payload received. Unknown name \"{word}\" at '{place}'."
        if function.get("strict") and entry.style == "openai":
            yield from _strict(schema, what)
    if entry.style == "gemini" and functions and len(functions) < len(tools):
        yield "Multiple tools are supported only when they are all search tools."


def _choice(body: Json) -> Iterator[str]:
    choice, tools = body.get("tool_choice") or "none", body.get("tools") or ()
    if choice != "none" and not tools:
        yield "Invalid value for 'tool_choice': it is only allowed when 'tools' are specified."
    elif isinstance(choice, dict):
        name = choice["function"]["name"]
        if name not in {tool.get("function", {}).get("name") for tool in tools}:
            yield f"Invalid value for 'tool_choice': Tool choice '{name}' not found in 'tools'."


def _keywords(schema: object) -> set[str]:
    """Every keyword of a JSON Schema; names of properties are not keywords."""
    found: set[str] = set()
    for level in _schemas(schema):
        found |= level.keys()
    return found


def _schemas(schema: object) -> Iterator[Json]:
    """A JSON Schema, and all that are inside it."""
    if isinstance(schema, list):
        for one in schema:
            yield from _schemas(one)
    elif isinstance(schema, dict):
        yield schema
        for word, value in schema.items():
            named = word in {"properties", "$defs", "definitions"} and isinstance(value, dict)
            yield from _schemas(list(value.values()) if named else value)


def _format(form: Json, messages: Iterable[Json]) -> Iterator[str]:
    if form["type"] == "json_object":
        if not any("json" in str(message).lower() for message in messages):
            yield (
                "'messages' must contain the word 'json' in some form, to use 'response_format' "
                "of type 'json_object'."
            )
    elif form["json_schema"].get("strict"):
        named = form["json_schema"]
        yield from _strict(named["schema"], f"response_format '{named['name']}'")


def _strict(schema: object, what: str) -> Iterator[str]:
    """OpenAI's strict mode: every object is closed and needs all of its properties."""
    wrong = f"Invalid schema for {what}: In context=(), "
    for one in _schemas(schema):
        properties = one.get("properties", {})
        if one.get("type") == "object" and one.get("additionalProperties") is not False:
            yield f"{wrong}'additionalProperties' is required to be supplied and to be false."
        if isinstance(properties, dict) and set(properties) - set(one.get("required", ())):
            yield f"{wrong}'required' is required to include every key in properties."
