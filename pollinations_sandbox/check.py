"""The gateway's own schema of a chat request: what passes, and the words for what does not."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pollinations_sandbox import errors
from pollinations_sandbox.catalog import VOICES, Entry, entries, resolve
from pollinations_sandbox.errors import Api
from pollinations_sandbox.shapes import (
    MISSING,
    Check,
    anything,
    array,
    boolean,
    kind,
    literal,
    mapping,
    nullable,
    nullish,
    number,
    one_of,
    optional,
    record,
    string,
    union,
)

_MAX_SAFE: Final = 9007199254740991
_MAX_SEED: Final = 2147483647
_CACHE_CONTROL: Final = optional(record({"type": literal("ephemeral")}))
# The last member of the union takes any object with a `type`, so a malformed known part passes
# here and is refused by the provider.
_PART: Final = record({"type": string})
_CONTENT: Final = union(string, array(_PART, low=1))
_TOOL_CALL: Final = record(
    {
        "id": string,
        "type": literal("function"),
        "function": record({"name": string, "arguments": string}),
    }
)
_INSTRUCTION: Final = {
    "content": _CONTENT,
    "name": optional(string),
    "cache_control": _CACHE_CONTROL,
}
_MESSAGE: Final = union(
    record({"role": literal("system"), **_INSTRUCTION}),
    record({"role": literal("developer"), **_INSTRUCTION}),
    record({"role": literal("user"), "content": _CONTENT, "name": optional(string)}),
    record(
        {
            "role": literal("assistant"),
            "content": nullish(_CONTENT),
            "name": optional(string),
            "tool_calls": optional(array(_TOOL_CALL)),
            "function_call": nullish(record({"name": string, "arguments": string})),
            "cache_control": _CACHE_CONTROL,
        }
    ),
    record(
        {
            "role": literal("tool"),
            "content": nullable(_CONTENT),
            "tool_call_id": string,
            "cache_control": _CACHE_CONTROL,
        }
    ),
    record({"role": literal("function"), "content": nullable(string), "name": string}),
)
_FUNCTION: Final = record(
    {
        "name": string,
        "description": optional(string),
        "parameters": optional(mapping(anything)),
        "strict": nullish(boolean),
    }
)
_TOOL: Final = union(
    record({"type": literal("function"), "function": _FUNCTION}),
    record(
        {
            "type": one_of(
                "code_execution",
                "google_search",
                "google_maps",
                "url_context",
                "computer_use",
                "file_search",
            )
        }
    ),
)
_RESPONSE_FORMAT: Final = union(
    record({"type": literal("text")}),
    record({"type": literal("json_object")}),
    record(
        {
            "type": literal("json_schema"),
            "json_schema": record(
                {
                    "schema": mapping(anything),
                    "name": optional(string),
                    "description": optional(string),
                    "strict": nullish(boolean),
                }
            ),
        }
    ),
)
_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh")
_FIELDS: Final[Mapping[str, Check]] = {
    "messages": array(_MESSAGE),
    "modalities": optional(array(one_of("text", "audio"))),
    "audio": optional(
        record({"voice": one_of(*VOICES), "format": one_of("wav", "mp3", "flac", "opus", "pcm16")})
    ),
    "frequency_penalty": nullish(number(-2, 2)),
    "presence_penalty": nullish(number(-2, 2)),
    "repetition_penalty": nullish(number(0, 2)),
    "logit_bias": nullish(mapping(number(whole=True))),
    "logprobs": nullish(boolean),
    "top_logprobs": nullish(number(0, 20, whole=True)),
    "max_tokens": nullish(number(0, whole=True)),
    "response_format": optional(_RESPONSE_FORMAT),
    "stop": nullish(union(string, array(string, low=1, high=4))),
    "stream": nullish(boolean),
    "stream_options": nullish(record({"include_usage": optional(boolean)})),
    "temperature": nullish(number(0, 2)),
    "top_p": nullish(number(0, 1)),
    "tools": optional(array(_TOOL)),
    "tool_choice": optional(
        union(
            one_of("none", "auto", "required"),
            record({"type": literal("function"), "function": record({"name": string})}),
        )
    ),
    "parallel_tool_calls": optional(boolean),
    "user": optional(string),
    "function_call": optional(union(one_of("none", "auto"), record({"name": string}))),
    "functions": optional(array(_FUNCTION, low=1, high=128)),
}
_JANUARY: Final[Mapping[str, Check]] = {
    "seed": nullish(number(-1, _MAX_SAFE, whole=True)),
    "reasoning_effort": optional(one_of(*_EFFORTS)),
    "thinking_budget": optional(number(0, whole=True)),
    "thinking": nullish(
        record(
            {
                "type": optional(one_of("enabled", "disabled")),
                "budget_tokens": optional(number(1, whole=True)),
            }
        )
    ),
}
_OCTOBER: Final[Mapping[str, Check]] = {
    "model": optional(string),
    "seed": nullish(number(-1, _MAX_SEED, whole=True)),
    "reasoning_effort": optional(one_of(*_EFFORTS, "max")),
    "safe": optional(union(string, boolean, array(string))),
    "web_search_options": optional(
        record({"search_context_size": optional(one_of("low", "medium", "high"))})
    ),
}


def parse(raw: bytes, headers: Mapping[str, str], *, api: Api) -> object:
    """The JSON of a body; without its content type the gateway sees an empty object."""
    if not headers.get("content-type", "").lower().startswith("application/json"):
        return {}
    try:
        return json.loads(raw)
    except ValueError as error:
        raise errors.malformed(api=api) from error


def chat(body: object, *, api: Api, any_model: bool = False) -> dict[str, Any]:
    """The body of a chat request, if the gateway's schema lets it pass.

    Args:
        body: What `parse` read.
        api: Whose schema.
        any_model: Whether the model may be one that the catalogue does not know.

    Returns:
        The same body.

    Raises:
        GatewayError: 400, with the names of the wrong fields.
    """
    if not isinstance(body, dict):
        raise errors.invalid(
            {}, [f"Invalid input: expected object, received {kind(body)}"], api=api
        )
    fields = {**_FIELDS, **(_JANUARY if api == "2026-01" else _OCTOBER)}
    if api == "2026-01":
        fields["model"] = optional(string if any_model else _january_model())
    wrong = {
        name: messages
        for name, check in fields.items()
        if (messages := check(body.get(name, MISSING)))
    }
    if wrong:
        raise errors.invalid(wrong, [], api=api)
    if api == "2026-10" and not body["messages"]:
        raise errors.envelope(400, "Messages must be a non-empty array", api=api)
    return body


def model(body: Mapping[str, Any], *, api: Api) -> Entry:
    """The model that a checked body asks for.

    Raises:
        GatewayError: 400, when nobody knows it or it does not chat.
    """
    name = body.get("model", "openai")
    entry = resolve(name, api)
    if entry is None:
        raise errors.unknown_model(name, api=api)
    if entry.kind != "text":
        raise errors.wrong_modality(name, entry.kind, api=api)
    return entry


@cache
def _january_model() -> Check:
    chatting = [entry for entry in entries("2026-01") if entry.kind == "text"]
    ids = [entry.id for entry in chatting]
    aliases = [alias for entry in chatting for alias in entry.aliases]
    return one_of(*ids, *aliases)
