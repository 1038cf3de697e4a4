"""What a caller may ask of a completion."""

import json
from typing import Any

import pytest

from _pollinations.chat.completions import body, stream
from _pollinations.chat.options import MAX_SEED, Options, builtin_tool, chat_options
from _pollinations.chat.providers import BUILTIN_TOOLS
from _pollinations.http.errors import InvalidInputError

TOOL = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object", "properties": {}}},
}
SCHEMA = {"name": "x", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}

# Every documented field, with values at both ends of what it takes.
FIELDS: list[tuple[str, Any]] = [
    ("model", "openai"),
    ("modalities", ["text"]),
    ("audio", {"voice": "alloy", "format": "pcm16"}),
    ("frequency_penalty", -2),
    ("frequency_penalty", 2.0),
    ("presence_penalty", 0),
    ("presence_penalty", 1.5),
    ("repetition_penalty", 0.0),
    ("repetition_penalty", 2),
    ("logit_bias", {"50256": -100}),
    ("logprobs", True),
    ("logprobs", False),
    ("top_logprobs", 0),
    ("top_logprobs", 20),
    ("max_tokens", 0),
    ("max_tokens", 4096),
    ("max_completion_tokens", 4096),
    ("parallel_tool_calls", False),
    ("parallel_tool_calls", True),
    *(("reasoning_effort", e) for e in ("none", "minimal", "low", "medium", "high", "xhigh")),
    ("response_format", {"type": "text"}),
    ("response_format", {"type": "json_object"}),
    ("response_format", {"type": "json_schema", "json_schema": SCHEMA}),
    ("seed", -1),
    ("seed", 0),
    ("seed", MAX_SEED),
    ("stop", "a"),
    *(("stop", list("abcd"[:count])) for count in (1, 2, 3, 4)),
    ("stream", True),
    ("stream_options", {"include_usage": False}),
    ("reasoning", {"effort": "low"}),
    ("include_reasoning", False),
    ("verbosity", "low"),
    ("structured_outputs", True),
    ("prediction", {"type": "content", "content": "x"}),
    ("top_k", 0),
    ("min_p", 0.1),
    ("search_domain_filter", ["-example.org"]),
    ("search_recency_filter", "week"),
    ("prompt_cache_options", {"mode": "explicit"}),
    ("temperature", 0),
    ("temperature", 2.0),
    ("top_p", 0.0),
    ("top_p", 1),
    ("thinking", {"type": "enabled", "budget_tokens": 1}),
    ("thinking", {"type": "disabled"}),
    ("thinking_budget", 0),
    ("tools", []),
    ("tools", [TOOL]),
    ("tools", [TOOL, {"type": "url_context"}]),
    ("tool_choice", "auto"),
    ("tool_choice", "none"),
    ("tool_choice", {"type": "function", "function": {"name": "add"}}),
    ("user", "u1"),
    ("functions", [{"name": "add", "parameters": {}}]),
    ("function_call", "auto"),
    ("function_call", {"name": "add"}),
    ("safe", "privacy,secrets"),
    ("safe", True),
    ("web_search_options", {"search_context_size": "low"}),
    ("cache_control", {"type": "ephemeral"}),
    ("from_the_future", {"a": [1, None]}),
]


def test_no_documented_field_is_forgotten() -> None:
    """The table below names every option there is, and one that is not there yet."""
    assert {name for name, _ in FIELDS} == {*Options.__annotations__, "from_the_future"}


