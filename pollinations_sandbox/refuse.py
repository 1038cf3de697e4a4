"""What providers refuse although the gateway's schema lets it pass. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.forward import NAME, wants_json

Json = Mapping[str, Any]

_KNOWN_PARTS: Final[Mapping[str, frozenset[str]]] = {
    "refusal": frozenset({"type", "refusal"}),
    **{
        kind: frozenset({"type", kind, "cache_control"})
        for kind in ("text", "image_url", "video_url", "input_audio", "file")
    },
}
# Block types of agent frameworks and of other APIs: no provider behind the gateway reads them.
_FOREIGN_PARTS: Final = (
    *("image", "audio", "video", "text-plain", "document", "reasoning", "non_standard", "media"),
    *("tool_use", "tool_call", "tool_call_chunk", "invalid_tool_call", "tool_result"),
    *("function_call", "server_tool_call", "server_tool_call_chunk", "server_tool_result"),
    *("input_text", "output_text", "input_image", "input_file", "citable", "cite"),
)
_THOUGHTS: Final = frozenset({"thinking", "redacted_thinking"})
_FORMATS: Final = frozenset({"wav", "mp3", "flac", "opus", "pcm16"})
_SCHEMES: Final = ("http://", "https://", "data:", "gs://")
_BUILT_IN: Final = ("code_execution", "google_search", "google_maps", "url_context")
_NO_VIDEO: Final = "This model does not support video input"
_DETAILS: Final = frozenset({"auto", "low", "high"})
_GOOGLE_UNKNOWN: Final = frozenset({"$schema", "patternProperties", "propertyNames"})


_PARTS_LISTED: Final = "'text', 'image_url', 'input_audio', 'refusal', and 'file'"


def unsupported(body: Json, entry: Entry) -> str | None:
    """The 2026-10 gateway's complaint about what the model cannot do, or None."""
    functions = {(tool.get("function") or {}).get("name") for tool in body.get("tools") or ()}
    history = any(one.get("tool_calls") or one["role"] == "tool" for one in body["messages"])
    if not entry.tools and (functions - {None, *_BUILT_IN} or history):
        return "This model does not support tool calling or tool history"
    return None if "video" in entry.inputs or not _has_video(body) else _NO_VIDEO


def _has_video(body: Json) -> bool:
    return any(
        isinstance(part, dict) and part.get("type") == "video_url"
        for message in body["messages"]
        if isinstance(message.get("content"), list)
        for part in message["content"]
    )


def refusal(body: Json, entry: Entry) -> str | None:
    """The provider's complaint about a forwarded body, or None."""
    return next(_complaints(body, entry), None)


def _complaints(body: Json, entry: Entry) -> Iterator[str]:
    for number, message in enumerate(body["messages"]):
        place = f"messages[{number}]"
        yield from _names(message, place)
        content = message.get("content")
        if isinstance(content, list):
            for index, part in enumerate(content):
                yield from _part(part, f"{place}.content[{index}]", entry)
    if entry.style == "openai" and _has_video(body):
        yield _NO_VIDEO
    yield from _conversation(body["messages"])
    yield from _tools(body.get("tools") or [], entry)
    yield from _choice(body)
    yield from _sound(body, entry)
    most = body.get("max_completion_tokens", 0)
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        yield "Invalid type for 'max_completion_tokens': expected an integer."
    if wants_json(body) and entry.style == "openai":
        yield from _format(body["response_format"], body["messages"])


def _name(name: object, place: str) -> Iterator[str]:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield (
            f"Invalid '{place}': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]{1,64}$'."
        )


def _names(message: Json, place: str) -> Iterator[str]:
    if message.get("name") is not None:
        yield from _name(message["name"], f"{place}.name")
    for index, call in enumerate(message.get("tool_calls") or ()):
        yield from _name(call["function"]["name"], f"{place}.tool_calls[{index}].function.name")


def _part(part: Json, place: str, entry: Entry) -> Iterator[str]:
    kind = part["type"]
    thinks = entry.style in {"claude", "anthropic", "gemini"}
    if kind in _FOREIGN_PARTS or (kind in _THOUGHTS and not thinks):
        yield (f"Invalid value: '{kind}' at '{place}.type'. Supported values are: {_PARTS_LISTED}.")
    elif kind in _KNOWN_PARTS:
        for extra in sorted(part.keys() - _KNOWN_PARTS[kind]):
            yield f"{place}.{extra}: Extra inputs are not permitted"
        yield from _value(kind, part.get(kind), place)


