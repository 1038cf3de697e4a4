"""Content parts and messages as the wire spells them."""

from collections.abc import Iterable, Mapping
from typing import Any, Required, TypedDict

Block = Mapping[str, Any]
"""A content block of any provider."""
Part = dict[str, Any]
"""A content part as the wire spells it."""
CACHEABLE = frozenset({"text", "input_audio", "file"})
"""Types of parts that may carry `cache_control`."""


class CacheControl(TypedDict, total=False):
    """Marks the end of what a provider may cache; `type` is ephemeral."""

    type: str


class Message(TypedDict, total=False):
    """One message, before it is prepared; see `messages.prepare`.

    `content` may hold blocks of any provider, see `message_blocks`. `thinking` and `signed_by` are
    not sent: signed blocks of the model, and the name of the model that signed them.
    """

    role: Required[str]
    content: object
    name: str
    tool_call_id: str
    tool_calls: list[Any]
    function_call: dict[str, Any]
    cache_control: CacheControl
    reasoning_content: str
    thinking: list[dict[str, Any]]
    signed_by: str


def text_part(text: str) -> Part:
    """A text part."""
    return {"type": "text", "text": text}


def flattened(block: Block, containers: Iterable[str]) -> dict[str, Any]:
    """The fields of a block, and of the objects in it under these keys, the inner ones last."""
    fields = {**block}
    for name in containers:
        if isinstance(fields.get(name), dict):
            fields.update(fields.pop(name))
    return fields


def marked(parts: list[Part], mark: Mapping[str, Any]) -> list[Part] | None:
    """Put a cache mark on the last part that may carry one, unless that has one of its own.

    Returns:
        New parts, or None if no part may carry it.
    """
    for place in range(len(parts) - 1, -1, -1):
        if parts[place].get("type") in CACHEABLE:
            return [*parts[:place], {"cache_control": mark, **parts[place]}, *parts[place + 1 :]]
    return None
