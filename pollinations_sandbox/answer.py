"""A model's whole answer, before it is written in a provider's format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool: `arguments` is JSON text that is valid against the tool's schema."""

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys that a provider adds inside `function`, such as Gemini's `thought_signature`."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Speech in the requested format, base64, with the words that were spoken."""

    id: str
    data: str
    transcript: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts; every field is a number of tokens."""

    prompt: int
    completion: int
    cached: int = 0
    cache_written: int = 0
    prompt_audio: int = 0
    completion_audio: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the sandbox's model."""

    text: str
    usage: Usage
    reasoning: str = ""
    signature: str = ""
    """Claude signs its thinking; other models leave this empty."""
    tool_calls: tuple[ToolCall, ...] = ()
    function_call: Mapping[str, str] | None = None
    images: tuple[str, ...] = ()
    """Data URIs of pictures that the model drew (Gemini's code_execution)."""
    citations: tuple[str, ...] = ()
    search_results: tuple[Mapping[str, Any], ...] = ()
    audio: Audio | None = None
    finish_reason: str = "stop"
    logprobs: Mapping[str, Any] | None = None