@pytest.mark.parametrize("api", ["2026-01", "2026-10"])
def test_every_option_arrives(ask_once: Any, sandbox: Any) -> None:
    """Each option is sent as it was said, and nothing beside it."""
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi, in JSON"},
    ]
    for name, value in FIELDS:
        sandbox.reply(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n')
        needed = {"tools": [TOOL]} if name == "tool_choice" else {}
        ask_once.stream(stream(body(messages, {name: value, **needed})))
        added = {"stream": True, "stream_options": {"include_usage": True}}

        assert sandbox.last.body == {**added, **needed, "messages": messages, name: value}
        assert sandbox.last.path == "/v1/chat/completions"


def test_what_was_not_said_does_not_travel() -> None:
    """None means not said, for every option; falsy values are said."""
    said = dict.fromkeys(Options.__annotations__)

    assert chat_options(said) == {}
    assert chat_options({"temperature": 0, "logprobs": False, "tools": []}) == {
        "temperature": 0,
        "logprobs": False,
        "tools": [],
    }


def test_given_options_are_not_changed() -> None:
    """What the caller holds stays as it is."""
    given = {"stop": [], "tools": ["google_search"], "seed": "random", "temperature": None}
    before = json.dumps(given)
    chat_options(given)

    assert json.dumps(given) == before


@pytest.mark.parametrize(
    "empty",
    [{"stop": []}, {"stop": ()}, {"stop": ""}, {"web_search_options": {}}, {"functions": []}],
)
def test_what_is_empty_and_says_nothing_is_left_out(empty: Any) -> None:
    """The gateway refuses it, and frameworks send it."""
    assert chat_options(empty) == {}


@pytest.mark.parametrize("stop", [list("abcde"), [1], 7, [None]])
def test_a_stop_that_cannot_be_is_refused(stop: Any) -> None:
    """More than four strings, or what is no string, is refused before it is sent."""
    with pytest.raises(InvalidInputError, match="stop"):
        chat_options({"stop": stop})


@pytest.mark.parametrize("seed", [-2, MAX_SEED + 1, 1.5, True, "x"])
def test_a_seed_that_no_provider_takes_is_refused(seed: Any) -> None:
    """Seeds are integers from -1 to 2147483647, or drawn."""
    with pytest.raises(InvalidInputError, match="seed"):
        chat_options({"seed": seed})


def test_a_random_seed_is_drawn_anew() -> None:
    """Each call with a random seed is a call of its own for the gateway's cache."""
    seeds = {chat_options({"seed": "random"})["seed"] for _ in range(50)}

    assert len(seeds) == 50
    assert all(0 <= seed <= MAX_SEED for seed in seeds)


@pytest.mark.parametrize("name", sorted(BUILTIN_TOOLS))
def test_built_in_tools_are_known_in_every_form(name: str) -> None:
    """By name, alone or in a list, and as Google and the gateway write them."""
    sent = {"type": name}
    if name == "google_search":
        # The other form silently does nothing in the gateway of January.
        sent = {"type": "function", "function": {"name": name}}

    assert chat_options({"tools": name})["tools"] == [sent]
    for form in (name, {"type": name}, {name: {}}, {name: None}, sent):
        assert chat_options({"tools": [form, TOOL]})["tools"] == [sent, TOOL]
    assert builtin_tool({"type": name, "max_uses": 1}) == {**sent, "max_uses": 1}


@pytest.mark.parametrize(
    "tool",
    [
        "google",
        7,
        None,
        {"google_search": {"exclude": ["x"]}},
        {"name": "add", "parameters": {}},
        {"type": None},
        {"type": "function"},
        {"type": "function", "function": {}},
        {"type": "function", "function": {"name": ""}},
    ],
)
def test_what_is_no_tool_is_refused_by_its_place(tool: Any) -> None:
    """A tool without a name, or of no known kind, is named by its place."""
    with pytest.raises(InvalidInputError, match=r"tools\[1\]"):
        chat_options({"tools": [TOOL, tool]})


@pytest.mark.parametrize(
    ("choice", "spelled"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("any", "required"),
        (True, "required"),
        ("add", {"type": "function", "function": {"name": "add"}}),
        ({"type": "tool", "name": "add"}, {"type": "function", "function": {"name": "add"}}),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
        (
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "function": {"name": "add"}},
        ),
    ],
)
def test_a_tool_choice_takes_the_gateways_form(choice: Any, spelled: Any) -> None:
    """The frameworks' ways to choose a tool are translated."""
    assert chat_options({"tools": [TOOL], "tool_choice": choice})["tool_choice"] == spelled


def test_no_choice_is_not_sent() -> None:
    """False leaves the choice to the model."""
    assert chat_options({"tools": [TOOL], "tool_choice": False}) == {"tools": [TOOL]}


def test_a_choice_that_is_no_tool_is_refused() -> None:
    """A name that no tool of the call bears is refused, and those that exist are named."""
    with pytest.raises(InvalidInputError, match=r"'sub' names no tool .*: add"):
        chat_options({"tools": [TOOL, "google_search"], "tool_choice": "sub"})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_refused(value: float) -> None:
    """NaN and infinities are refused by the option's name."""
    with pytest.raises(InvalidInputError, match="top_p"):
        chat_options({"top_p": value})


def test_two_limits_of_length_are_one_too_many() -> None:
    """Providers disagree on which limit wins, so one is asked for."""
    with pytest.raises(InvalidInputError, match="max_completion_tokens"):
        chat_options({"max_tokens": 1, "max_completion_tokens": 1})

    assert chat_options({"max_tokens": 1, "max_completion_tokens": None}) == {"max_tokens": 1}


@pytest.mark.parametrize("tools", [TOOL, 7, object()])
def test_tools_are_a_list(tools: Any) -> None:
    """What stands alone is refused in words."""
    with pytest.raises(InvalidInputError, match=r"tools is a list .* \[ \]"):
        chat_options({"tools": tools})


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize(
    ("model", "renamed"),
    [("claude", True), ("anthropic/claude-opus-5", True), ("nova-fast", True), ("openai", False)],
)
def test_a_limit_of_tokens_works_everywhere(model: str, renamed: bool, limit: str) -> None:
    """Claude and Nova heed `max_tokens` alone; elsewhere the name is the caller's."""
    sent = chat_options({"model": model, limit: 7})

    assert sent == {"model": model, "max_tokens" if renamed else limit: 7}


@pytest.mark.parametrize("model", ["gemini", "google/gemini-3.7-flash", "gemini-large", "openai"])
@pytest.mark.parametrize(
    "form", [{"type": "json_object"}, {"type": "json_schema", "json_schema": SCHEMA}]
)
def test_tools_may_go_beside_a_json_format(model: str, form: dict[str, Any]) -> None:
    """The gateway keeps both, on every model."""
    sent = chat_options({"model": model, "tools": [TOOL], "response_format": form})

    assert sent["tools"] == [TOOL]
    assert sent["response_format"]["type"] == form["type"]
