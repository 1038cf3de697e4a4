"""Agents that speak in plain text."""

import pytest

from pollinations_sandbox.author.acting import act
from pollinations_sandbox.author.reading import Reading, Said

REACT = """You have access to the following tools:
> Tool Name: add
Tool Description: add(a: int, b: int) -> int
Add two numbers.
Tool Args: {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}

> Tool Name: multiply
Tool Description: Multiply two numbers.
Tool Args: {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}

Thought: I need to use a tool.
Action: tool name (one of add, multiply)
Action Input: the input
"""  # noqa: E501 - as long as the framework's own line
CODE = '''Python code wrapped in <execute>...</execute> tags.
def calculate_area(radius):
    return radius

In addition to the Python Standard Library and any functions you have already written, you can use the following functions:
def add(a: int, b: int) -> int:
  """
Add two numbers.
  """

  ...

def multiply(a: int, b: int, shown: bool = True) -> int:
  ...

Variables defined at the top level of previous code snippets can be also be referenced in your code.
'''  # noqa: E501 - as long as the framework's own line
ONE_PROMPT = """Answer the following questions. You have access to the following tools:

search(query: str) -> str - Searches the web.

Use the following format:

Question: the input question
Thought: think
Action: the action to take, should be one of [search]
Action Input: the input to the action
Observation: the result

Begin!

Question: Search for bees
Thought:{scratchpad}"""


def acted(system: str, *conversation: str) -> str:
    roles = ("user", "assistant")
    said = [Said(roles[at % 2], text) for at, text in enumerate(conversation)]
    reading = Reading(system, tuple(said[:-1]), said[-1].text)
    line = act(reading, lambda inner: f"say {inner.asked} {[one.result for one in inner.made]}")
    assert line is not None
    return line


def test_react_acts_step_by_step() -> None:
    """One action a time, with the observation of the last."""
    asked = "add 2 and 3 then multiply by 4"
    first = acted(REACT, asked)
    assert first.endswith('Action: add\nAction Input: {"a": 2, "b": 3}')
    second = acted(REACT, asked, first.replace('"', "'"), "Observation: 5")
    assert second.endswith('Action: multiply\nAction Input: {"a": 5, "b": 4}')
    last = acted(REACT, asked, first, "Observation: 5", second, "Observation: 20")
    assert last.startswith("Thought: ")
    assert last.endswith(f"\nAnswer: say {asked} ['5', '20']")


def test_react_answers_what_needs_no_tool() -> None:
    """In the form that the protocol wants."""
    assert acted(REACT, "Hello").startswith("Thought: I can answer without")


def test_an_old_question_is_not_answered_again() -> None:
    """Only the last one counts."""
    assert "add" not in acted(REACT, "add 2 and 3", "Thought: done\nAnswer: 5", "Hello")


def test_the_single_prompt_of_react_is_continued() -> None:
    """With a plain text as input, and a final answer."""
    first = acted("", ONE_PROMPT.replace("{scratchpad}", ""))
    assert first == " I should use a tool.\nAction: search\nAction Input: bees"
    rest = f"{first}\nObservation: Bees fly.\nThought:"
    last = acted("", ONE_PROMPT.replace("{scratchpad}", rest))
    assert last.startswith(" I now know the final answer\nFinal Answer: say Search for bees")
    assert "Bees fly." in last


def test_code_makes_every_call_of_the_plan() -> None:
    """Each step uses the variable of the one before."""
    assert acted(CODE, "add 2 and 3 then multiply by 4") == (
        "<execute>\nresult_1 = add(a=2, b=3)\nresult_2 = multiply(a=result_1, b=4)\n"
        "print(result_2)\n</execute>"
    )


def test_code_works_out_a_sum_without_functions() -> None:
    """By printing it."""
    system = "wrapped in <execute>...</execute> tags"
    assert acted(system, "What is 12 * 7?") == "<execute>\nprint(84)\n</execute>"


def test_code_that_has_run_is_reported() -> None:
    """In words."""
    ran = "Result of executing the code given:\n\n20"
    assert acted(CODE, "add 2 and 3", "<execute>...</execute>", ran) == "say add 2 and 3 ['20']"


@pytest.mark.parametrize("system", ["", "You are kind."])
def test_nobody_acts_unasked(system: str) -> None:
    """Without a protocol there is nothing to do."""
    assert act(Reading(system, (), "add 2 and 3"), lambda inner: inner.asked) is None
