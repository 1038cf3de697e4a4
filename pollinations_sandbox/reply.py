"""A reply that a test scripts."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, field, fields
from typing import Annotated, Any, Final, TypedDict

from pydantic import Field
from pydantic.dataclasses import dataclass

from pollinations_sandbox.response import Response, Step

_UNSET: Final = object()
_CHAT: Final = re.compile(r"/v1/chat/completions|/text/.*", re.DOTALL)
_SHORT: Final = 60
_TYPES: Final = {
    b"\x89PNG": "image/png",
    b"<svg": "image/svg+xml",
    b"RIFF": "audio/wav",
    b"{": "application/json",
    b"<!DOCTYPE": "text/html; charset=utf-8",
}

Arguments = Mapping[str, Any] | str
ToolCall = tuple[str, Arguments] | Mapping[str, Any]


class Parts(TypedDict, total=False):
    """The keyword arguments of `Reply`."""

    tool_calls: Sequence[ToolCall]
    json: object
    reasoning: str
    finish_reason: str
    vectors: Sequence[Sequence[float]]
    media: bytes
    pause: float
    status: int
    content_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, config={"strict": True, "extra": "forbid"})
class Reply:
    """An answer that a test scripts.

    Text, tool calls, JSON and reasoning are spelled as the model's provider does it, whole or
    streamed. Bytes travel as they are.

    Attributes:
        content: The text, which for `/v1/audio/transcriptions` is the transcript; or, as bytes, the
            whole body of the answer, such as a picture, a JSON document or the events of a stream;
            of a list of bytes each is flushed on its own.
        tool_calls: Names and arguments, or LangChain's `{"name": ..., "args": ...}`; arguments that
            are a string travel as they are.
        json: A value (or pydantic model) that a chat writes as JSON: as the arguments of the tool
            that `tool_choice` names, else as its text. Elsewhere it is the body of the answer.
        reasoning: What the model thinks, in the field where its provider shows it. OpenAI's models
            count it and do not show it.
        finish_reason: Such as `length`; by default `stop` or `tool_calls`.
        vectors: Embeddings, one for each input; they are repeated when there are more inputs.
        media: A picture, a video or a sound, delivered as the route does it: as the body, or as
            base64 in JSON; in a chat with sound it is what is heard, in one of Gemini's a PNG that
            the model drew.
        pause: Seconds between two such pieces, or between two events of a stream.
        status: The HTTP status of bytes.
        content_type: The media type of bytes and media; by default it follows from them.
        headers: Further headers.

    Raises:
        ValueError: A value has the wrong type, two exclude each other, or an option is unknown.
        TypeError: Arguments or `json` cannot be written as JSON.

    Example:
        >>> Reply("Hello")
        Reply('Hello')
        >>> Reply(tool_calls=[("add", {"a": 1, "b": 2})])
        Reply(tool_calls=[('add', {'a': 1, 'b': 2})])
    """

    content: str | bytes | Annotated[Sequence[bytes], Field(min_length=1)] = ""
    _: KW_ONLY
    tool_calls: Sequence[ToolCall] = ()
    json: object = _UNSET
    reasoning: str = ""
    finish_reason: str = ""
    vectors: Sequence[Sequence[float]] = ()
    media: bytes = b""
    pause: Annotated[float, Field(ge=0)] = 0.0
    status: int = 200
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for _, arguments in self.calls:
            as_json(arguments)
        if self.has_json:
            as_json(self.json)
        if sum([bool(self.content or self.tool_calls), self.has_json, bool(self.vectors)]) > 1:
            raise ValueError("A reply has a text or tool calls, or json, or vectors.")
        if self.status != 200 and not self.raw:  # noqa: PLR2004 - HTTP OK
            raise ValueError("A status goes with bytes; for the gateway's errors use Fault.status.")

    @property
    def raw(self) -> tuple[bytes, ...]:
        """The pieces of a body that travels byte for byte; none for another reply."""
        if isinstance(self.content, str | bytes):
            return (self.content,) if isinstance(self.content, bytes) else ()
        return tuple(self.content)

    @property
    def calls(self) -> list[tuple[str, Arguments]]:
        """The names and arguments of the tool calls."""
        return [(c["name"], c["args"]) if isinstance(c, Mapping) else c for c in self.tool_calls]

    @property
    def has_json(self) -> bool:
        """Whether `json` is given; None is a value."""
        return self.json is not _UNSET

    def unfit(self, path: str) -> str | None:
        """Why it cannot answer a request for this path; None if it can."""
        if self.raw or self.has_json:
            return None
        if _CHAT.fullmatch(path):
            return "vectors are no answer of a chat" if self.vectors else None
        if path == "/v1/embeddings":
            return None if self.vectors else "it has no vectors"
        if path == "/v1/audio/transcriptions":
            return None if isinstance(self.content, str) and self.content else "it has no text"
        return None if self.media else "it has no media"

    def __repr__(self) -> str:
        shown = [short(repr(self.content))] if self.content else []
        for name in (each.name for each in fields(self)[1:]):
            value = getattr(self, name)
            if value is not _UNSET and value not in ((), "", b"", {}, 0.0, 200):
                shown.append(f"{name}={short(repr(value))}")
        return f"Reply({', '.join(shown)})"


def as_json(value: object) -> str:
    """A value, or a pydantic model, as JSON.

    Raises:
        TypeError: It is neither.
    """
    dump = getattr(value, "model_dump", None)
    return json.dumps(dump(mode="json") if dump else value, ensure_ascii=False)


def short(text: str) -> str:
    """The text, cut to one line of a report."""
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def raw(reply: Reply, usual: str) -> Response:
    """A reply of bytes; `usual` is the media type that the route has."""
    headers = {"Content-Type": reply.content_type or usual, **reply.headers}
    steps: list[Step] = []
    for packet in reply.raw:
        steps += [reply.pause, packet] if steps and reply.pause else [packet]
    return Response(tuple(steps), reply.status, headers, sized=isinstance(reply.content, bytes))


def sniffed(data: bytes) -> str:
    """The media type that the first bytes say, if they do."""
    return next((kind for start, kind in _TYPES.items() if data.lstrip().startswith(start)), "")
