"""Sums that tools work out."""

from pollinations_sandbox.author.computing import sums
from pollinations_sandbox.author.reading import Made
from pollinations_sandbox.author.tooling import Tool

_SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
    "required": ["a", "b"],
}
ADD, MULTIPLY = Tool("add", "", _SCHEMA), Tool("multiply_numbers", "", _SCHEMA)


def test_independent_brackets_are_worked_out_at_once() -> None:
    """The outer sign waits for both."""
    found = sums("(1 + 2) * (3 + 4)", [ADD, MULTIPLY], [])
    assert found is not None
    assert [dict(call.arguments) for call in found] == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    made = [Made("add", {"a": 1, "b": 2}, "3"), Made("add", {"a": 3, "b": 4}, "7")]
    last = sums("(1 + 2) * (3 + 4)", [ADD, MULTIPLY], made)
    assert last is not None
    assert [(call.name, dict(call.arguments)) for call in last] == [
        ("multiply_numbers", {"a": 3, "b": 7})
    ]


def test_a_simple_or_impossible_sum_is_left_alone() -> None:
    """One sign needs no plan, and a sign without a tool has none."""
    assert sums("1 + 2", [ADD], []) is None
    assert sums("1 + 2 * 3", [ADD], []) is None
    assert sums("no sum", [ADD], []) is None
