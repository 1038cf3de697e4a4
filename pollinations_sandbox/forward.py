"""What the gateway makes of a checked request before a provider sees it. Pure."""

import re
import secrets
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from pollinations_sandbox.catalog import Entry
from pollinations_sandbox.errors import Api

Json = dict[str, Any]

NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PROMPT: Final = files(__package__).joinpath("system_prompt.txt").read_text()
SYSTEM_PROMPT: Final = " ".join(_PROMPT.split())
_WITHOUT_PROMPT: Final = frozenset({"openai-audio", "gemini-search", "nomnom"})
_KEPT: Final = (
    *("messages", "stream", "seed", "temperature", "top_p", "frequency_penalty"),
    *("presence_penalty", "repetition_penalty", "tools", "tool_choice", "modalities", "audio"),
    *("reasoning_effort", "response_format", "max_tokens", "max_completion_tokens", "stop"),
    *("stream_options", "logprobs", "top_logprobs", "logit_bias", "user"),
)
_KEPT_IN: Final[Mapping[Api, tuple[str, ...]]] = {
    "2026-01": ("thinking", "thinking_budget"),
    "2026-10": ("parallel_tool_calls", "web_search_options"),
}
_LOST_FROM_MESSAGES: Final = frozenset({"reasoning_content", "content_blocks", "cache_control"})


def prepare(body: Mapping[str, Any], entry: Entry, *, api: Api) -> Json:
    """The body as it goes on to the provider of `entry`."""
    kept = {name: body[name] for name in (*_KEPT, *_KEPT_IN[api]) if body.get(name) is not None}
    messages = [_message(message, api) for message in body["messages"]]
    own_prompt = entry.name in _WITHOUT_PROMPT or any(one["role"] == "system" for one in messages)
    prompt = [] if own_prompt else [{"role": "system", "content": SYSTEM_PROMPT}]
    kept |= {"model": entry.upstream, "messages": [*prompt, *messages]}
    if kept.get("seed") == -1:
        kept["seed"] = secrets.randbelow(2**31)
    if kept.get("stream"):
        kept["stream_options"] = {"include_usage": True}
    if entry.style == "perplexity":
        kept.pop("tools", None)
        kept.pop("tool_choice", None)
    return kept


def wants_json(body: Mapping[str, Any]) -> bool:
    """Whether an answer in JSON is asked for."""
    return (body.get("response_format") or {}).get("type") in {"json_object", "json_schema"}


def _message(message: Json, api: Api) -> Json:
    sent = {name: value for name, value in message.items() if name not in _LOST_FROM_MESSAGES}
    role, october = message["role"], api == "2026-10"
    named = role in {"user", "assistant"}
    if october and named and not NAME.fullmatch(sent.get("name", "x")):
        del sent["name"]
    if role == "user" and not sent["content"]:
        sent["content"] = "Please provide a response."
    if role == "assistant" and not sent.get("content"):
        sent["content"] = None if october and sent.get("tool_calls") else ""
    return sent
