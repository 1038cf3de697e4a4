"""Texts made from texts."""

import json

from pollinations_sandbox.author.reading import Reading, Said
from pollinations_sandbox.author.rewriting import rewrite


def rewritten(asked: str) -> str:
    said = rewrite(Reading("", (), asked))
    assert said is not None
    return said


def test_a_follow_up_question_becomes_standalone() -> None:
    """The pronoun is replaced by the name."""
    asked = (
        "Given the following conversation and a follow up question, rephrase the follow up "
        "question to be a standalone question.\n\nChat History:\nHuman: Who wrote Faust?\n"
        "Assistant: Faust is by Goethe, and Goethe was a poet.\nFollow Up Input: When was he born?"
        "\nStandalone question:"
    )
    assert rewritten(asked) in {"When was Goethe born?", "When was Faust born?"}


def test_a_question_that_stands_alone_stays() -> None:
    """Word for word."""
    asked = (
        "standalone question\nChat History:\n\nFollow Up Input: What is tea?\nStandalone question:"
    )
    assert rewritten(asked) == "What is tea?"


def test_the_history_may_stand_in_messages() -> None:
    """With the order in the system message."""
    system = "Formulate a standalone question which can be understood without the chat history."
    history = (Said("user", "Who is Ada Lovelace?"), Said("assistant", "A mathematician."))
    said = rewrite(Reading(system, history, "When was she born?"))
    assert said == "When was Ada Lovelace born?"


def test_sub_questions_name_the_tools_that_fit() -> None:
    """As JSON in a block of code."""
    asked = (
        "Given a user question, and a list of tools, output a list of relevant sub-questions in "
        'json markdown\n\n# Example 2\n<Tools>\n```json\n{"bees": "about bees", "soup": "about '
        'soup"}\n```\n\n<User Question>\nWhere do bees live?\n\n<Output>\n'
    )
    written = rewritten(asked).removeprefix("```json\n").removesuffix("\n```")
    assert json.loads(written) == {
        "items": [{"sub_question": "Where do bees live?", "tool_name": "bees"}]
    }


def test_a_summary_begins_with_the_first_sentence() -> None:
    """The order itself is not summarised."""
    asked = (
        "Write a concise summary of the following:\n\n\nBees make honey. They fly.\n\n\nSUMMARY:"
    )
    assert rewritten(asked).startswith("Bees make honey.")


def test_keywords_come_separated_by_commas() -> None:
    """As many as were asked for."""
    text = "bees bees honey honey wax"
    assert (
        rewritten(f"{text}. Give 2 unique keywords for this document. Keywords: ") == "bees, honey"
    )
    asked = (
        f"extract up to 2 keywords.---------------------\n{text}\n---------------------\n"
        "Provide keywords in the following comma-separated format: 'KEYWORDS: <keywords>'\n"
    )
    assert rewritten(asked) == "KEYWORDS: bees, honey"


def test_a_title_is_made_of_keywords() -> None:
    """With capitals."""
    assert rewritten("Context: bees bees honey. Give a title. Title: ").startswith("Bees")


def test_questions_are_numbered() -> None:
    """One for each sentence, as many as wanted."""
    order = "Given the contextual information, generate 2 questions"
    asked = f"Here is the context:\nBees fly. Cats run.\n\n{order}"
    assert [line[:2] for line in rewritten(asked).splitlines()] == ["1.", "2."]


def test_triplets_stand_in_brackets() -> None:
    """Subject, predicate, object."""
    asked = "extract triplets\nText: Bees are insects.\nTriplets:\n"
    assert rewritten(asked) == "(Bees, are, insects)"


def test_a_query_selects_what_the_question_names() -> None:
    """From the table that the prompt describes."""
    asked = (
        "Only use tables listed below.\nTable 'cities' has columns: name (VARCHAR), population "
        "(INTEGER).\n\nQuestion: Which city has the highest population?\nSQLQuery: "
    )
    assert rewritten(asked) == ("SELECT population FROM cities ORDER BY population DESC LIMIT 1")


def test_other_requests_are_left_alone() -> None:
    """They are for other skills."""
    assert rewrite(Reading("", (), "Where do bees live?")) is None
