"""A chat body becomes a request: the question, what the system orders, what tools answered."""

import base64
import io
import json
import re
import wave
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

Message = Mapping[str, Any]

_MEDIA: Final = frozenset({"image_url", "video_url", "input_audio", "file"})
_SOURCES: Final = ("url", "data", "file_data", "file_url")
_NAMES: Final = ("mime_type", "file_name", "filename", "format", "file_id")
_ACTION: Final = re.compile(r"^Action: (\S{1,200})$", re.MULTILINE)
LABELS: Final = ("Observation:", "Result of executing the code given:")
_STATE: Final = "\nCurrent message:"  # LlamaIndex's agents put their state before it
_COMPRESSED: Final = 8_000  # bytes of a second, as if at 64 kbit/s
_PCM: Final = 48_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """One part of a message that is not text.

    Attributes:
        kind: `image`, `audio`, `video` or `file`.
        name: The media type, else the file's name or link.
        data: The bytes; empty for a link.
    """

    kind: str
    name: str
    data: bytes

    @property
    def seconds(self) -> float:
        """How long a sound plays: exact for WAV and PCM, else guessed from its bytes."""
        file = io.BytesIO(self.data)
        with suppress(wave.Error, EOFError, ZeroDivisionError), wave.open(file) as sound:
            return float(sound.getnframes() / sound.getframerate())
        return len(self.data) / (_PCM if self.name == "pcm16" else _COMPRESSED)

    def __str__(self) -> str:
        size = f", {len(self.data)} bytes" if self.data else ""
        return f"{self.kind} ({self.name}{size})"


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool returned."""

    tool: str
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a chat body asks.

    Attributes:
        system: All messages of the system and the developer.
        question: The last message of the user.
        media: What came with it.
        results: What tools returned since then, in order.
    """

    system: str = ""
    question: str = ""
    media: tuple[Attachment, ...] = ()
    results: tuple[Result, ...] = ()


def read(body: Mapping[str, Any]) -> Request:
    """Read the body of a chat completion.

    Media of a user's message behind the result of a tool belong to that result, and what
    LlamaIndex's agents put in a message of the user behind their label is one.
    """
    messages: Sequence[Message] = body.get("messages") or [{}]
    system, question = [], messages[-1]
    tools: dict[str, str] = {}
    results: list[Result] = []
    for before, message in pairwise([{}, *messages]):
        role, text, media = message.get("role"), text_of(message), media_of(message)
        shown = " ".join([text, *(f"[{attachment(part)}]" for part in media)]).strip()
        for call in message.get("tool_calls") or ():
            tools[call.get("id", "")] = call["function"]["name"]
        if role in {"system", "developer"}:
            system.append(text)
        elif role in {"tool", "function"}:
            tool = tools.get(message.get("tool_call_id", ""), message.get("name", ""))
            results.append(Result(tool, shown))
        elif role == "user" and text.startswith(LABELS) and before.get("role") == "assistant":
            action = _ACTION.search(text_of(before))
            output = text.partition(":")[2].strip()
            results.append(Result(action[1] if action else "execute", output))
        elif role == "user" and media and before.get("role") == "tool":
            results[-1] = Result(results[-1].tool, f"{results[-1].text} {shown}")
        elif role == "user":
            question = message
            results.clear()
    text = text_of(question)
    text = text.partition(_STATE)[2].strip() or text
    attachments = tuple(map(attachment, media_of(question)))
    return Request("\n".join(system), text, attachments, tuple(results))


def text_of(message: Message) -> str:
    """The text of a message, as a string or in parts."""
    texts = [part.get("text") or part.get("refusal") for part in _parts(message)]
    return "\n".join(str(text or "") for text in texts)


def media_of(message: Message) -> list[Message]:
    """The parts of a message that are not text."""
    return [part for part in _parts(message) if part.get("type") in _MEDIA]


def _parts(message: Message) -> list[Message]:
    content = message.get("content") or []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part in content if isinstance(part, Mapping)]


def attachment(part: Message) -> Attachment:
    """What an `image_url`, `video_url`, `input_audio` or `file` part carries."""
    inner = part.get(part["type"]) or {}
    kind = str(part["type"]).removesuffix("_url").removeprefix("input_")
    name = next((str(inner[key]) for key in _NAMES if inner.get(key)), kind)
    source = next((str(inner[key]) for key in _SOURCES if inner.get(key)), "")
    if source.startswith("data:"):
        head, _, source = source.partition(",")
        name = head.removeprefix("data:").partition(";")[0] or name
    elif ":" in source:
        name, source = source[:200], ""
    try:
        return Attachment(kind, name, base64.b64decode(source))
    except ValueError:
        return Attachment(kind, name, b"")


def loads(text: str) -> Any:  # noqa: ANN401 - JSON of any kind
    """The JSON value of a text; None if it is none."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None
