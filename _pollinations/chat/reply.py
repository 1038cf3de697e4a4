"""An answer of the gateway as values; `reply_reader.py` reads every spelling of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

_METADATA = ("finish_reason", "model", "id", "logprobs", "citations", "search_results", "headers")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class ToolCallDelta:
    """A piece of one tool call.

    It is not frozen, since that would treble the time it takes to make one for every event.

    Attributes:
        index: Counts the calls of this answer from 0, whatever the provider counted.
        id: On the first piece of a call only; generated if the provider sent none.
        name: On the first piece that knows it only.
        arguments: The next characters of the JSON text.
        extra: Keys of the call that are not OpenAI's, spelled and nested as on the wire.
    """

    index: int
    id: str | None
    name: str | None
    arguments: str
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One whole tool call.

    Attributes:
        id: Unique in the conversation; generated if the provider sent none.
        name: The tool's name.
        arguments: JSON text, as it came.
        extra: Keys of the call that are not OpenAI's, such as `thought_signature`, spelled and
            nested as on the wire.
    """

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wire(self) -> dict[str, Any]:
        """The call as the wire spells it, with the keys that are not OpenAI's."""
        function = {"name": self.name, "arguments": self.arguments}
        return {
            **self.extra,
            "id": self.id,
            "type": "function",
            "function": {**self.extra.get("function", {}), **function},
        }


@dataclass(frozen=True, slots=True)
class Audio:
    """Speech.

    Attributes:
        id: Names this audio in later turns.
        data: The whole audio, base64.
        transcript: The words that are spoken.
        expires_at: Unix seconds until which `id` may be used.
    """

    id: str | None = None
    data: str = field(default="", repr=False)
    transcript: str = ""
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts; sums are the provider's own and need not add up.

    Attributes:
        prompt: Tokens read.
        completion: Tokens written, reasoning included for most providers.
        total: Their sum as reported, else computed.
        cached: Tokens read from the provider's prompt cache.
        cache_written: Tokens written to that cache.
        prompt_audio: Audio tokens read.
        prompt_image: Image tokens read.
        completion_audio: Audio tokens written.
        reasoning: Tokens of reasoning written.
        cost: What the gateway says that they cost (`cost_usd`), in pollen.
        raw: Everything as it came.
    """

    prompt: int
    completion: int
    total: int
    cached: int | None = None
    cache_written: int | None = None
    prompt_audio: int | None = None
    prompt_image: int | None = None
    completion_audio: int | None = None
    reasoning: int | None = None
    cost: Decimal | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer to POST /v1/chat/completions.

    Attributes:
        text: The text; empty if the model only calls tools, reasons or speaks.
        reasoning: The reasoning, as far as the provider shows it.
        tool_calls: In the order of their first pieces.
        content_blocks: Typed blocks such as signed thinking and images, pieces put together.
        audio: Speech, if it was requested.
        refusal: The model's own words for why it does not answer.
        finish_reason: `stop`, `length`, `tool_calls`, `content_filter` or another string.
        usage: Token counts, if they came.
        logprobs: OpenAI's shape, `{"content": [...]}`.
        citations: URLs of sources.
        search_results: What a searching model found.
        model: The provider's id, which is not the name that was requested.
        id: The answer's id.
        extra: Every other key that came, by its name, such as `created` and
            `content_filter_results`.
        headers: Those about the answer: request id, cache, usage, moderation.
        raw: The body as it came; empty for a stream, whose deltas hold the events.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    content_blocks: tuple[Mapping[str, Any], ...] = ()
    audio: Audio | None = None
    refusal: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    logprobs: Mapping[str, Any] | None = None
    citations: tuple[str, ...] = ()
    search_results: tuple[Any, ...] = ()
    model: str | None = None
    id: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def thinking(self) -> tuple[Mapping[str, Any], ...]:
        """The blocks that must be sent back to the model that wrote them, in order."""
        return tuple(
            block
            for block in self.content_blocks
            if block.get("type") == "redacted_thinking"
            or block.get("signature")
            or block.get("reasoning_details")
        )

    @property
    def images(self) -> tuple[Mapping[str, Any], ...]:
        """The `image_url` blocks, in order."""
        return tuple(block for block in self.content_blocks if block.get("type") == "image_url")

    @property
    def metadata(self) -> dict[str, Any]:
        """Everything but text, reasoning, tool calls and audio, by name; only what is there."""
        metadata = dict(self.extra)
        for name in _METADATA:
            if value := getattr(self, name):
                metadata[name] = list(value) if isinstance(value, tuple) else value
        if self.usage and self.usage.raw:
            metadata["token_usage"] = dict(self.usage.raw)
        return metadata


class Delta(NamedTuple):
    """A piece of a streamed answer.

    A named tuple is made in a third of a frozen dataclass's time, once for every event.

    Attributes:
        text: The next characters of the text.
        reasoning: The next characters of the reasoning.
        tool_calls: The next pieces of tool calls.
        blocks: Content blocks that are whole in this piece, such as images.
        raw: The event as it came.
        reply: On the last piece only: the whole answer.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    blocks: tuple[Mapping[str, Any], ...] = ()
    raw: Mapping[str, Any] = _NOTHING
    reply: Reply | None = None
