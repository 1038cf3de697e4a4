"""Names of tools on the wire and back."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from _pollinations.chat.completions import body, complete
from _pollinations.chat.names import sanitised, wire_name
from _pollinations.chat.options import builtin_tool
from _pollinations.chat.providers import BUILTIN_TOOLS, NAME, family_of

GEMINI_NAME = family_of("gemini").tool_name
REFUSED = [
    *("bee.facts", "put values", "Page[int]", "Straße", "天気", "Weather: Report", "a/b", ""),
    *("x" * 65, "x" * 100, "\ud83d", "bee_facts"),
]


@example(REFUSED)
@given(st.lists(st.text(max_size=80) | st.sampled_from(REFUSED), unique=True))
def test_two_names_stay_two(names: list[str]) -> None:
    """Each becomes one that providers take, the same each time; no two of a call meet."""
    new: list[str] = []
    for name in names:
        new.append(wire_name(name, NAME, new))

    assert len(set(new)) == len(names)
    assert all(NAME.fullmatch(name) for name in new)
    assert [wire_name(name, NAME, new[:place]) for place, name in enumerate(names)] == new
    assert all(wire_name(name, NAME) == name for name in names if NAME.fullmatch(name))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        *(("Ada", "Ada"), ("_private_", "_private_"), ("a-b_1", "a-b_1"), ("x" * 70, "x" * 64)),
        *(("Ada Lovelace", "Ada_Lovelace"), ("Zoë & Co.", "Zo_Co")),
        *(("日本", None), ("", None), (None, None)),
    ],
)
def test_a_name_loses_what_providers_refuse(name: str | None, clean: str | None) -> None:
    """A good name stays; one of which nothing is left goes."""
    assert sanitised(name) == clean


@pytest.mark.parametrize("name", ["7days", "-x", "1"])
def test_gemini_wants_a_letter_first(name: str) -> None:
    """Elsewhere such a name travels as it is."""
    assert wire_name(name, NAME) == name
    assert re.fullmatch(r"_[\w-]+", wire_name(name, GEMINI_NAME))


@pytest.mark.parametrize("name", sorted(BUILTIN_TOOLS))
@pytest.mark.parametrize("model", ["gemini", "openai"])
def test_a_tool_of_the_callers_is_no_built_in_tool(name: str, model: str) -> None:
    """On Gemini, the gateway takes a function of that name for the provider's own."""
    named = body(HI, {"model": model, "tools": [tool(name), name], "tool_choice": name})
    sent = json.loads(complete(named).request.body or b"")
    own, builtin = sent["tools"]

    assert own["function"]["name"] == (f"_{name}" if model == "gemini" else name)
    assert sent["tool_choice"]["function"]["name"] == own["function"]["name"]
    assert builtin == builtin_tool(name)


def call(name: str, number: int = 1) -> dict[str, Any]:
    function = {"name": name, "arguments": "{}"}
    return {"id": f"c{number}", "type": "function", "function": function}


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


MESSAGES = [
    {"role": "user", "content": "Hi", "name": "Ada L."},
    {"role": "assistant", "tool_calls": [call("a.b"), call("gone.tool", 2)]},
    {"role": "tool", "tool_call_id": "c1", "content": "1"},
    {"role": "tool", "tool_call_id": "c2", "content": "2", "name": "gone.tool"},
]
CHOICE = {"type": "function", "function": {"name": "a.b"}}
OPTIONS = {"tools": [tool("a.b"), tool("a_b"), tool("ok")], "tool_choice": CHOICE}


def test_a_call_uses_one_name_for_a_tool_everywhere() -> None:
    """Tools, choice, past calls and their results agree."""
    named = body(MESSAGES, OPTIONS)
    before = json.dumps(named)
    sent = json.loads(complete(named).request.body or b"")

    first, second, third = (one["function"]["name"] for one in sent["tools"])
    assert (first, third) == ("a_b", "ok")
    assert NAME.fullmatch(second)
    assert first != second
    assert sent["tool_choice"]["function"]["name"] == first
    user, assistant, one, two = sent["messages"]
    assert user["name"] == "Ada_L"
    assert [c["function"]["name"] for c in assistant["tool_calls"]] == [first, "gone_tool"]
    assert (one["name"], two["name"]) == (first, "gone_tool")
    assert json.dumps(named) == before, "a body keeps the names of the caller"


@pytest.mark.parametrize("extra", [{"tools": "x"}, {"messages": 3}, {"tools": [1, None]}])
def test_what_goes_unchecked_stays_unchecked(extra: dict[str, Any]) -> None:
    """`extra_body` may put anything into a body."""
    sent = json.loads(complete({**body(MESSAGES, OPTIONS), **extra}).request.body or b"")

    assert {name: sent[name] for name in extra} == extra


HI = [{"role": "user", "content": "Hi"}]
