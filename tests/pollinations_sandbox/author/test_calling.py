"""When tools are called, and when they are not."""

from typing import Any

from pollinations_sandbox.author.calling import decide, written
from pollinations_sandbox.author.reading import Made, Reading
from pollinations_sandbox.author.tooling import Call, Tool

NUMBER, TEXT = {"type": "integer"}, {"type": "string"}


def tool(name: str, description: str = "", **fields: Any) -> Tool:
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    return Tool(name, description, schema)


ADD = tool("add", "Add two numbers.", a=NUMBER, b=NUMBER)
MULTIPLY = tool("multiply", "Multiply two numbers.", a=NUMBER, b=NUMBER)
WEATHER = tool("get_weather", "Get the weather of a city.", city=TEXT)
REPORT = tool("Report", "A weather report.", city=TEXT, degrees=NUMBER)
HANDOFF = tool(
    "handoff",
    "Hand over.\nCurrently available agents:\n{'Writer': 'Writes reports', 'Critic': 'Reviews'}",
    to_agent=TEXT,
    reason=TEXT,
)


def calls(asked: str, *tools: Tool, made: tuple[Made, ...] = (), **options: Any) -> list[Any]:
    decided = decide(Reading("", (), asked, made=made), tools, **options)
    return [(call.name, dict(call.arguments)) for call in decided]


def test_a_greeting_calls_nothing() -> None:
    """A tool has to be spoken of."""
    assert calls("Hello!", ADD, WEATHER) == []


def test_a_tool_is_called_when_its_words_are_spoken() -> None:
    """A word of the name is enough."""
    asked = "What is the weather in San Francisco, CA?"
    assert calls(asked, ADD, WEATHER) == [("get_weather", {"city": "San Francisco, CA"})]


def test_tool_choice_none_calls_nothing() -> None:
    """Whatever is asked."""
    assert calls("add 2 and 3", ADD, choice="none") == []


def test_tool_choice_required_always_calls() -> None:
    """Even for a greeting."""
    assert [name for name, _ in calls("Hello!", ADD, WEATHER, choice="required")] == ["add"]


def test_a_named_tool_is_called_once() -> None:
    """And not again when its result is there."""
    choice = {"type": "function", "function": {"name": "get_weather"}}
    assert calls("add 2 and 3", ADD, WEATHER, choice=choice)[0][0] == "get_weather"
    made = (Made("get_weather", {"city": "x"}, "sunny"),)
    assert calls("add 2 and 3", ADD, WEATHER, choice=choice, made=made) == []


def test_the_same_call_is_never_made_twice() -> None:
    """A call that was answered is done."""
    assert calls("add 2 and 3", ADD, made=(Made("add", {"a": 2, "b": 3}, "5"),)) == []
    assert calls("Hello", ADD, choice="required", made=(Made("add", {"a": 1, "b": 1}, "2"),)) == []


def test_a_form_is_filled_after_the_work() -> None:
    """A tool that only takes the answer gets the results of the others."""
    asked = "What is the weather in Paris?"
    first = calls(asked, REPORT, WEATHER, choice="required")
    assert first == [("get_weather", {"city": "Paris"})]
    made = (Made("get_weather", {"city": "Paris"}, "22 degrees in Paris"),)
    last = calls(asked, REPORT, WEATHER, choice="required", made=made)
    assert last == [("Report", {"city": "Paris", "degrees": 22})]


def test_the_end_of_the_iterations_ends_the_calls() -> None:
    """An agent that must stop says so in a system message."""
    reading = Reading("Do not attempt to use any more tools.", (), "add 2 and 3")
    assert decide(reading, [ADD]) == ()


def test_a_request_is_handed_to_the_agent_it_names() -> None:
    """Agents are listed in the description of the hand-off tool."""
    [(name, arguments)] = calls("Let the writer begin, then the critic.", HANDOFF)
    assert (name, arguments["to_agent"]) == ("handoff", "Writer")


def test_a_request_is_handed_onwards_only() -> None:
    """After the writer comes the critic, and after the critic nobody."""
    asked = "Let the writer begin, then the critic."
    writer = Made("handoff", {"to_agent": "Writer"}, "ok")
    critic = Made("handoff", {"to_agent": "Critic"}, "ok")
    assert calls(asked, HANDOFF, made=(writer,))[0][1]["to_agent"] == "Critic"
    assert calls(asked, HANDOFF, made=(writer, critic)) == []


def test_arguments_are_written_as_json() -> None:
    """Letters of every script stay as they are."""
    assert written(Call("x", {"name": "\u4f60\u597d"})) == '{"name": "\u4f60\u597d"}'
