"""What is known of a tool."""

from pollinations_sandbox.author.tooling import (
    NAMED,
    Tool,
    agents_of,
    call,
    first_mention,
    interest,
    tools_of,
)

WEATHER = Tool(
    "get_weather",
    "Look up the forecast of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def test_only_functions_are_called() -> None:
    """Tools that the provider runs itself are passed over."""
    body = {"tools": [{"type": "code_execution"}, {"type": "function", "function": {"name": "go"}}]}
    assert [tool.name for tool in tools_of(body)] == ["go"]
    assert tools_of({}) == ()


def test_a_class_is_a_form_and_a_verb_is_not() -> None:
    """Forms are named like things."""
    assert Tool("WeatherReport", "", {}).is_form
    assert not Tool("GetWeather", "", {}).is_form
    assert not WEATHER.is_form


def test_interest_grows_from_words_to_the_very_name() -> None:
    """A foreign text is of no interest."""
    assert interest(WEATHER, "Hello") == 0
    assert 0 < interest(WEATHER, "Is the weather fine?") < NAMED
    assert interest(WEATHER, "Use get_weather!") == NAMED


def test_a_mention_begins_at_the_left_operand() -> None:
    """The number before a sign is part of it."""
    multiply = Tool("multiply", "", {})
    assert first_mention(multiply, "so 3 * 4") == 3
    assert first_mention(multiply, "nothing") == -1


def test_digits_in_the_name_are_no_arguments() -> None:
    """The name of the tool is not part of what it is told."""
    tool = Tool(
        "go_4", "", {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    )
    assert call(tool, "call go_4 with 7", {}).arguments == {"n": 7}


def test_agents_stand_in_the_description() -> None:
    """A description without a list has none."""
    fields = {"type": "object", "properties": {"to_agent": {"type": "string"}}}
    assert agents_of(Tool("handoff", "agents:\n{'A': 'does a'}\n", fields)) == {"A": "does a"}
    assert agents_of(Tool("handoff", "agents: none", fields)) == {}
    assert agents_of(WEATHER) == {}


def test_available_is_a_word_for_availability() -> None:
    """A tool is found by the adjective of its name."""
    tool = Tool("availability", "Tell whether a tool can be had.", {})

    assert interest(tool, "Is the wood chipper available?")
