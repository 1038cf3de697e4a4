"""A chat body becomes a request: what is asked now, what the system orders, what tools answered."""

import base64
import io
import json
import wave
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

Message = Mapping[str, Any]

_MEDIA: Final = frozenset({"image_url", "video_url", "input_audio", "file"})
_SOURCES: Final = ("url", "data", "file_data", "file_url", "file_id")
_NAMES: Final = ("mime_type", "file_name", "filename", "format")
_STATE: Final = "\nCurrent message:"  # LlamaIndex's agents put their state before it
_COMPRESSED: Final = 8_000  # bytes of a second, as if at 64 kbit/s
_PCM: Final = 48_000
_PER_MESSAGE: Final = 4
_PER_PART: Final = {"video_url": 258}
_PER_IMAGE: Final = 85
_PER_SECOND: Final = 10
_CACHE_BLOCK: Final = 128
_CACHE_FROM: Final = 1024


@dataclass(frozen=True, slots=True)
class Attachment:
    """The facts about one part of a message that is not text.

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
        with suppress(wave.Error, EOFError, ZeroDivisionError), wave.open(_file(self)) as sound:
            return float(sound.getnframes() / sound.getframerate())
        return len(self.data) / (_PCM if self.name == "pcm16" else _COMPRESSED)

    def __str__(self) -> str:
        facts = [self.name, *([f"{len(self.data)} bytes"] if self.data else [])]
        if self.kind == "audio":
            facts.append(f"{self.seconds:.1f} seconds")
        if self.kind == "image" and self.data:
            from PIL import Image  # noqa: PLC0415 - most chats need no Pillow

            with suppress(OSError, ValueError, Image.DecompressionBombError):
                facts.append("{}x{} pixels".format(*Image.open(_file(self)).size))
        return f"{self.kind} ({', '.join(facts)})"


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
    messages: Sequence[Message] = body.get("messages") or [{}]
    at = _request_at(messages)
    asked = text_of(messages[at])
    if asked.startswith("Current state:") and _STATE in asked:
        asked = asked.partition(_STATE)[2].strip()
    orders = [text_of(one) for one in messages if one.get("role") in {"system", "developer"}]
    media = tuple(map(attachment, media_of(messages[at])))
    return Request("\n".join(orders), asked, media, tuple(_made(messages[at + 1 :])))


def text_of(message: Message) -> str:
    """The text of a message, as a string or in parts."""
    texts = [part.get("text") or part.get("refusal") for part in _parts(message)]
    return "\n".join(str(text or "") for text in texts)


def media_of(message: Message) -> list[Message]:
    """The parts of a message that are not text."""
    return [part for part in _parts(message) if part.get("type") in _MEDIA]


def attachment(part: Message) -> Attachment:
    """The facts about an `image_url`, `video_url`, `input_audio` or `file` part."""
    kind = str(part["type"]).removesuffix("_url").removeprefix("input_")
    inner = part.get(part["type"])
    inner = inner if isinstance(inner, Mapping) else {}
    source = next((str(inner[key]) for key in _SOURCES if inner.get(key)), "")
    name = next((str(inner[key]) for key in _NAMES if inner.get(key)), kind)
    if source.startswith("data:"):
        head, _, source = source.partition(",")
        name = head.removeprefix("data:").partition(";")[0] or name
    elif ":" in source or kind == "video":
        return Attachment(kind, source[:200], b"")
    with suppress(ValueError):
        return Attachment(kind, name, base64.b64decode(source))
    return Attachment(kind, name, b"")


def loads(text: str) -> Any:  # noqa: ANN401 - JSON of any kind
    """The JSON value of a text; None if it is none."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def _file(part: Attachment) -> io.BytesIO:
    return io.BytesIO(part.data)


def _parts(message: Message) -> list[Message]:
    content = message.get("content") or []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part in content if isinstance(part, Mapping)]


def _request_at(messages: Sequence[Message]) -> int:
    """The place of the user's last message; media behind a tool result belong to the result."""
    for at in range(len(messages) - 1, -1, -1):
        attached = at > 0 and messages[at - 1].get("role") == "tool" and media_of(messages[at])
        if messages[at].get("role") == "user" and not attached:
            return at
    return len(messages) - 1


def _made(messages: Sequence[Message]) -> list[Made]:
    """Each tool result with the name of its tool, and each media message as part of the last."""
    names: dict[str, str] = {}
    made: list[Made] = []
    for message in messages:
        for call in message.get("tool_calls") or ():
            names[str(call.get("id"))] = str((call.get("function") or {}).get("name", ""))
        media = " ".join(f"[{attachment(part)}]" for part in media_of(message))
        if message.get("role") in {"tool", "function"}:
            name = names.pop(str(message.get("tool_call_id")), None) or message.get("name", "")
            made.append(Made(str(name), f"{text_of(message)} {media}".strip()))
        elif media and made:
            made[-1] = Made(made[-1].name, f"{made[-1].result} {media}".strip())
    return [*made, *(Made(name) for name in names.values())]


# Tokens: a fixed estimate, so that bills can be tested -----------------------------------------


def tokens(text: str) -> int:
    """Tokens of a text: one for about four characters."""
    return (len(text) + 3) // 4


def pieces(text: str) -> list[str]:
    """The text cut into as many pieces as it has tokens."""
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def prompt_tokens(body: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of everything that was sent, and how many of them are sound.

    Args:
        body: A chat body.
    """
    total, sound = 0, 0
    for message in body.get("messages") or ():
        total += _PER_MESSAGE + tokens(text_of(message))
        if message.get("tool_calls"):
            total += tokens(json.dumps(message["tool_calls"]))
        for part in media_of(message):
            if part["type"] == "input_audio":
                sound += max(1, round(attachment(part).seconds * _PER_SECOND))
            else:
                total += _PER_PART.get(part["type"], _PER_IMAGE)
    for key in ("tools", "response_format"):
        if body.get(key):
            total += tokens(json.dumps(body[key]))
    return total + sound, sound


def cached_tokens(body: Mapping[str, Any], prompt: int) -> tuple[int, int]:
    """Tokens that a prompt cache would have had, and those that this request adds to it.

    These are whole blocks of 128, and only of a long prompt or of one that asks for caching.
    """
    asked = '"cache_control"' in json.dumps(body.get("messages") or ())
    if not asked and prompt <= _CACHE_FROM:
        return 0, 0
    read = prompt * 3 // 4 // _CACHE_BLOCK * _CACHE_BLOCK
    return read, min(_CACHE_BLOCK, prompt) if asked else 0


def logprobs(text: str, alternatives: int) -> Mapping[str, Any]:
    """Log probabilities as OpenAI spells them.

    Args:
        text: The answer.
        alternatives: How many other tokens to list for each.
    """
    content = []
    for piece in pieces(text):
        ranked = [
            {"token": token, "logprob": -0.1 - rank, "bytes": list(token.encode())}
            for rank, token in enumerate([piece, *(f"{piece}{rank}" for rank in range(1, 20))])
        ]
        content.append({**ranked[0], "top_logprobs": ranked[:alternatives]})
    return {"content": content}
