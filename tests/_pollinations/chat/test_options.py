"""What a caller may ask of a completion."""

from typing import Any

import pytest

from _pollinations.chat.options import (
    MAX_SEED,
    Options,
    builtin_tool,
    chat_options,
    tool_choice,
)
from _pollinations.chat.providers import BUILTIN_TOOLS
from _pollinations.http.errors import InvalidInputError

TOOL = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object", "properties": {}}},
}
ADD = {"type": "function", "function": {"name": "add"}}
ZEROS = {"temperature": 0, "logprobs": False, "max_tokens": 0, "tools": []}
OTHERS = {"stop": list("abcd"), "safe": True, "from_the_future": {"a": [1, None]}}


@pytest.mark.parametrize("seed", [-1, 0, MAX_SEED])
def test_what_is_set_is_sent_as_it_is(seed: int) -> None:
    """None means not set, for every option; other falsy values are set."""
    options = {**ZEROS, **OTHERS, "seed": seed}

    assert chat_options({**dict.fromkeys(Options.__annotations__), **options}) == options


@pytest.mark.parametrize(
    "empty",
    [{"stop": []}, {"stop": ()}, {"stop": ""}, {"web_search_options": {}}, {"functions": []}],
)
def test_empty_options_are_left_out(empty: Any) -> None:
    """The gateway refuses it, and frameworks send it."""
    assert chat_options(empty) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("stop", value) for value in (list("abcde"), [1], 7, [None])),
        *(("seed", value) for value in (-2, MAX_SEED + 1, 1.5, True, "x")),
        *(("top_p", value) for value in (float("nan"), float("inf"))),
        *(("tools", value) for value in (TOOL, 7, object())),
    ],
)
def test_a_value_that_no_provider_takes_is_refused(name: str, value: object) -> None:
    """By the option's name: five stops, odd seeds, numbers that JSON lacks, a tool alone."""
    with pytest.raises(InvalidInputError, match=name):
        chat_options({name: value})


def test_a_random_seed_is_drawn_anew() -> None:
    """Each call is one of its own for the gateway's cache; the caller's options stay."""
    options = {"seed": "random", "stop": [], "top_p": None}
    seeds = {chat_options(options)["seed"] for _ in range(50)}

    assert options == {"seed": "random", "stop": [], "top_p": None}
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
        *("google", 7, None, {"google_search": {"exclude": ["x"]}}, {"type": None}),
        *({"name": "add", "parameters": {}}, {"type": "function"}),
        *({"type": "function", "function": function} for function in ({}, {"name": ""})),
    ],
)
def test_what_is_no_tool_is_refused_by_its_place(tool: Any) -> None:
    """A tool without a name, or of no known kind, is named by its place."""
    with pytest.raises(InvalidInputError, match=r"tools\[1\]"):
        chat_options({"tools": [TOOL, tool]})


@pytest.mark.parametrize(
    ("choice", "spelled"),
    [
        *((name, name) for name in ("auto", "none", "required")),
        *((any_tool, "required") for any_tool in ("any", True, {"type": "any"})),
        *((one, ADD) for one in ("add", {"type": "tool", "name": "add"}, ADD)),
        (False, None),
    ],
)
def test_a_tool_choice_takes_the_gateways_form(choice: Any, spelled: Any) -> None:
    """The frameworks' ways to choose a tool are translated; False leaves it to the model."""
    sent = chat_options({"tools": [TOOL], "tool_choice": choice})

    assert sent == {"tools": [TOOL]} | ({"tool_choice": spelled} if spelled else {})


@pytest.mark.parametrize("choice", [{"name": None}, {"type": ["tool"]}, {"name": {"a": 1}}])
def test_an_object_without_a_name_is_sent_as_it_is(choice: Any) -> None:
    """What it means is for the gateway to say; nothing raises for its shape."""
    assert tool_choice(choice, [TOOL]) == choice


def test_an_object_may_name_a_tool_that_is_called_like_a_choice() -> None:
    """`none` is the tool of that name, where an object names it."""
    tool = {"type": "function", "function": {"name": "none"}}

    assert tool_choice({"type": "tool", "name": "none"}, [tool]) == tool


def test_a_choice_that_is_no_tool_is_refused() -> None:
    """A name that no tool of the call bears is refused, and those that exist are named."""
    with pytest.raises(InvalidInputError, match=r"'sub' names no tool .*: add"):
        chat_options({"tools": [TOOL, "google_search"], "tool_choice": "sub"})


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize(
    ("model", "renamed"),
    [("claude", True), ("anthropic/claude-opus-5", True), ("nova-fast", True), ("openai", False)],
)
def test_a_limit_of_tokens_works_everywhere(model: str, renamed: bool, limit: str) -> None:
    """Claude and Nova heed `max_tokens` alone; elsewhere the name is the caller's, one of them."""
    sent = chat_options({"model": model, limit: 7})

    assert sent == {"model": model, "max_tokens" if renamed else limit: 7}
    with pytest.raises(InvalidInputError, match="max_completion_tokens"):
        chat_options({"model": model, "max_tokens": 1, "max_completion_tokens": 1})
