"""Tools are called when a request asks for them, once, with the values of the request."""

import itertools
import json
import random
from typing import Any

import pytest
from chats import chat, tool

from pollinations_sandbox.replier import write
from pollinations_sandbox.replier.reading import read
from pollinations_sandbox.replier.tools import decide, tools_of

WEATHER = tool("get_weather", "Get the weather in a city.", city="string")
ADD = tool("add", "Add two numbers.", a="number", b="number")
MULTIPLY = tool("multiply", "Multiply two numbers.", a="number", b="number")
RETRIEVE = tool("retrieve", "Find passages.", query="string")
SEARCH = tool("search_docs", "", q="string")
ENGINE = tool(
    "query_engine_tool",
    "Useful for running a natural language query\nagainst a knowledge base.",
    input={"title": "input query str", "type": "string"},
)
FORM = tool("Report", "The final report.", title="string", answer="string")


def called(body: dict[str, Any], **options: Any) -> list[tuple[str, dict[str, Any]]]:
    calls = decide(read(body), tools_of(body), **options)
    return [(call.name, dict(call.arguments)) for call in calls]


@pytest.mark.parametrize(
    ("asked", "tools", "calls"),
    [
        ("What is the weather in Paris?", [WEATHER, ADD], [("get_weather", {"city": "Paris"})]),
        (
            "Will it be weather to swim?",
            [WEATHER],
            [("get_weather", {"city": "Will it be weather to swim?"})],
        ),
        ("Use add: 40 and 2", [MULTIPLY, ADD], [("add", {"a": 40, "b": 2})]),
        ("What is 1234 * 4567?", [ADD, MULTIPLY], [("multiply", {"a": 1234, "b": 4567})]),
        (
            "Add 3 and 4 and multiply 5 by 6",
            [ADD, MULTIPLY],
            [("add", {"a": 3, "b": 4}), ("multiply", {"a": 5, "b": 6})],
        ),
        (
            "How much is the deposit?",
            [RETRIEVE, ADD],
            [("retrieve", {"query": "How much is the deposit?"})],
        ),
        ("Who wrote this?", [SEARCH], [("search_docs", {"q": "Who wrote this?"})]),
        ("How do I join?", [ENGINE, WEATHER], [("query_engine_tool", {"input": "How do I join?"})]),
        ("What is the capital of France?", [WEATHER, ADD, FORM], []),
        ("Hello there!", [RETRIEVE, WEATHER], []),
    ],
)
def test_a_request_calls_the_tools_that_it_asks_for(
    asked: str, tools: list[Any], calls: list[Any]
) -> None:
    """By a word of the name or two of the description; a question calls what looks things up."""
    assert called(chat(asked, tools=tools)) == calls


@pytest.mark.parametrize(
    ("system", "count"),
    [
        ("Always call get_weather before you answer.", 1),
        ("First use the get weather tool. Then be brief.", 1),
        ("You can use get_weather.", 0),
        ("Always be brief.", 0),
    ],
)
def test_the_system_orders_a_tool_by_name(system: str, count: int) -> None:
    """In a sentence with always, must, first or every."""
    assert len(called(chat("Tell me a joke", system=system, tools=[WEATHER]))) == count


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("auto", ["get_weather"]),
        ("none", []),
        ("required", ["get_weather"]),
        ({"type": "function", "function": {"name": "add"}}, ["add"]),
    ],
)
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
    [(name, arguments)] = called(body, choice="required", answer="add returned: 7")
    assert (name, arguments["answer"]) == ("Report", "add returned: 7")
    assert called({**body, "tools": [ADD]}, choice="required") == []


def test_one_call_at_a_time_if_calls_may_not_be_parallel() -> None:
    """The others follow when the first has a result."""
    body = chat("Weather in Rome, and add 1 and 2", tools=[ADD, WEATHER])
    assert [name for name, _ in called(body, parallel=False)] == ["add"]


ORDINARY = [
    *(WEATHER, ADD, MULTIPLY, RETRIEVE, SEARCH, ENGINE, FORM),
    tool("send_email", "Send an email.", to={"type": "string", "format": "email"}, body="string"),
    tool(
        "book_flight",
        "Book a flight.",
        origin="string",
        to="string",
        day={"type": "string", "format": "date"},
    ),
    tool(
        "convert_currency",
        "",
        amount="number",
        source={"enum": ["EUR", "USD"]},
        target={"enum": ["EUR", "USD"]},
    ),
    tool(
        "get_current_time",
        "Tell the time in a time zone.",
        zone={"type": "string", "default": "UTC"},
    ),
    tool("calculator", "Evaluate an expression.", expression="string"),
    tool("python_repl", "Run Python code.", code="string"),
    tool("sql_query", "Query the database.", sql="string", limit={"type": ["integer", "null"]}),
    tool("average", "", values={"type": "array", "items": {"type": "number"}, "minItems": 1}),
    tool(
        "create_event",
        "",
        title="string",
        guests={"type": "array", "items": {"type": "string"}},
        start={"type": "string", "format": "date-time"},
    ),
    tool(
        "set_thermostat", "", degrees={"type": "number", "minimum": 5, "maximum": 30}, eco="boolean"
    ),
    tool(
        "order_pizza",
        "",
        size={"enum": ["small", "large"]},
        code={"type": "string", "pattern": "^[A-Z]{3}\\d$"},
    ),
    tool(
        "wikipedia",
        "Look up an article.",
        title="string",
        options={"type": "object", "properties": {}},
    ),
    {"type": "function", "function": {"name": "ping"}},
]
QUESTIONS = [
    *("Hello!", "What is the weather in Paris?", "Add 2 and 3", "What is 12 * 7?", "Who are you?"),
    *("What is the capital of France?", "Book a flight from Rome to Oslo on 2026-05-01", "¿Qué?"),
    *("Email ada@example.org that I am late", "How many EUR are 10 USD?", "Tell me a joke", "?"),
    *("What time is it in Tokyo?", "Average of 3, 4 and 5.5", "Set the thermostat to 21", "42"),
    *("Order a large pizza", "Search for 'bees' and summarize", "Was Ada Lovelace a programmer?"),
    *("Translate 'good morning' into French", "ping", "Create an event with Bob, tomorrow", " "),
    *("Write a haiku about rain\n\nin two lines", "Query the database for all users"),
]


def test_ordinary_tools_and_questions_get_a_call_or_a_text() -> None:
    """500 combinations, always a call with the tool's required arguments, or a text."""
    assert (len(ORDINARY), len(QUESTIONS)) == (20, 25)
    chance = random.Random(7)  # noqa: S311 - the same combinations each time
    choices = ("auto", "auto", "required")
    for question, _ in itertools.product(QUESTIONS, range(20)):
        tools = chance.sample(ORDINARY, chance.randint(1, 6))
        body = chat(question, tools=tools, tool_choice=chance.choice(choices))
        answer = write(body, model="openai")
        assert bool(answer.tool_calls) != bool(answer.text)
        parameters = {
            one["function"]["name"]: one["function"].get("parameters", {}) for one in tools
        }
        for call in answer.tool_calls:
            required = parameters[call.name].get("required", ())
            assert set(required) <= json.loads(call.arguments).keys()
