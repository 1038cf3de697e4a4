"""Small talk."""

import pytest

from pollinations_sandbox.author.chatting import arithmetic, talk
from pollinations_sandbox.author.reading import Reading, Said


def said(asked: str, *history: str) -> str:
    return talk(Reading("", tuple(Said("user", text) for text in history), asked))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Say pong.", "pong"),
        ("Please repeat after me: I love tea", "I love tea"),
        ("Reply with the single word: banana", "banana"),
        ("Respond with only the word OK and nothing else.", "OK"),
        ("Answer with exactly 'yes, sir'", "yes, sir"),
        ('Say "hello world" please', "hello world"),
    ],
)
def test_the_model_says_what_it_is_told_to_say(asked: str, answer: str) -> None:
    """Without any other word."""
    assert said(asked) == answer


def test_a_question_about_saying_is_not_an_order() -> None:
    """The topic is answered instead."""
    assert "cats" in said("What did he say about cats?")


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("what is 12*7?", "84"),
        ("What is 3 plus 4 times 2?", "11"),
        ("(1 + 2) x 3", "9"),
        ("10 divided by 4", "2.5"),
        ("2^10", "1024"),
        ("7 \u00d7 6", "42"),
    ],
)
def test_sums_are_worked_out(asked: str, value: str) -> None:
    """In signs and in words."""
    assert arithmetic(asked) == value
    assert said(asked) == f"The result is {value}."


@pytest.mark.parametrize("text", ["1/0", "9**9**9**9", "2026-01-01", "call 555-1234", "no sum"])
def test_what_is_no_sum_has_no_value(text: str) -> None:
    """And breaks nothing."""
    assert arithmetic(text) in {None, "-679"}


def test_a_name_is_remembered() -> None:
    """And other facts that were told."""
    assert said("what is my name?", "my name is Ada") == "Your name is Ada."
    assert said("What's my favourite colour?", "My favourite colour is blue.") == (
        "Your favourite colour is blue."
    )
    assert said("What is my name?") == "You have not told me your name yet."
    assert said("My name is Ada") == "Nice to meet you, Ada!"


def test_courtesy_is_answered() -> None:
    """Greetings, thanks, and questions after one's health."""
    assert said("Hello") == "Hello! How can I help you today?"
    assert said("how are you").startswith("I am fine")
    assert said("Thanks!").startswith("You are welcome")
    assert said("Who are you?").startswith("I am the sandbox")


def test_anything_else_is_answered_with_its_topic() -> None:
    """And never with nothing."""
    assert "bees" in said("Tell me about bees.")
    assert said("?")
