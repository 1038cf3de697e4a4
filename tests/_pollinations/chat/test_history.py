"""Histories that providers refuse are mended: arguments, ids, results."""

import copy
from typing import Any

import pytest
from pydantic import BaseModel

from _pollinations.chat.history import MALFORMED, NOT_ANSWERED, NOT_RUN, object_text
from _pollinations.chat.messages import Policy, prepare

Json = dict[str, Any]
HI: Json = {"role": "user", "content": "Hi"}


class SdkFunction(BaseModel):
    name: str = "add"
    arguments: Json = {"a": 1}


class SdkCall(BaseModel):
    """As Ollama's and Mistral's packages keep it."""

    id: str | None = "c"
    function: SdkFunction = SdkFunction()


def call(identifier: str | None = "c", name: str = "add", arguments: object = "{}") -> Json:
    function = {"name": name, "arguments": arguments}
    return {"id": identifier, "type": "function", "function": function}


def calling(*calls: Any, **more: Any) -> Json:
    return {"role": "assistant", "tool_calls": list(calls), **more}


def result(identifier: str | None, content: Any, **more: Any) -> Json:
    return {"role": "tool", "tool_call_id": identifier, "content": content, **more}


def sent(*messages: Json) -> list[Json]:
    before = copy.deepcopy(messages)
    prepared = prepare(messages, model="openai", policy=Policy())  # type: ignore[arg-type] # anything
    assert messages == before, "the caller's messages must not be changed"
    return prepared


def shown(messages: list[Json]) -> list[tuple[str, Any]]:
    """Roles, and what a reader sees of each message."""
    return [
        (message["role"], message.get("content") or [c["id"] for c in message["tool_calls"]])
        for message in messages
    ]


LONG = '{"a": 1.0, "b": 12345678901234567890123}'


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        *((nothing, "{}") for nothing in ("", " \n", "null", None, [], {})),
        *(({"a": 1}, '{"a":1}'), ('{"a": 1}', '{"a": 1}'), (LONG, LONG)),
        *(('{"a": "two\nlines"}', '{"a":"two\\nlines"}'), ('{"a": NaN}', '{"a":"NaN"}')),
    ],
)
def test_arguments_are_the_text_of_an_object(arguments: object, text: str) -> None:
    """Gemini, Claude and Nova answer 500 for ever to any other text."""
    assert object_text(arguments) == (text, True)


@pytest.mark.parametrize("arguments", ['{"a":1,', "[1]", "3", '"a"', "{'a': 1}", "add(1)", [1], 7])
def test_malformed_arguments_travel_as_they_were_written(arguments: object) -> None:
    """The model sees its own text, and that the call was not run."""
    turn, result, _ = sent(calling(call(arguments=arguments)), HI)
    text, valid = object_text(arguments)

    assert not valid
    assert text.startswith(f'{{"{MALFORMED}":')
    assert (turn["tool_calls"], result["content"]) == ([call(arguments=text)], NOT_RUN)


ADD = {"name": "add", "input": {"a": 1}}


@pytest.mark.parametrize(
    "spelled",
    [
        {"id": "c", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}},
        {"id": "c", "name": "add", "args": {"a": 1}, "type": "tool_call"},
        {"id": "c", "name": "add", "args": '{"a":1}', "type": "invalid_tool_call", "error": None},
        {"type": "tool_use", "id": "c", **ADD},
        {"type": "function_call", "id": "fc", "call_id": "c", "name": "add", "arguments": {"a": 1}},
        *({"toolUseId": "c", **ADD}, {"toolUse": {"toolUseId": "c", **ADD}}),
        {"functionCall": {"id": "c", "name": "add", "args": {"a": 1}}},
        {"tool_call_id": "c", "tool_name": "add", "tool_kwargs": {"a": 1}},
        SdkCall(),
    ],
)
def test_calls_of_every_provider_are_read(spelled: Any) -> None:
    """OpenAI's two APIs, LangChain, Anthropic, Bedrock, Google, LlamaIndex, and SDK objects."""
    (turn, _) = sent(calling(spelled))

    assert turn["tool_calls"] == [call(arguments='{"a":1}')]


