"""A whole answer as a provider's JSON; `styles.py` has the same in pieces."""

from dataclasses import dataclass
from typing import Any, Final

from pollinations_sandbox.answer import Answer, ToolCall, Usage

Json = dict[str, Any]

SAFE: Final = {
    name: {"filtered": False, "severity": "safe"}
    for name in ("hate", "self_harm", "sexual", "violence")
}
_CLAUDE: Final = frozenset({"claude", "anthropic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What every piece of one answer carries."""

    id: str
    created: int
    model: str
    style: str
    azure: bool = False


def completion(answer: Answer, stamp: Stamp, *, later: bool) -> Json:
    """The JSON of a whole answer, as `stamp.style` spells it.

    `later` (2026-10) corrects the finish reason beside tool calls and counts some tokens twice.
    """
    choice: Json = {
        "index": 0,
        "message": message(answer, stamp.style),
        "finish_reason": (
            "tool_calls" if later and answer.tool_calls else finish(answer, stamp.style)
        ),
        "logprobs": answer.logprobs,
    }
    body: Json = {
        "id": stamp.id,
        "object": "chat.completion",
        "created": stamp.created,
        "model": stamp.model,
        "choices": [choice],
        "usage": usage(answer.usage, stamp.style),
    }
    if later:
        body["usage"]["cached_input_tokens"] = answer.usage.cached
        body["usage"]["reasoning_tokens"] = answer.usage.reasoning
        body["usage"]["cache_creation_input_tokens"] = answer.usage.cache_written
    if stamp.azure:
        choice["content_filter_results"] = SAFE
        body["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": SAFE}]
        body["system_fingerprint"] = "fp_sandbox"
    if stamp.style == "gemini":
        body["provider"] = "google-vertex-ai"
        choice["safetyRatings"] = []
        choice.update(grounding(answer))
    else:
        body.update(sources(answer))
    return body


def message(answer: Answer, style: str) -> Json:
    """The assistant's message."""
    said: Json = {"role": "assistant"}
    content = spoken(answer, style)
    if content or style != "gemini":
        said["content"] = content or (None if answer.tool_calls or answer.audio else "")
    if answer.tool_calls:
        said["tool_calls"] = [tool_call(call, style) for call in answer.tool_calls]
    if answer.function_call:
        said["function_call"] = dict(answer.function_call)
    if answer.reasoning and style in {"fireworks", "whole"}:
        said["reasoning_content"] = answer.reasoning
    if answer.reasoning and style == "openrouter":
        said["reasoning"] = answer.reasoning
    if style == "gemini" or style in _CLAUDE:
        said["content_blocks"] = blocks(answer)
    if answer.audio:
        said["audio"] = {
            "id": answer.audio.id,
            "transcript": answer.audio.transcript,
            "data": answer.audio.data,
            "expires_at": answer.audio.expires_at,
        }
    return said


def blocks(answer: Answer) -> list[Json]:
    """The typed blocks of Gemini and Claude: thinking, text, pictures."""
    thinking: Json = {"type": "thinking", "thinking": answer.reasoning}
    if answer.signature:
        thinking["signature"] = answer.signature
    return [
        *([thinking] if answer.reasoning else []),
        *([{"type": "text", "text": answer.text}] if answer.text else []),
        *({"type": "image_url", "image_url": {"url": url}} for url in answer.images),
    ]


def spoken(answer: Answer, style: str) -> str:
    """The content; Perplexity thinks aloud in it."""
    if style == "perplexity" and answer.reasoning:
        return f"<think>\n{answer.reasoning}\n</think>\n\n{answer.text}"
    return "" if answer.audio else answer.text


def tool_call(call: ToolCall, style: str, arguments: str | None = None) -> Json:
    """One call; `arguments` stands in for the call's own in the first piece of a stream."""
    given = call.arguments if arguments is None else arguments
    extra = call.extra if style == "gemini" else {}
    function = {"name": call.name, "arguments": given, **extra}
    return {"id": call.id, "type": "function", "function": function}


def finish(answer: Answer, style: str) -> str:
    """Why it ended, in the provider's word."""
    if style == "gemini" and answer.tool_calls:
        return "stop"
    if style in _CLAUDE and answer.finish_reason == "length":
        return "max_tokens"
    return answer.finish_reason


def usage(tokens: Usage, style: str) -> Json:
    """The token counts; Claude has names of its own beside the common ones."""
    counts: Json = {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
        "prompt_tokens_details": {
            "audio_tokens": tokens.prompt_audio,
            "cached_tokens": tokens.cached,
        },
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": tokens.completion_audio,
            "reasoning_tokens": tokens.reasoning,
            "rejected_prediction_tokens": 0,
        },
    }
    if style in _CLAUDE:
        del counts["completion_tokens_details"]
        counts["cache_read_input_tokens"] = tokens.cached
        counts["cache_creation_input_tokens"] = tokens.cache_written
    return counts


def sources(answer: Answer) -> Json:
    """Perplexity's citations, at the top of the answer and of each chunk."""
    found: Json = {}
    if answer.citations:
        found["citations"] = list(answer.citations)
    if answer.search_results:
        found["search_results"] = [dict(result) for result in answer.search_results]
    return found


def grounding(answer: Answer) -> Json:
    """Gemini's way to name its sources, inside the choice."""
    if not answer.citations:
        return {}
    chunks = [{"web": {"uri": url, "title": url}} for url in answer.citations]
    return {"groundingMetadata": {"groundingChunks": chunks}}
