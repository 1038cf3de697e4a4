"""Tools are called when a request asks for them, once, with the values of the request."""

import itertools
import json
import random
from pathlib import Path
from typing import Any

from chats import chat, tool
from tables import cases

from pollinations_sandbox.replier.builtin_answer import write
from pollinations_sandbox.replier.reading import read
from pollinations_sandbox.replier.tools import decide

WEATHER = tool("get_weather", "Get the weather in a city.", city="string")
ADD = tool("add", "Add two numbers.", a="number", b="number")
FORM = tool("Report", "The final report.", title="string", answer="string")


def called(body: dict[str, Any], **options: Any) -> list[list[Any]]:
    calls = decide(read(body), [one["function"] for one in body["tools"]], **options)
    return [[name, arguments] for name, arguments in calls.items()]


@cases(__file__, "a_request_calls_the_tools_that_it_asks_for")
def test_a_request_calls_the_tools_that_it_asks_for(
    asked: str, tools: list[Any], calls: list[Any]
) -> None:
    """By a word of the name or two of the description; a question calls what looks things up."""
    assert called(chat(asked, tools=tools)) == calls


@cases(__file__, "the_system_orders_a_tool_by_name")
def test_the_system_orders_a_tool_by_name(system: str, count: int) -> None:
    """In a sentence with always, must, first or every."""
    assert len(called(chat("Tell me a joke", system=system, tools=[WEATHER]))) == count


@cases(__file__, "the_tool_choice_decides")
def test_the_tool_choice_decides(choice: object, names: list[str]) -> None:
    """A named tool is called whatever the request says."""
    body = chat("The weather in Rome", tools=[ADD, WEATHER])
    assert [name for name, _ in called(body, choice=choice)] == names


def test_no_tool_is_called_twice() -> None:
    """Once its result is there, only the form for the final answer is left."""
    body = chat("Weather in Rome, and add 1 and 2", tools=[ADD, WEATHER, FORM])
    first = called(body, choice="required")
    calls = [
        {"id": name, "type": "function", "function": {"name": name, "arguments": "{}"}}
        for name, _ in first
    ]
    results = [{"role": "tool", "tool_call_id": name, "content": "7"} for name, _ in first]
    body["messages"] += [{"role": "assistant", "tool_calls": calls}, *results]

    assert [name for name, _ in first] == ["add", "get_weather"]
    assert called(body) == []
    [(name, arguments)] = called(body, choice="required")
    assert (name, arguments["answer"]) == ("Report", "add returned: 7\nget_weather returned: 7")
    assert called({**body, "tools": [ADD]}, choice="required") == []


def test_one_call_at_a_time_if_calls_may_not_be_parallel() -> None:
    """The others follow when the first has a result."""
    body = chat("Weather in Rome, and add 1 and 2", tools=[ADD, WEATHER])
    assert [name for name, _ in called(body, parallel=False)] == ["add"]


ORDINARY = json.loads((Path(__file__).parent / "tables" / "ordinary.json").read_text())


def test_ordinary_tools_and_questions_get_a_call_or_a_text() -> None:
    """500 combinations, always a call with the tool's required arguments, or a text."""
    assert [len(ORDINARY[name]) for name in ("tools", "questions")] == [20, 25]
    chance = random.Random(7)  # noqa: S311 - the same combinations each time
    choices = ("auto", "auto", "required")
    for question, _ in itertools.product(ORDINARY["questions"], range(20)):
        tools = chance.sample(ORDINARY["tools"], chance.randint(1, 6))
        body = chat(question, tools=tools, tool_choice=chance.choice(choices))
        answer = write(body, model="openai")
        assert bool(answer.tool_calls) != bool(answer.text)
        parameters = {
            one["function"]["name"]: one["function"].get("parameters", {}) for one in tools
        }
        for call in answer.tool_calls:
            required = parameters[call.name].get("required", ())
            assert set(required) <= json.loads(call.arguments).keys()