@pytest.mark.parametrize("spelled", [None, 7, "add", {}, {"name": ""}, {"function": {"name": 3}}])
def test_a_call_without_a_name_is_left_out(spelled: Any) -> None:
    """No provider could run it."""
    assert sent(calling(spelled, content="Hm"), HI) == [{"role": "assistant", "content": "Hm"}, HI]


def test_other_keys_of_a_call_stay() -> None:
    """Gemini refuses a call that lost its signature; a stream's index means nothing here."""
    extra = {**call(), "extra_content": {"s": 1}}
    extra["function"]["thought_signature"] = "t"
    (turn, _) = sent(calling({**extra, "index": 0}))

    assert turn["tool_calls"] == [extra]


AB, A, B = calling(call("a"), call("b")), calling(call("a")), calling(call("b"))
C, CC, LONG_ID = calling(call()), calling(call(), call()), "x|" * 22
NAMELESS = calling(call(None, "a"), call(None, "b"))
HISTORIES: dict[str, tuple[list[Json], list[tuple[str, Any]]]] = {
    "a call that nobody answered": (
        [AB, result("b", "2"), HI],
        [("assistant", ["a", "b"]), ("tool", NOT_ANSWERED), ("tool", "2"), ("user", "Hi")],
    ),
    "a turn between a call and its result": (
        [C, HI, result("c", "3")],
        [("assistant", ["c"]), ("tool", "3"), ("user", "Hi")],
    ),
    "two branches of a graph, of which each called a tool": (
        [A, B, result("a", "1"), result("b", "2")],
        [("assistant", ["a"]), ("tool", "1"), ("assistant", ["b"]), ("tool", "2")],
    ),
    "a result whose call was trimmed or summarised away": (
        [HI, result("c", "3", name="add"), result("d", [{"a": 1}])],
        [
            *(("user", "Hi"), ("user", "Result of the tool add:\n3")),
            ("user", 'Result of a tool:\n{"a":1}'),
        ],
    ),
    "a tool that ran twice": (
        [C, result("c", "3"), result("c", "4")],
        [("assistant", ["c"]), ("tool", "3"), ("user", "Result of a tool:\n4")],
    ),
    # Claude takes an id once.
    "one id for two calls in a turn": (
        [CC, result("c", "1"), result("c", "2")],
        [("assistant", ["c", "c_2"]), ("tool", "1"), ("tool", "2")],
    ),
    "and in two turns, of which one was not answered": (
        [C, C, result("c", "2")],
        [("assistant", ["c"]), ("tool", NOT_ANSWERED), ("assistant", ["c_2"]), ("tool", "2")],
    ),
    "no ids: names decide": (
        [NAMELESS, result("b", "2"), result(None, "1", name="a")],
        [("assistant", ["call_0", "call_0_2"]), ("tool", "1"), ("tool", "2")],
    ),
    "then the place": ([C, result("", "3")], [("assistant", ["c"]), ("tool", "3")]),
    "ids of more characters than OpenAI takes, and of others": (
        [calling(call(LONG_ID), call(LONG_ID + "y")), result(LONG_ID + "y", "3")],
        [("assistant", ["x_" * 20, "x_" * 19 + "_2"]), ("tool", NOT_ANSWERED), ("tool", "3")],
    ),
}


@pytest.mark.parametrize(("history", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_each_call_has_one_result(history: list[Json], expected: list[tuple[str, Any]]) -> None:
    """Directly behind it and with its id, whatever a framework kept."""
    messages = sent(*history)

    assert shown(messages) == expected
    assert all(message["name"] for message in messages if message["role"] == "tool")


def test_a_deprecated_call_is_a_tool_call() -> None:
    """It has no id; its result has a role of its own, and the function's name."""
    old = {"name": "add", "arguments": ""}
    answer = {"role": "function", "name": "add", "content": "3"}
    messages = sent({"role": "assistant", "function_call": old}, answer)

    assert shown(messages) == [("assistant", ["call_0"]), ("tool", "3")]
    assert sent(calling(call(), function_call=old), answer)[0] == calling(call())
