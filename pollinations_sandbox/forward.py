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
_VANISH_WHEN_FALSE: Final = frozenset({"max_tokens", "stop", "logprobs", "top_logprobs"})
_LOST_FROM_MESSAGES: Final = frozenset({"reasoning_content", "content_blocks", "cache_control"})
_FIXED_TEMPERATURE: Final = re.compile(r"o[134]|gpt-5")
_DEFAULT_TOOLS: Final = {
    "gemini": "code_execution",
    "gemini-large": "code_execution",
    "gemini-legacy": "code_execution",
    "gemini-search": "google_search",
}
_LOW_BUDGET, _MEDIUM_BUDGET = 1024, 4096


def prepare(body: Mapping[str, Any], entry: Entry, *, api: Api) -> Json:
    """The body as it goes to the provider of `entry`."""
    kept = {
        name: body[name]
        for name in (*_KEPT, *_KEPT_IN[api])
        if body.get(name) is not None and (body[name] or name not in _VANISH_WHEN_FALSE)
    }
    kept["model"] = entry.upstream
    kept["messages"] = _messages(body["messages"], entry, api)
    if kept.get("seed") == -1:
        kept["seed"] = secrets.randbelow(2**31)
    if kept.get("stream"):
        kept["stream_options"] = {"include_usage": True}
    if entry.style == "openai":
        _for_openai(kept, entry)
    elif entry.style == "gemini":
        _for_gemini(kept, entry)
    elif entry.style == "perplexity":
        kept.pop("tools", None)
        kept.pop("tool_choice", None)
    _think(kept, entry)
    return kept


def wants_json(body: Mapping[str, Any]) -> bool:
    """Whether an answer in JSON is asked for."""
    return (body.get("response_format") or {}).get("type") in {"json_object", "json_schema"}


def _messages(messages: list[Json], entry: Entry, api: Api) -> list[Json]:
    sent = [_message(message, api) for message in messages]
    if entry.name in _WITHOUT_PROMPT or any(message["role"] == "system" for message in sent):
        return sent
    return [{"role": "system", "content": SYSTEM_PROMPT}, *sent]


def _message(message: Json, api: Api) -> Json:
    sent = {name: value for name, value in message.items() if name not in _LOST_FROM_MESSAGES}
    role = message["role"]
    if (
        api == "2026-10"
        and role in {"user", "assistant"}
        and not NAME.fullmatch(sent.get("name", "x"))
    ):
        del sent["name"]
    if role == "user" and not sent["content"]:
        sent["content"] = "Please provide a response."
    if role == "assistant" and not sent.get("content"):
        sent["content"] = None if api == "2026-10" and sent.get("tool_calls") else ""
    return sent


def _for_openai(kept: Json, entry: Entry) -> None:
    if entry.provider.startswith("azure") and "max_tokens" in kept:
        kept["max_completion_tokens"] = kept.pop("max_tokens")
    if "temperature" in kept and _FIXED_TEMPERATURE.match(entry.upstream):
        kept["temperature"] = 1


def _for_gemini(kept: Json, entry: Entry) -> None:
    """Default tools when none are named and no JSON is asked for."""
    if "tools" not in kept:
        if entry.name in _DEFAULT_TOOLS and not wants_json(kept):
            kept["tools"] = [{"type": _DEFAULT_TOOLS[entry.name]}]
        return
    kept["tools"] = [_without_exclusive(tool) for tool in kept["tools"]]


def _without_exclusive(schema: Any) -> Any:  # noqa: ANN401 - a JSON Schema is any JSON
    match schema:
        case dict():
            return {
                name: _without_exclusive(value)
                for name, value in schema.items()
                if name not in {"exclusiveMinimum", "exclusiveMaximum"}
            }
        case list():
            return [_without_exclusive(item) for item in schema]
        case _:
            return schema


def _think(kept: Json, entry: Entry) -> None:
    """`thinking` of the 2026-01 API: only Gemini 2.5 takes it, Gemini 3 gets an effort instead."""
    thinking = kept.pop("thinking", None)
    if not thinking:
        return
    budget = thinking.get("budget_tokens") if thinking.get("type") == "enabled" else 0
    if entry.style == "gemini" and "gemini-3" in entry.upstream:
        kept["reasoning_effort"] = _effort(budget, entry)
    elif entry.style == "gemini":
        kept["thinking"] = {"type": thinking.get("type", "disabled"), "budget_tokens": budget}
    elif budget:
        kept["thinking_budget"] = budget


def _effort(budget: int | None, entry: Entry) -> str:
    if budget == 0:
        return "low" if entry.name == "gemini-large" else "none"
    if budget is None or budget > _MEDIUM_BUDGET:
        return "high"
    return "low" if budget <= _LOW_BUDGET else "medium"
