"""What a caller may ask of POST /v1/chat/completions, and what is wrong with it."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from _pollinations.chat.parts import CacheControl
from _pollinations.http.errors import InvalidInputError

BUILTIN_TOOLS = frozenset(
    {
        "code_execution",
        "computer_use",
        "file_search",
        "google_maps",
        "google_search",
        "url_context",
    }
)
"""Tools that run at the provider, on Gemini; they are sent as `{"type": name}`."""

MAX_SEED = 2_147_483_647
MAX_STOPS = 4
_CHOICES = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


class AudioOutput(TypedDict):
    """How the model shall speak: `format` is wav, mp3, flac, opus or pcm16 (pcm16 for streams)."""

    voice: str
    format: str


class Thinking(TypedDict, total=False):
    """`type` is enabled or disabled; `budget_tokens` is at least 1."""

    type: str
    budget_tokens: int


class Options(TypedDict, total=False):
    """Every documented field but `messages`, spelled as on the wire; absent means not sent.

    See https://gen.pollinations.ai/docs, POST /v1/chat/completions.
    """

    model: str
    modalities: list[str]
    audio: AudioOutput
    frequency_penalty: float
    presence_penalty: float
    repetition_penalty: float
    logit_bias: dict[str, int]
    logprobs: bool
    top_logprobs: int
    max_tokens: int
    max_completion_tokens: int
    parallel_tool_calls: bool
    reasoning_effort: str
    response_format: dict[str, Any]
    seed: int
    stop: str | list[str]
    stream: bool
    stream_options: dict[str, Any]
    temperature: float
    top_p: float
    thinking: Thinking
    thinking_budget: int
    tools: list[dict[str, Any]]
    tool_choice: str | dict[str, Any]
    user: str
    functions: list[dict[str, Any]]
    function_call: str | dict[str, Any]
    safe: str | bool
    web_search_options: dict[str, Any]
    cache_control: CacheControl


def options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Make the options of one call from what the caller said.

    None means not said. An empty `stop` is dropped, `seed="random"` is drawn anew, names of
    built-in tools become objects, and `tool_choice` takes the forms that the gateway knows.

    Args:
        given: Options by their wire names, some of them perhaps None.

    Returns:
        A new dictionary that can be sent.

    Raises:
        InvalidInputError: The gateway would refuse an option, or lose it silently.

    Example:
        >>> options({"temperature": None, "stop": [], "tool_choice": "any"})
        {'tool_choice': 'required'}
    """
    made = {name: value for name, value in given.items() if value is not None}
    if "stop" in made:
        _set(made, "stop", _stop(made["stop"]))
    if "seed" in made:
        made["seed"] = _seed(made["seed"])
    if "tools" in made:
        made["tools"] = [_tool(tool, place) for place, tool in enumerate(made["tools"])]
    if "tool_choice" in made:
        _set(made, "tool_choice", tool_choice(made["tool_choice"], made.get("tools", ())))
    for name, value in made.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidInputError(f"{name} is {value}, which JSON cannot say.")
    if made.get("max_tokens") is not None and made.get("max_completion_tokens") is not None:
        raise InvalidInputError(
            "max_tokens and max_completion_tokens are both set: providers disagree on which wins. "
            "Set one of them."
        )
    _keep_tools_on_gemini(made)
    return made


def tool_choice(
    choice: str | bool | Mapping[str, Any], tools: Sequence[Mapping[str, Any]]
) -> str | dict[str, Any] | None:
    """Translate a tool choice into a form that the gateway knows.

    Args:
        choice: auto, none, required, any, True, False, a tool's name, or an object.
        tools: The tools of the same call.

    Returns:
        The choice, or None for False: nothing is sent.

    Raises:
        InvalidInputError: No tool bears that name.
    """
    if isinstance(choice, Mapping):
        return _tool_choice_object(choice)
    if isinstance(choice, bool):
        return "required" if choice else None
    if choice in _CHOICES:
        return _CHOICES[choice]
    names = [tool["function"]["name"] for tool in tools if tool.get("type") == "function"]
    if choice in names:
        return {"type": "function", "function": {"name": choice}}
    raise InvalidInputError(
        f"tool_choice {choice!r} names no tool of this call; there are: {', '.join(names) or '-'}."
    )


def _tool_choice_object(choice: Mapping[str, Any]) -> str | dict[str, Any]:
    """OpenAI's object passes; Anthropic's `{"type": "tool", "name": ...}` is translated."""
    kind, name = choice.get("type"), choice.get("name")
    if kind in ("tool", "function") and isinstance(name, str):
        return {"type": "function", "function": {"name": name}}
    return _CHOICES[kind] if kind in _CHOICES else dict(choice)


def random_seed() -> int:
    """Draw a seed that every provider takes, 0 to 2147483647."""
    return random.randint(0, MAX_SEED)  # noqa: S311 - variety, not secrecy


def _set(made: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        del made[name]
    else:
        made[name] = value


def _stop(stop: object) -> str | list[str] | None:
    if isinstance(stop, str):
        return stop
    if not isinstance(stop, Sequence) or not all(isinstance(text, str) for text in stop):
        raise InvalidInputError(f"stop takes strings, not {stop!r}.")
    stops = list(stop)
    if len(stops) > MAX_STOPS:
        raise InvalidInputError(f"stop takes at most {MAX_STOPS} strings, not {len(stops)}.")
    return stops or None


def _seed(seed: object) -> int:
    if seed == "random":
        return random_seed()
    if isinstance(seed, bool) or not isinstance(seed, int) or not -1 <= seed <= MAX_SEED:
        raise InvalidInputError(f'seed is "random" or an integer from -1 to {MAX_SEED}: {seed!r}.')
    return seed


def _tool(tool: object, place: int) -> dict[str, Any]:
    if isinstance(tool, str):
        if tool in BUILTIN_TOOLS:
            return {"type": tool}
        raise InvalidInputError(
            f"tools[{place}]: {tool!r} is no built-in tool; there are: "
            f"{', '.join(sorted(BUILTIN_TOOLS))}."
        )
    if not isinstance(tool, dict):
        raise InvalidInputError(f"tools[{place}] is no object: {type(tool).__name__}.")
    function = tool.get("function")
    if tool.get("type") == "function" and not (
        isinstance(function, dict) and isinstance(function.get("name"), str)
    ):
        raise InvalidInputError(f"tools[{place}] is a function without a name.")
    return tool


def _keep_tools_on_gemini(made: Mapping[str, Any]) -> None:
    """The gateway silently drops function tools beside a JSON format on Gemini models."""
    response_format = made.get("response_format")
    if (
        "gemini" in str(made.get("model", ""))
        and isinstance(response_format, Mapping)
        and str(response_format.get("type", "")).startswith("json")
        and any(tool.get("type") == "function" for tool in made.get("tools", ()))
    ):
        raise InvalidInputError(
            f"{made['model']} loses its tools when response_format asks for JSON. Use one of the "
            "two: structured output by function calling, or no tools in this call."
        )
