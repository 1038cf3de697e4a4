"""Answers of the gateway as bytes, whole and streamed."""

import json
from typing import Any

USAGE = {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}


def whole(message: dict[str, Any], reason: str = "stop", usage: Any = USAGE, **top: Any) -> bytes:
    """A whole answer of this message."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    head = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m-1", **top}
    return json.dumps({**head, "choices": [choice], "usage": usage}).encode()


def sse(
    *deltas: dict[str, Any], reason: str | None = "stop", usage: Any = USAGE, **top: Any
) -> bytes:
    """A streamed answer of these deltas, with usage in an event of its own at the end."""
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", **top}
    choices = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
    if reason is not None:
        choices.append([{"index": 0, "delta": {}, "finish_reason": reason}])
    events: list[dict[str, Any]] = [{**head, "choices": choice} for choice in choices]
    if usage is not None:
        events.append({**head, "choices": [], "usage": usage})
    texts = [json.dumps(event) for event in events] + (["[DONE]"] if reason else [])
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def called(name: str, arguments: str) -> dict[str, Any]:
    """The message or the delta of one tool call."""
    function = {"name": name, "arguments": arguments}
    call = {"index": 0, "id": "c1", "type": "function", "function": function}
    return {"content": None, "tool_calls": [call]}
