"""The options of POST /v1/chat/completions, and the checks of their values."""

import math
import random
import reprlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from _pollinations.chat.providers import BUILTIN_FUNCTIONS, BUILTIN_TOOLS, Family, family_of
from _pollinations.chat.schemas import wire_format, wire_tool
from _pollinations.chat.wire_parts import CacheControl
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.values import mapping, text

MAX_SEED = 2_147_483_647
MAX_STOPS = 4
_DROPPED_IF_EMPTY = ("functions", "stop", "web_search_options")
_CHOICES = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


class AudioOutput(TypedDict):
    """How the model speaks: `format` is wav, mp3, flac, opus or pcm16 (pcm16 for streams)."""

    voice: str
    format: str


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
    reasoning: dict[str, Any]
    reasoning_effort: str
    include_reasoning: bool
    verbosity: str
    response_format: dict[str, Any]
    structured_outputs: bool
    prediction: dict[str, Any]
    seed: int | str
    stop: str | list[str]
    stream: bool
    stream_options: dict[str, Any]
    temperature: float
    top_p: float
    top_k: int
    min_p: float
    thinking: dict[str, Any]
    thinking_budget: int
    tools: list[dict[str, Any]]
    tool_choice: str | dict[str, Any]
    user: str
    functions: list[dict[str, Any]]
    function_call: str | dict[str, Any]
    safe: str | bool
    web_search_options: dict[str, Any]
    search_domain_filter: list[str]
    search_recency_filter: str
    prompt_cache_options: dict[str, Any]
    cache_control: CacheControl