def _value(kind: str, value: object, place: str) -> Iterator[str]:
    if kind in {"text", "refusal"}:
        if not isinstance(value, str):
            yield f"Missing required parameter: '{place}.{kind}'."
        elif not value:
            yield f"{place}: text content blocks must be non-empty"
    elif isinstance(value, dict):
        yield from _media(kind, value, f"{place}.{kind}")
    else:
        yield f"Invalid type for '{place}.{kind}': expected an object."


def _media(kind: str, value: Json, place: str) -> Iterator[str]:
    if kind in {"image_url", "video_url"}:
        url = value.get("url")
        if not isinstance(url, str) or not url.startswith(_SCHEMES):
            yield f"Invalid '{place}.url': expected a URL or a data URI."
        if value.get("detail", "auto") not in _DETAILS:
            yield f"Invalid value at '{place}.detail'. Supported values are: 'low', 'high', 'auto'."
    elif kind == "input_audio":
        data = value.get("data")
        if not isinstance(data, str) or not data:
            yield f"Missing required parameter: '{place}.data'."
        elif data.startswith("data:"):
            yield f"Invalid '{place}.data': expected base64, got a data URI."
        if value.get("format") not in _FORMATS:
            yield f"Invalid value at '{place}.format'. Supported values are: 'wav' and 'mp3'."
    elif not any(value.get(name) for name in ("file_data", "file_id", "file_url")):
        yield f"Missing required parameter: '{place}.file_data'."


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
        yield from _name(function["name"], f"tools[{index}].function.name")
        schema = function.get("parameters")
        if schema and schema.get("type") != "object":
            yield (
                f"Invalid schema for function '{function['name']}': schema must be a JSON Schema "
                f"of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
            )
        if schema and entry.style == "gemini":
            for word in sorted(_GOOGLE_UNKNOWN & _keywords(schema)):
                yield (
                    f'Invalid JSON payload received. Unknown name "{word}" at '
                    f"'tools[0].function_declarations[{index}].parameters': Cannot find field."
                )
        if function.get("strict") and entry.style == "openai":
            yield from _strict(schema or {}, f"function '{function['name']}'")
    if entry.style == "gemini" and functions and len(functions) < len(tools):
        yield "Multiple tools are supported only when they are all search tools."


def _choice(body: Json) -> Iterator[str]:
    choice, tools = body.get("tool_choice"), body.get("tools")
    if choice is None or choice == "none":
        return
    if not tools:
        yield (
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are "
            "specified."
        )
    elif isinstance(choice, dict):
        name = choice["function"]["name"]
        if name not in {tool.get("function", {}).get("name") for tool in tools}:
            yield (
                f"Invalid value for 'tool_choice': Tool choice '{name}' not found in 'tools' "
                "parameter."
            )


def _keywords(schema: object) -> set[str]:
    """Every keyword of a JSON Schema; names of properties are not keywords."""
    match schema:
        case dict():
            found = set(schema)
            for word, value in schema.items():
                named = word in {"properties", "$defs", "definitions"} and isinstance(value, dict)
                found |= _keywords(list(value.values()) if named else value)
            return found
        case list():
            return set().union(*map(_keywords, schema))
        case _:
            return set()


def _sound(body: Json, entry: Entry) -> Iterator[str]:
    form = (body.get("audio") or {}).get("format", "pcm16")
    if entry.name == "openai-audio" and body.get("stream") and form != "pcm16":
        yield (
            f"Unsupported value: 'audio.format' does not support '{form}' when stream=true. "
            "Supported values are: 'pcm16'."
        )


def _format(form: Json, messages: Iterable[Json]) -> Iterator[str]:
    if form["type"] == "json_object":
        if not any("json" in str(message).lower() for message in messages):
            yield (
                "'messages' must contain the word 'json' in some form, to use 'response_format' "
                "of type 'json_object'."
            )
        return
    named = form["json_schema"]
    if not named.get("name"):
        yield "Missing required parameter: 'response_format.json_schema.name'."
    else:
        yield from _name(named["name"], "response_format.json_schema.name")
    if named.get("strict"):
        yield from _strict(named["schema"], f"response_format '{named.get('name')}'")


def _strict(schema: object, what: str) -> Iterator[str]:
    """OpenAI's strict mode: every object is closed and needs all of its properties."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
            yield (
                f"Invalid schema for {what}: In context=(), 'additionalProperties' is required to "
                "be supplied and to be false."
            )
        if isinstance(properties, dict) and set(properties) - set(schema.get("required", ())):
            yield (
                f"Invalid schema for {what}: In context=(), 'required' is required to be supplied "
                "and to be an array including every key in properties."
            )
        for value in schema.values():
            yield from _strict(value, what)
    elif isinstance(schema, list):
        for value in schema:
            yield from _strict(value, what)
