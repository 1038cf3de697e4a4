"""A chat body becomes a reading: what is asked now, what was said, what tools answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_EMPTY = "Please provide a response."


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation: who spoke, and the words."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Made:
    """A tool call that the conversation already holds, with its result once there is one."""

    name: str
    arguments: Mapping[str, Any]
    result: str | None = None
    media: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a chat body says.

    Attributes:
        system: All instructions of the system and the developer.
        history: What was said before the request, without tool traffic.
        asked: The words of the request: the last message of the user.
        media: Parts of the request that are not text.
        made: Tool calls since the request, in order.
    """

    system: str
    history: tuple[Said, ...]
    asked: str
    media: tuple[Mapping[str, Any], ...] = ()
    made: tuple[Made, ...] = ()


def read(body: Mapping[str, Any]) -> Reading:
    """Read the body of a chat completion."""
    messages: Sequence[Mapping[str, Any]] = body.get("messages") or []
    at = _request(messages)
    request = messages[at] if at is not None else {}
    before = messages[:at] if at is not None else messages
    after = messages[at + 1 :] if at is not None else []
    return Reading(
        system="\n".join(
            text_of(message)
            for message in messages
            if message.get("role") in {"system", "developer"}
        ),
        history=tuple(
            Said(message["role"], text_of(message))
            for message in before
            if message.get("role") in {"user", "assistant"} and text_of(message)
        ),
        asked=_bare(text_of(request) if request else _last_words(messages)) or _EMPTY,
        media=media_of(request),
        made=_made(after),
    )


def _bare(text: str) -> str:
    """The message itself, if an agent's state was put before it."""
    state, found, message = text.partition("\nCurrent message:")
    return message.strip() if found and state.lstrip().startswith("Current state:") else text


def text_of(message: Mapping[str, Any]) -> str:
    """The words of a message, whichever way its content is spelled."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(
        str(part.get("text") or part.get("refusal") or "")
        for part in parts
        if isinstance(part, Mapping) and part.get("type") in {"text", "refusal", "input_text"}
    )


def media_of(message: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The parts of a message that are not text."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    known = {"image_url", "video_url", "input_audio", "file"}
    return tuple(part for part in parts if isinstance(part, Mapping) and part.get("type") in known)


def _request(messages: Sequence[Mapping[str, Any]]) -> int | None:
    """The place of the last message in which the user asks for something.

    A message of media right behind a tool result is that result's attachment, not a request.
    """
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        follows_tool = at > 0 and messages[at - 1].get("role") in {"tool", "function"}
        if message.get("role") == "user" and not (follows_tool and media_of(message)):
            return at
    return None


def _last_words(messages: Sequence[Mapping[str, Any]]) -> str:
    return next((text for message in reversed(messages) if (text := text_of(message))), "")


def _made(messages: Sequence[Mapping[str, Any]]) -> tuple[Made, ...]:
    """The calls in `messages`, each joined with the tool message that answers it."""
    calls: dict[str, Made] = {}
    last = ""
    for message in messages:
        for call in message.get("tool_calls") or ():
            function = call.get("function", {})
            last = str(call.get("id") or len(calls))
            calls[last] = Made(str(function.get("name", "")), _arguments(function.get("arguments")))
        role = message.get("role")
        if role in {"tool", "function"} or (role == "user" and calls):
            key = str(message.get("tool_call_id") or last)
            known = calls.get(key, Made(str(message.get("name", "")), {}))
            text = "\n".join(filter(None, (known.result, text_of(message))))
            calls[key] = Made(known.name, known.arguments, text, known.media + media_of(message))
            last = key
    return tuple(calls.values())


def _arguments(written: object) -> Mapping[str, Any]:
    try:
        read_back = json.loads(written) if isinstance(written, str) else written
    except ValueError:
        return {}
    return read_back if isinstance(read_back, Mapping) else {}