def checked_options(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make the options of a call to any endpoint from what the caller set.

    None means not set. `seed="random"` is drawn anew.

    Args:
        values: Options by their wire names, some of them perhaps None; they are not changed.

    Returns:
        A new dictionary that can be sent.

    Raises:
        InvalidInputError: The gateway would refuse an option.

    Example:
        >>> checked_options({"temperature": None, "seed": 7})
        {'seed': 7}
    """
    result = {name: value for name, value in values.items() if value is not None}
    if "seed" in result:
        result["seed"] = _seed(result["seed"])
    for name, value in result.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidInputError(f"{name} is {value}, which JSON cannot say.")
    return result


def chat_options(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make the options of a chat call, as the model that it names takes them.

    What `checked_options` does, and more: what is empty and says nothing is dropped; built-in
    tools, schemas and `tool_choice` take the forms that the provider knows.

    Args:
        values: Options by their wire names, some of them perhaps None; they are not changed.

    Returns:
        A new dictionary that can be sent.

    Raises:
        InvalidInputError: The gateway would refuse an option, or lose it silently.

    Example:
        >>> chat_options({"temperature": None, "stop": [], "tool_choice": "any"})
        {'tool_choice': 'required'}
    """
    result = checked_options(values)
    for name in _DROPPED_IF_EMPTY:
        if not result.get(name, True):
            del result[name]
    family = family_of(str(result.get("model", "")))
    if "stop" in result:
        result["stop"] = _stop(result["stop"])
    if "tools" in result:
        tools = enumerate(tool_list(result["tools"]))
        result["tools"] = [_tool(tool, place, family) for place, tool in tools]
    if "response_format" in result:
        result["response_format"] = wire_format(result["response_format"], family)
    if "tool_choice" in result:
        choice = tool_choice(result.pop("tool_choice"), result.get("tools", ()))
        result.update({} if choice is None else {"tool_choice": choice})
    if "max_tokens" in result and "max_completion_tokens" in result:
        raise InvalidInputError(
            "max_tokens and max_completion_tokens are both set: providers disagree on which wins. "
            "Set one of them."
        )
    if "max_completion_tokens" in result and not family.max_completion_tokens:
        result["max_tokens"] = result.pop("max_completion_tokens")
    return result


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
    names = [tool["function"]["name"] for tool in tools if tool.get("type") == "function"]
    if isinstance(choice, Mapping):
        kind, name = text(choice.get("type")), text(choice.get("name"))
        if name is None and kind not in _CHOICES:
            return dict(choice)
        # Anthropic and the Responses API write a tool's name beside the type.
        choice = name or kind or ""
        if name in names:
            return {"type": "function", "function": {"name": name}}
    if isinstance(choice, bool):
        return "required" if choice else None
    if choice in _CHOICES:
        return _CHOICES[choice]
    if choice in names:
        return {"type": "function", "function": {"name": choice}}
    raise InvalidInputError(
        f"tool_choice {choice!r} names no tool of this call; there are: {', '.join(names) or '-'}."
    )


def builtin_tool(tool: object) -> dict[str, Any] | None:
    """Recognise a tool that runs at the provider, in any of the forms that people write.

    Args:
        tool: A name, `{"type": name}`, `{name: {}}`, a function of that name without parameters,
            or something else.

    Returns:
        The tool as the gateway knows it; None if it is none of them.

    Example:
        >>> builtin_tool("url_context"), builtin_tool({"google_search": {}})
        ({'type': 'url_context'}, {'type': 'function', 'function': {'name': 'google_search'}})
    """
    name, options = (tool, {}) if isinstance(tool, str) else (None, {})
    if isinstance(tool, Mapping):
        options = dict(tool)
        name = options.pop("type", None)
        function = mapping(options.get("function"))
        if name == "function" and function.get("parameters") is None:
            return dict(tool) if function.get("name") in BUILTIN_TOOLS else None
        if name is None and [*options.values()] in ([{}], [None]):
            name, options = next(iter(tool)), {}
    if not isinstance(name, str) or name not in BUILTIN_TOOLS:
        return None
    if name in BUILTIN_FUNCTIONS:
        return {"type": "function", "function": {"name": name}, **options}
    return {"type": name, **options}


def tool_list(tools: Any) -> list[Any]:  # noqa: ANN401 - tools are whatever a framework takes for one
    """List the tools of a call; a name may stand alone.

    Raises:
        InvalidInputError: It is not a list.

    Example:
        >>> tool_list("google_search")
        ['google_search']
    """
    if isinstance(tools, str):
        return [tools]
    # Tools of LangChain can be iterated too, over their fields.
    if isinstance(tools, Mapping) or not isinstance(tools, Collection | Iterator):
        raise InvalidInputError(
            f"tools is a list of tools, not a {type(tools).__name__}: put it in [ ]."
        )
    return list(tools)


def unknown_tool(tool: object, place: int) -> InvalidInputError:
    """The error of something that is not a tool."""
    what = repr(tool)[:80] if isinstance(tool, str | dict) else f"a {type(tool).__name__}"
    return InvalidInputError(
        f"tools[{place}] is {what}, which is neither a function with a name and parameters "
        f"nor one of the built-in tools: {', '.join(sorted(BUILTIN_TOOLS))}."
    )


def _stop(stop: object) -> str | list[str]:
    if isinstance(stop, str):
        return stop
    stops: list[Any] = list(stop) if isinstance(stop, Sequence) else [stop]
    if len(stops) > MAX_STOPS or not all(isinstance(text, str) for text in stops):
        raise InvalidInputError(f"stop is a string or at most {MAX_STOPS} of them, not {stop!r}.")
    return stops


def _seed(seed: object) -> int:
    if seed == "random":
        return random.randint(0, MAX_SEED)  # noqa: S311 - variety, not secrecy
    if isinstance(seed, bool) or not isinstance(seed, int) or not -1 <= seed <= MAX_SEED:
        raise InvalidInputError(f'seed is "random" or an integer from -1 to {MAX_SEED}: {seed!r}.')
    return seed


def _tool(tool: object, place: int, family: Family) -> dict[str, Any]:
    """A built-in tool, or a function as a family of models takes it."""
    builtin = builtin_tool(tool)
    if builtin is not None:
        return builtin
    if not isinstance(tool, dict) or not isinstance(tool.get("type"), str):
        raise unknown_tool(tool, place)
    if tool["type"] != "function":
        return tool
    function = mapping(tool.get("function"))
    has_schema = isinstance(function.get("parameters") or {}, Mapping)
    if not text(function.get("name")) or not has_schema:
        raise unknown_tool(tool, place)
    return wire_tool(tool, family)


def extra_fields(own: Mapping[str, Any], extra_body: object) -> dict[str, Any]:
    """Merge the `extra_body` of a call into that of its model.

    Args:
        own: The model's.
        extra_body: The call's; None adds nothing.

    Raises:
        InvalidInputError: It is not an object.

    Example:
        >>> extra_fields({"a": 1}, {"b": 2})
        {'a': 1, 'b': 2}
    """
    if extra_body is None:
        return {**own}
    if not isinstance(extra_body, Mapping):
        raise InvalidInputError(
            f"extra_body is a dictionary of fields of the request, not {reprlib.repr(extra_body)}."
        )
    return {**own, **extra_body}
