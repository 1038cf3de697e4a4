"""Requests that need several calls."""

from typing import Any

from pollinations_sandbox.author.planning import fresh, plan, separate
from pollinations_sandbox.author.reading import Made, Reading
from pollinations_sandbox.author.tooling import Call, Tool

NUMBER, TEXT = {"type": "integer"}, {"type": "string"}


def tool(name: str, **fields: Any) -> Tool:
    return Tool(name, "", {"type": "object", "properties": fields, "required": list(fields)})


ADD, MULTIPLY = tool("add", a=NUMBER, b=NUMBER), tool("multiply", a=NUMBER, b=NUMBER)
WEATHER = tool("get_weather", city=TEXT)
MAIL = tool("send_email", to=TEXT, body=TEXT)
TOOLS = [ADD, MULTIPLY, WEATHER, MAIL]


def planned(asked: str, *made: Made) -> list[Any]:
    calls = plan(Reading("", (), asked, made=made), TOOLS, {})
    return [(call.name, dict(call.arguments)) for call in calls]


def test_independent_questions_are_called_in_parallel() -> None:
    """Each sentence has its own numbers."""
    assert planned("What is 3 * 12? Also, what is 11 + 49?") == [
        ("multiply", {"a": 3, "b": 12}),
        ("add", {"a": 11, "b": 49}),
    ]


def test_two_questions_in_one_sentence_are_cut_apart() -> None:
    """The number before the sign belongs to the sign."""
    assert planned("What is 3 * 12 and what is 11 + 49?") == [
        ("multiply", {"a": 3, "b": 12}),
        ("add", {"a": 11, "b": 49}),
    ]


def test_a_step_without_its_number_waits_for_the_result() -> None:
    """`then multiply by 4` needs what was added."""
    asked = "add 2 and 3 then multiply by 4"
    added, multiplied = Made("add", {"a": 2, "b": 3}, "5"), Made("multiply", {"a": 5, "b": 4}, "20")
    assert planned(asked) == [("add", {"a": 2, "b": 3})]
    assert planned(asked, added) == [("multiply", {"a": 5, "b": 4})]
    assert planned(asked, added, multiplied) == []


def test_a_sum_is_worked_out_from_the_inside() -> None:
    """Brackets come first."""
    asked = "What is 20+(2*4)? Calculate step by step"
    assert planned(asked) == [("multiply", {"a": 2, "b": 4})]
    made = Made("multiply", {"a": 2, "b": 4}, "8")
    assert planned(asked, made) == [("add", {"a": 20, "b": 8})]


def test_one_tool_is_called_for_each_place() -> None:
    """A tool that takes one place is called twice for two."""
    assert planned("What is the weather in Paris and in London?") == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "London"}),
    ]


def test_a_step_that_points_back_gets_the_result() -> None:
    """`email it` sends what came before."""
    asked = "Get the weather in Rome, then email it to bob@example.com"
    assert planned(asked) == [("get_weather", {"city": "Rome"})]
    made = Made("get_weather", {"city": "Rome"}, "sunny")
    assert planned(asked, made) == [("send_email", {"to": "bob@example.com", "body": "sunny"})]


def test_the_findings_of_another_agent_are_used() -> None:
    """Its tools are unknown here, its results are not."""
    made = Made("search", {"query": "bees"}, "Bees fly.")
    assert planned("Write an email to bob@example.com", made) == [
        ("send_email", {"to": "bob@example.com", "body": "Bees fly."})
    ]


def test_words_before_the_order_fill_its_arguments() -> None:
    """The place may be named in a sentence of its own."""
    assert planned("I am in Oslo. What is the weather?") == [("get_weather", {"city": "Oslo"})]


def test_known_calls_are_not_fresh() -> None:
    """Nor are doubles."""
    call = Call("add", {"a": 1})
    assert fresh([call, call], []) == [call]
    assert fresh([call], [Made("add", {"a": 1})]) == []


def test_a_tool_is_called_for_every_clause_that_speaks_of_it() -> None:
    """A forced tool still gets one call per clause."""
    assert len(separate(ADD, "add 1 and 2. add 3 and 4.", {})) == 2
    assert len(separate(ADD, "hello", {})) == 1
