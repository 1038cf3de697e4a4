"""What is read from the messages."""

from typing import Any

from pollinations_sandbox.author.reading import read, text_of


def call(key: str, name: str, arguments: str = "{}") -> dict[str, Any]:
    return {"id": key, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_the_last_words_of_the_user_are_the_request() -> None:
    """What was said before is history, instructions are apart."""
    reading = read(
        {
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "developer", "content": "Be short."},
                {"role": "user", "content": "one"},
                {"role": "assistant", "content": "two"},
                {"role": "user", "content": [{"type": "text", "text": "three"}]},
            ]
        }
    )
    assert reading.system == "Be kind.\nBe short."
    assert reading.asked == "three"
    assert [said.text for said in reading.history] == ["one", "two"]


def test_parallel_calls_are_joined_with_their_results() -> None:
    """By id, in the order of the calls."""
    reading = read(
        {
            "messages": [
                {"role": "user", "content": "go"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [call("1", "a", '{"x": 1}'), call("2", "b", "broken")],
                },
                {"role": "tool", "tool_call_id": "2", "content": "second"},
                {"role": "tool", "tool_call_id": "1", "content": "first"},
            ]
        }
    )
    assert [(made.name, made.arguments, made.result) for made in reading.made] == [
        ("a", {"x": 1}, "first"),
        ("b", {}, "second"),
    ]


def test_calls_before_the_request_are_history() -> None:
    """An earlier turn's tools do not answer this one."""
    reading = read(
        {
            "messages": [
                {"role": "user", "content": "one"},
                {"role": "assistant", "content": "", "tool_calls": [call("1", "a")]},
                {"role": "tool", "tool_call_id": "1", "content": "first"},
                {"role": "assistant", "content": "done"},
                {"role": "user", "content": "two"},
            ]
        }
    )
    assert reading.made == ()


def test_the_state_of_a_workflow_is_not_the_request() -> None:
    """Only the message behind it is."""
    asked = "Current state:\n{}\n\nCurrent message:\nhello\n"
    assert read({"messages": [{"role": "user", "content": asked}]}).asked == "hello"


def test_an_empty_request_asks_for_any_response() -> None:
    """As the gateway fills it in."""
    empty = {"messages": [{"role": "user", "content": ""}]}
    assert read(empty).asked == "Please provide a response."


def test_text_is_found_in_any_spelling_of_content() -> None:
    """Strings, parts, nothing."""
    assert text_of({"content": "a"}) == "a"
    assert text_of({"content": [{"type": "text", "text": "a"}, {"type": "file"}]}) == "a"
    assert text_of({"content": None}) == ""
