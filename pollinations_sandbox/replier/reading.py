"""A chat body becomes a request: what is asked now, what the system orders, what tools answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pollinations_sandbox.replier.media import Attachment, attachment

_MEDIA: Final = frozenset({"image_url", "video_url", "input_audio", "file"})
_TEXT: Final = frozenset({"text", "refusal", "input_text"})
_STATE: Final = "\nCurrent message:"  # LlamaIndex's agents put their state before it


@dataclass(frozen=True, slots=True)
class Made:
    """A tool call that the conversation already holds, with its result."""

    name: str
    result: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a chat body asks.

    Attributes:
        system: All messages of the system and the developer.
        asked: The last message of the user.
        media: What came with it.
        made: The tool calls since then, in order.
    """

    system: str = ""
    asked: str = ""
    media: tuple[Attachment, ...] = ()
    made: tuple[Made, ...] = ()


def read(body: Mapping[str, Any]) -> Request:
    """Read the body of a chat completion."""
    messages: Sequence[Mapping[str, Any]] = body.get("messages") or []
    at = _request_at(messages)
    request = messages[at] if messages else {}
    asked = text_of(request)
    if asked.startswith("Current state:") and _STATE in asked:
        asked = asked.partition(_STATE)[2].strip()
    made = tuple(_made(messages[at + 1 :]))
    return Request(
        "\n".join(text_of(one) for one in messages if one.get("role") in {"system", "developer"}),
        asked,
        tuple(map(attachment, media_of(request))),
        made,
    )


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message, as a string or in parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(
        str(part.get("text") or part.get("refusal") or "")
        for part in _parts(message)
        if part.get("type") in _TEXT
    )


def media_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts of a message that are not text."""
    return [part for part in _parts(message) if part.get("type") in _MEDIA]


def _parts(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = message.get("content")
    return (
        [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []
    )


def _request_at(messages: Sequence[Mapping[str, Any]]) -> int:
    """The place of the user's last message; media behind a tool result belong to the result."""
    for at in range(len(messages) - 1, -1, -1):
        attached = at > 0 and messages[at - 1].get("role") == "tool" and media_of(messages[at])
        if messages[at].get("role") == "user" and not attached:
            return at
    return len(messages) - 1


def _made(messages: Sequence[Mapping[str, Any]]) -> list[Made]:
    """Each tool result with the name of its tool, and each media message as part of the last."""
    names: dict[str, str] = {}
    made: list[Made] = []
    for message in messages:
        for call in message.get("tool_calls") or ():
            names[str(call.get("id"))] = str((call.get("function") or {}).get("name", ""))
        media = ", ".join(f"[{attachment(part)}]" for part in media_of(message))
        if message.get("role") in {"tool", "function"}:
            name = names.pop(str(message.get("tool_call_id")), None) or str(message.get("name", ""))
            made.append(Made(name, " ".join(filter(None, (text_of(message), media)))))
        elif media and made:
            made[-1] = Made(made[-1].name, f"{made[-1].result} {media}".strip())
    return [*made, *(Made(name) for name in names.values())]


def loads(text: str) -> Any:  # noqa: ANN401 - JSON of any kind
    """The JSON value of a text; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
