"""The gateway's own schema of a chat request: what passes, and the words for what does not."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pollinations_sandbox import errors
from pollinations_sandbox.catalog import Entry, entries, resolve
from pollinations_sandbox.errors import Api
from pollinations_sandbox.recorded import Recorded
from pollinations_sandbox.shapes import MISSING, Check, kind, of_schema, one_of, optional, string

_SAFE: Final = ("privacy", "secrets", "sexual", "violence", "shield", "true", "nsfw", "false", "0")


def _safe(value: object) -> list[str]:
    """A switch, or names of filters with commas between them."""
    if isinstance(value, bool):
        return []
    if not isinstance(value, str):
        return ["Invalid input"]
    named = {word.strip().lower() for word in value.split(",")}
    return [f"Unknown safe feature. Valid: {', '.join(_SAFE)}"] if named - {*_SAFE, ""} else []


def parse(record: Recorded, *, api: Api) -> object:
    """The JSON of a body; without its content type the gateway sees an empty object.

    Raises:
        GatewayError: 400, when it is no JSON.
    """
    if not record.headers.get("content-type", "").lower().startswith("application/json"):
        return {}
    if record.body is None or isinstance(record.body, bytes):
        raise errors.malformed(api=api)
    return record.body


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
    fields = dict(_fields(api))
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
        GatewayError: 400, when it is unknown or no chat model.
    """
    name = body.get("model", "openai")
    entry = resolve(name, api)
    if entry is None:
        raise errors.unknown_model(name, api=api)
    if entry.kind != "text":
        raise errors.wrong_modality(name, entry.kind, api=api)
    return entry


@cache
def _fields(api: Api) -> Mapping[str, Check]:
    """The check of each field: chat.schema.json, and the filters of 2026-10."""
    schemas = json.loads(files(__package__).joinpath("chat.schema.json").read_text())
    known = {**schemas["both"], **schemas[api]}
    checks = {name: of_schema(one, schemas["$defs"]) for name, one in known.items()}
    found = {name: one if name == "messages" else optional(one) for name, one in checks.items()}
    return found if api == "2026-01" else {**found, "safe": optional(_safe)}


@cache
def _january_model() -> Check:
    chatting = [entry for entry in entries("2026-01") if entry.kind == "text"]
    ids = [entry.id for entry in chatting]
    aliases = [alias for entry in chatting for alias in entry.aliases]
    return one_of(*ids, *aliases)
